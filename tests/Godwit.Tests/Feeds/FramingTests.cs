using System.Text;
using System.Text.Json;
using CsCheck;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Tests.Feeds;

public sealed class FramingTests
{
    private static readonly Epoch Log = new(1);
    private static readonly Entry Json = new(42, 7, 1234, new EntryContent("chat", "{\"a\":1}"u8.ToArray(), false, null));
    private static readonly Entry Bytes = new(43, 8, 1235, new EntryContent("message", [0, 1, 255], true, "a\"b"));

    [Fact]
    public void The_octets_of_an_entry_are_exactly_these()
    {
        string at42 = new Position(Log, 42, 7).ToString(), at43 = new Position(Log, 43, 8).ToString();
        string json = $$$"""{"op":"entry","room":"lobby","position":"{{{at42}}}","offset":42,"event":"chat","data":{"a":1},"time":1234}""";
        string bytes = $$$"""{"op":"entry","room":"lobby","position":"{{{at43}}}","offset":43,"event":"message","bytes":"AAH/","time":1235,"from":"a\u0022b"}""";

        Assert.Equal($"{json}\n", Frame(Framing.Ndjson, Json));
        Assert.Equal($"{bytes}\n", Frame(Framing.Ndjson, Bytes));
        Assert.Equal($"id: {at42}\nevent: chat\ndata: {{\"a\":1}}\n\n", Frame(Framing.ServerSentEvents, Json));
        Assert.Equal($"id: {at43}\nevent: message\ndata: \"AAH/\"\n\n", Frame(Framing.ServerSentEvents, Bytes));
        Assert.Equal($"id: {at42}\nevent: chat\ndata: {json}\n\n", Frame(Framing.ServerSentEventsFull, Json));
        Assert.Equal($"\u0081{(char)json.Length}{json}", Frame(Framing.WebSocket, Json));
    }

    [Fact]
    public void The_octets_of_control_frames_and_ends_are_exactly_these()
    {
        var position = new Position(Log, 42, 7);
        byte[] gap = ControlObject.Gap(LiveRooms.Lobby, position, new OffsetRange(3, 42));
        string text = $$$"""{"op":"gap","room":"lobby","position":"{{{position}}}","missing":{"from":3,"to":42}}""";

        Assert.Equal(text, Latin(gap));
        Assert.Equal($"{text}\n", Latin(Framing.Ndjson.Control(gap, position)));
        Assert.Equal($"id: {position}\nevent: godwit\ndata: {text}\n\n", Latin(Framing.ServerSentEvents.Control(gap, position)));
        Assert.Equal($"event: godwit\ndata: {text}\n\n", Latin(Framing.ServerSentEvents.Control(gap, null)));
        Assert.Equal($"retry: 2000\nid: {position}\n\n", Latin(ServerSentEventsFraming.First(position, Verdict.Ok, "x"u8)));
        Assert.Equal($"retry: 2000\nid: {position}\nevent: godwit\ndata: x\n\n", Latin(ServerSentEventsFraming.First(position, Verdict.Gap, "x"u8)));
        Assert.Equal("\u0088\a\u000f\u00a0drain", Latin(Framing.WebSocket.End(ErrorCode.Drain)!));
        Assert.Equal([0x88, 0], WebSocketFraming.Close(Protocol.WebSockets.WebSocketCloseCode.NoStatus, ""));
        Assert.Null(Framing.Ndjson.End(ErrorCode.Drain));
        Assert.StartsWith("event: godwit\ndata: {\"op\":\"error\"", Latin(Framing.ServerSentEvents.End(ErrorCode.Overloaded)!));
        Assert.Equal(["\u0089\0", ":\n\n", ":\n\n", "\n"], new[] { Framing.WebSocket, Framing.ServerSentEvents, Framing.ServerSentEventsFull, Framing.Ndjson }.Select(static framing => Latin(framing.Heartbeat)));
    }

    [Fact]
    public void No_frame_is_longer_than_was_foretold_and_every_object_is_JSON() =>
        Gen.Select(Gen.Bool, Gen.Byte.Array[0, 70_000], Gen.Char.Array[0, 200], Gen.Bool, Gen.Long[1, Position.MaxOffset]).Sample(static (isBytes, octets, name, hasFrom, offset) =>
        {
            byte[] data = isBytes ? octets : JsonSerializer.SerializeToUtf8Bytes(Convert.ToBase64String(octets));
            var entry = new Entry(offset, uint.MaxValue, long.MaxValue, new EntryContent(new string('e', 64), data, isBytes, hasFrom ? new string(name) : null));
            foreach (Framing framing in new[] { Framing.WebSocket, Framing.ServerSentEvents, Framing.ServerSentEventsFull, Framing.Ndjson })
            {
                string frame = Frame(framing, entry);
                Received received = Assert.Single(Received.Parse(framing, Encoding.Latin1.GetBytes(frame), out int whole));
                Assert.Equal((frame.Length, offset), (whole, received.Offset));
            }
        }, iter: 200);

    [Fact]
    public void A_publisher_whose_name_is_not_Unicode_does_not_stop_the_room()
    {
        var entry = new Entry(1, 1, 0, new EntryContent("message", "1"u8.ToArray(), false, "a\ud800"));
        Assert.EndsWith(",\"from\":\"a\\uFFFD\"}\n", Frame(Framing.Ndjson, entry));
    }

    [Fact]
    public void A_poll_is_answered_in_exactly_these_octets()
    {
        using var rooms = new LiveRooms();
        using FeedLease lease = rooms.Open();
        var judgement = new Judgement(new Position(Log, 41, 5), Verdict.Gap, new OffsetRange(3, 41), 0);
        PollText.Answer answer = PollText.Compose(lease.Feed, new RoomPage(judgement, [Json], HasMore: true, HasOlder: false), null);

        Assert.Equal(
            $$"""{"room":"lobby","position":"{{new Position(Log, 42, 7)}}","verdict":"gap","missing":{"from":3,"to":41},"entries":[{{Frame(Framing.Ndjson, Json)[..^1]}}],"more":true""",
            Encoding.UTF8.GetString(answer.Text));
    }

    [Fact]
    public void A_poll_that_would_be_too_large_is_cut_at_the_far_end()
    {
        using var rooms = new LiveRooms();
        using FeedLease lease = rooms.Open();
        Entry[] entries = [.. Enumerable.Range(1, 40).Select(static i => new Entry(i, (uint)i, 0, new EntryContent("message", new byte[40_000], true, null)))];
        var page = new RoomPage(new Judgement(new Position(Log, 0, 0), Verdict.Ok, null, 0), entries, false, false);

        PollText.Answer forward = PollText.Compose(lease.Feed, page, rooms.Reads.Answers);
        PollText.Answer backward = PollText.Compose(lease.Feed, page, rooms.Reads.Answers, backwards: true);
        Assert.All([forward, backward], static answer => Assert.InRange(answer.Text.Length, PollText.MaxLength * 9 / 10, PollText.MaxLength + 1024));
        Assert.Equal((1, true, false), (forward.Page.Entries[0].Offset, forward.Page.HasMore, forward.Page.HasOlder));
        Assert.Equal((40, false, true), (backward.Page.Entries[^1].Offset, backward.Page.HasMore, backward.Page.HasOlder));

        var large = new RoomPage(page.Judgement, [new Entry(1, 1, 0, new EntryContent("message", new byte[1 << 20], true, null)), Json], false, false);
        Assert.Single(PollText.Compose(lease.Feed, large, rooms.Reads.Answers).Page.Entries);
    }

    private static string Latin(byte[] octets) => Encoding.Latin1.GetString(octets);

    private static string Frame(Framing framing, Entry entry)
    {
        var text = new EntryText(LiveRooms.Lobby);
        byte[] scratch = new byte[text.MaxLength(entry)];
        ReadOnlySpan<byte> entryObject = scratch.AsSpan(0, text.Write(scratch, Log, entry));
        byte[] frame = new byte[framing.MaxLength(entry, entryObject.Length)];
        return Latin(frame[..framing.Write(frame, Log, entry, entryObject)]);
    }
}
