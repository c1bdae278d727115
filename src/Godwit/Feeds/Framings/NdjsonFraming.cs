using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Protocol.Json;

namespace Godwit.Feeds.Framings;

/// <summary>One JSON object a line; a blank line is a heartbeat.</summary>
internal sealed class NdjsonFraming : Framing
{
    public override int Index => 3;

    public override byte[] Heartbeat { get; } = "\n"u8.ToArray();

    public override int MaxLength(Entry entry, int objectLength) => objectLength + 1;

    public override int Write(Span<byte> destination, Epoch epoch, Entry entry, ReadOnlySpan<byte> entryObject)
    {
        entryObject.CopyTo(destination);
        destination[entryObject.Length] = (byte)'\n';
        return entryObject.Length + 1;
    }

    public override byte[]? End(ErrorCode reason) =>
        reason == ErrorCode.Drain ? null : Control(ErrorFrame.Compose(reason), null);

    public override byte[] Control(ReadOnlySpan<byte> controlObject, Position? position) => [.. controlObject, (byte)'\n'];
}
