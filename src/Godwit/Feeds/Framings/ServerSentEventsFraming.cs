using System.Text;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Protocol.Json;

namespace Godwit.Feeds.Framings;

/// <summary>Server-sent events as the HTML standard defines them; the id of an event is the position behind it.</summary>
/// <param name="full">Whether the data of an event is the whole frame, or the entry's data alone.</param>
internal sealed class ServerSentEventsFraming(bool full) : Framing
{
    /// <summary>The reconnection time told to an EventSource, in ms.</summary>
    private const int Retry = 2000;

    public override int Index => full ? 2 : 1;

    public override byte[] Heartbeat { get; } = ":\n\n"u8.ToArray();

    public override int MaxLength(Entry entry, int objectLength) =>
        Position.MaxTextLength + entry.Content.Event.Length + 32 + (full ? objectLength : EntryText.MaxDataLength(entry));

    public override int Write(Span<byte> destination, Epoch epoch, Entry entry, ReadOnlySpan<byte> entryObject)
    {
        var text = new Utf8Text(destination);
        text.Append("id: "u8);
        text.Append(new Position(epoch, entry.Offset, entry.Mark));
        text.Append("\nevent: "u8);
        text.AppendAscii(entry.Content.Event);
        text.Append("\ndata: "u8);
        if (full)
        {
            text.Append(entryObject);
        }
        else
        {
            EntryText.AppendData(ref text, entry);
        }

        text.Append("\n\n"u8);
        return text.Length;
    }

    /// <summary>An EventSource knows nothing but its reconnection time, which begins to run when the stream ends.</summary>
    public override bool CanOverlap => false;

    public override byte[] Drain(long closes, long back) =>
        [.. Encoding.ASCII.GetBytes($"retry: {back}\n"), .. base.Drain(closes, back)];

    public override byte[]? End(ErrorCode reason) =>
        reason == ErrorCode.Drain ? null : Control(ErrorFrame.Compose(reason), null);

    public override byte[] Control(ReadOnlySpan<byte> controlObject, Position? position)
    {
        string id = position is { } p ? $"id: {p}\n" : "";
        return [.. Encoding.ASCII.GetBytes(id), .. "event: godwit\ndata: "u8, .. controlObject, .. "\n\n"u8];
    }

    /// <summary>The first block of a stream: the reconnection time, the position, and the verdict when it is not ok.</summary>
    /// <remarks>One block, so that position and verdict arrive together or not at all.</remarks>
    public static byte[] First(Position position, Verdict verdict, ReadOnlySpan<byte> joinedObject)
    {
        byte[] head = Encoding.ASCII.GetBytes($"retry: {Retry}\nid: {position}\n");
        return verdict == Verdict.Ok ? [.. head, (byte)'\n'] : [.. head, .. "event: godwit\ndata: "u8, .. joinedObject, .. "\n\n"u8];
    }

    /// <summary>All that a stream says which is refused for the moment; another status would end an EventSource for ever.</summary>
    public static byte[] Refusal(TimeSpan retry, ReadOnlySpan<byte> errorObject) =>
        [.. Encoding.ASCII.GetBytes($"retry: {(long)retry.TotalMilliseconds}\n"), .. "event: godwit\ndata: "u8, .. errorObject, .. "\n\n"u8];
}
