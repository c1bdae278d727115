using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Protocol.Json;

namespace Godwit.Feeds.Framings;

/// <summary>Server-sent events that are frames and nothing more: there is no id, because one could not be the position in many rooms.</summary>
internal sealed class SessionEventsFraming : Framing
{
    public override int Index => 4;

    public override byte[] Heartbeat { get; } = ":\n\n"u8.ToArray();

    private static ReadOnlySpan<byte> Start => "data: "u8;

    private static ReadOnlySpan<byte> Stop => "\n\n"u8;

    public override int MaxLength(Entry entry, int objectLength) => Start.Length + objectLength + Stop.Length;

    public override int Write(Span<byte> destination, Epoch epoch, Entry entry, ReadOnlySpan<byte> entryObject)
    {
        Start.CopyTo(destination);
        entryObject.CopyTo(destination[Start.Length..]);
        int length = Start.Length + entryObject.Length;
        Stop.CopyTo(destination[length..]);
        return length + Stop.Length;
    }

    public override byte[] Control(ReadOnlySpan<byte> controlObject, Position? position) => [.. Start, .. controlObject, .. Stop];

    public override byte[]? End(ErrorCode reason) => reason == ErrorCode.Drain ? null : Control(ErrorFrame.Compose(reason), null);
}
