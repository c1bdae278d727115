using System.Buffers.Binary;

namespace Godwit.Server.Tests.Verifying.Mutations;

/// <summary>A server's WebSocket frame, which has no mask.</summary>
internal sealed record WireFrame(byte[] Raw, int Header)
{
    public bool IsText => Raw[0] == 0x81;

    public ReadOnlySpan<byte> Payload => Raw.AsSpan(Header);

    /// <summary>Takes the first frame off; null if it is not complete.</summary>
    public static WireFrame? Take(List<byte> octets)
    {
        if (octets.Count < 2)
        {
            return null;
        }

        int header = 2 + octets[1] switch { 126 => 2, 127 => 8, _ => 0 };
        if (octets.Count < header)
        {
            return null;
        }

        byte[] start = [.. octets.Take(header)];
        long length = header switch { 4 => BinaryPrimitives.ReadUInt16BigEndian(start.AsSpan(2)), 10 => (long)BinaryPrimitives.ReadUInt64BigEndian(start.AsSpan(2)), _ => start[1] };
        if (octets.Count < header + length)
        {
            return null;
        }

        byte[] raw = [.. octets.Take(header + (int)length)];
        octets.RemoveRange(0, raw.Length);
        return new WireFrame(raw, header);
    }
}
