using System.Buffers.Binary;
using System.Numerics;

namespace Godwit.WebRtc.Sctp.Wire;

/// <summary>The checksum of a packet: CRC32c (RFC 9260 §6.8 and appendix A), by the processor's own instruction where it has one.</summary>
internal static class Crc32c
{
    /// <summary>The checksum of a whole packet, its own field counted as zero. It stands on the wire with the least significant octet first.</summary>
    /// <param name="packet">At least the common header, 12 octets.</param>
    public static uint Of(ReadOnlySpan<byte> packet)
    {
        uint crc = Take(uint.MaxValue, packet[..CommonHeader.ChecksumAt]);
        crc = BitOperations.Crc32C(crc, 0u);
        return ~Take(crc, packet[CommonHeader.Length..]);
    }

    private static uint Take(uint crc, ReadOnlySpan<byte> octets)
    {
        while (octets.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(octets));
            octets = octets[sizeof(ulong)..];
        }

        foreach (byte octet in octets)
        {
            crc = BitOperations.Crc32C(crc, octet);
        }

        return crc;
    }
}
