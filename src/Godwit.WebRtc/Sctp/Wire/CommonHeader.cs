using System.Buffers.Binary;

namespace Godwit.WebRtc.Sctp.Wire;

/// <summary>The first 12 octets of every packet (RFC 9260 §3.1).</summary>
internal readonly record struct CommonHeader(ushort SourcePort, ushort DestinationPort, uint Tag)
{
    /// <summary>The length of the header, in octets.</summary>
    public const int Length = 12;

    /// <summary>Where the checksum stands.</summary>
    public const int ChecksumAt = 8;

    /// <summary>Reads the header of a packet whose checksum is right and which has at least one chunk; false for any other.</summary>
    public static bool TryRead(ReadOnlySpan<byte> packet, out CommonHeader header)
    {
        if (packet.Length < Length + FieldReader.HeaderLength || BinaryPrimitives.ReadUInt32LittleEndian(packet[ChecksumAt..]) != Crc32c.Of(packet))
        {
            header = default;
            return false;
        }

        header = new CommonHeader(
            BinaryPrimitives.ReadUInt16BigEndian(packet),
            BinaryPrimitives.ReadUInt16BigEndian(packet[2..]),
            BinaryPrimitives.ReadUInt32BigEndian(packet[4..]));
        return true;
    }

    /// <summary>Writes the header; the checksum is zero until <see cref="Seal"/>.</summary>
    public void Write(Span<byte> packet)
    {
        BinaryPrimitives.WriteUInt16BigEndian(packet, SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], DestinationPort);
        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], Tag);
        packet.Slice(ChecksumAt, sizeof(uint)).Clear();
    }

    /// <summary>Puts the checksum into a packet that is otherwise complete.</summary>
    public static void Seal(Span<byte> packet) => BinaryPrimitives.WriteUInt32LittleEndian(packet[ChecksumAt..], Crc32c.Of(packet));
}
