using System.Buffers.Binary;

namespace Godwit.WebRtc.Tests.Sctp;

/// <summary>A packet as it stands on the wire.</summary>
internal sealed record RawPacket(uint Tag, RawChunk[] Chunks, ushort SourcePort = 5000, ushort DestinationPort = 5000)
{
    public byte[] ToArray()
    {
        byte[] packet = RawChunk.Join(
            RawChunk.Halves(SourcePort, DestinationPort),
            RawChunk.Words(Tag, 0),
            RawChunk.Join([.. Chunks.Select(static chunk => RawChunk.Join(
                [chunk.Type, chunk.Flags],
                RawChunk.Halves((ushort)(4 + chunk.Body.Length)),
                chunk.Body,
                new byte[(4 - (chunk.Body.Length % 4)) % 4]))]));
        Seal(packet);
        return packet;
    }

    public static RawPacket Read(ReadOnlySpan<byte> packet)
    {
        Assert.Equal(Checksum(packet), BinaryPrimitives.ReadUInt32LittleEndian(packet[8..]));
        var chunks = new List<RawChunk>();
        int at = 12;
        while (at < packet.Length)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(packet[(at + 2)..]);
            chunks.Add(new RawChunk(packet[at], packet[at + 1], packet.Slice(at + 4, length - 4).ToArray()));
            at += (length + 3) & ~3;
        }

        Assert.Equal(packet.Length, at);
        return new RawPacket(
            BinaryPrimitives.ReadUInt32BigEndian(packet[4..]),
            [.. chunks],
            BinaryPrimitives.ReadUInt16BigEndian(packet),
            BinaryPrimitives.ReadUInt16BigEndian(packet[2..]));
    }

    public static void Seal(Span<byte> packet) => BinaryPrimitives.WriteUInt32LittleEndian(packet[8..], Checksum(packet));

    /// <summary>CRC32c bit by bit.</summary>
    public static uint Checksum(ReadOnlySpan<byte> packet)
    {
        uint crc = uint.MaxValue;
        for (int at = 0; at < packet.Length; at++)
        {
            crc ^= at is >= 8 and < 12 ? 0u : packet[at];
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ (0x82F63B78u & (0u - (crc & 1)));
            }
        }

        return ~crc;
    }
}
