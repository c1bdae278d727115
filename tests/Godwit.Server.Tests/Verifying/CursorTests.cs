using Godwit.Protocol;
using Godwit.Server.Probes;
using Godwit.Server.Verifying.Clients;
using Godwit.Server.Verifying.Faults;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Tests.Verifying;

/// <summary>What <c>godwit verify</c> says of frames that nobody has sent.</summary>
public sealed class CursorTests : IDisposable
{
    private const string Epoch = "3aaaaaaaaaa";

    private readonly Heartbeat _heartbeat = new();
    private readonly RunRecord _record;

    public CursorTests()
    {
        var clock = new RunClock(_heartbeat);
        _record = new RunRecord(clock, new FaultLog(clock, expectsResets: false), [new RoomPlan("all", RoomPlan.Everything), new RoomPlan("latest", 40, IsLatest: true)], isOneServer: true) { Heartbeat = _heartbeat };
    }

    private RoomRecord All => _record.Rooms[0];

    private RoomRecord Latest => _record.Rooms[1];

    [Fact]
    public void Where_the_newest_entry_is_given_alone_older_ones_are_skipped_and_elsewhere_they_are_lost()
    {
        foreach ((RoomRecord room, Promise? broken) in ((RoomRecord, Promise?)[])[(Latest, null), (All, Promise.NoLoss)])
        {
            Publish(room, 1, 2, 3);
            var cursor = new Cursor(room);
            Assert.Empty(Begin(cursor, 0));
            if (room == Latest)
            {
                Assert.Empty(Entry(cursor, 3));
            }
            else
            {
                Assert.Empty(Entry(cursor, 1));
                Assert.Equal(broken, Assert.Single(Entry(cursor, 3)).Promise);
            }

            Assert.True(cursor.HasAll);
        }
    }

    [Fact]
    public void There_too_nothing_older_comes_and_nothing_again()
    {
        Publish(Latest, 1, 2, 3);
        var cursor = new Cursor(Latest);
        Begin(cursor, 0);

        Assert.Empty(Entry(cursor, 3));
        Assert.Equal(Promise.NoDuplicate, Assert.Single(Entry(cursor, 2)).Promise);
        Assert.Equal(Promise.NoDuplicate, Assert.Single(Entry(cursor, 3)).Promise);
    }

    [Fact]
    public void What_comes_first_there_is_not_older_than_what_was_acknowledged_before()
    {
        Publish(Latest, 1, 2, 3);
        var cursor = new Cursor(Latest);
        Begin(cursor, 0);

        Assert.Equal(Promise.Order, Assert.Single(Entry(cursor, 2)).Promise);
        Assert.False(cursor.HasAll);
    }

    [Fact]
    public void What_is_skipped_there_has_to_be_what_was_published_all_the_same()
    {
        Publish(Latest, 1, 2, 3);
        var cursor = new Cursor(Latest);
        Begin(cursor, 0);

        Assert.Equal(Promise.NoContradiction, Assert.Single(Entry(cursor, 3, "\"of 2\"")).Promise);
    }

    [Fact]
    public void Bytes_are_compared_as_bytes_and_on_the_event_stream_of_a_room_as_their_base64()
    {
        byte[] octets = [0, 255, 10, 13];
        Publish publish = All.Begin(PublishContent.Bytes(octets).Text, "key");
        Assert.Empty(All.Acknowledge(publish, At(1), isDuplicate: false));
        string base64 = $"\"{Convert.ToBase64String(octets)}\"";

        Assert.Empty(Take(null, octets, ProbeTransport.LongPoll));
        Assert.Empty(Take(base64, null, ProbeTransport.ServerSentEvents));
        Assert.Equal(Promise.NoContradiction, Assert.Single(Take(base64, null, ProbeTransport.WebSocket)).Promise);
        Assert.Equal(Promise.NoContradiction, Assert.Single(Take(null, [0, 255, 10, 12], ProbeTransport.LongPoll)).Promise);

        IReadOnlyList<(Promise Promise, string)> Take(string? data, byte[]? bytes, ProbeTransport transport)
        {
            var cursor = new Cursor(All);
            Begin(cursor, 0);
            return cursor.Take(Frame(ProbeFrameKind.Entry, All, 1) with { Data = data, Bytes = bytes, Offset = 1 }, transport, out _);
        }
    }

    public void Dispose() => _heartbeat.Dispose();

    private static string At(long offset) => $"{Epoch}-{offset}-00000{offset}";

    private static ProbeFrame Frame(ProbeFrameKind kind, RoomRecord room, long offset) => new(kind, "", 0) { Room = room.Name, Position = At(offset) };

    private static void Publish(RoomRecord room, params int[] offsets)
    {
        foreach (int offset in offsets)
        {
            Publish publish = room.Begin($"\"of {offset}\"", $"key {offset}");
            Assert.Empty(room.Acknowledge(publish, At(offset), isDuplicate: false));
        }
    }

    private static IReadOnlyList<(Promise Promise, string)> Begin(Cursor cursor, long offset)
    {
        cursor.Start(Beginning.Oldest, 0);
        return cursor.Take(Frame(ProbeFrameKind.Joined, cursor.Room, offset) with { Verdict = Verdict.Ok }, ProbeTransport.WebSocket, out _);
    }

    private static IReadOnlyList<(Promise Promise, string)> Entry(Cursor cursor, long offset, string? data = null) =>
        cursor.Take(Frame(ProbeFrameKind.Entry, cursor.Room, offset) with { Offset = offset, Data = data ?? $"\"of {offset}\"" }, ProbeTransport.WebSocket, out _);
}
