using System.Buffers.Binary;

namespace Godwit.WebRtc.Dtls;

/// <summary>What messages of a handshake may announce (RFC 6347 section 4.2.2).</summary>
/// <remarks>BouncyCastle makes room for a message's announced length, up to 16 MiB, as soon as one piece of it has come, were it an empty one, and for 16 messages at a time.</remarks>
internal static class HandshakeMessages
{
    /// <summary>The octets of a message that is taken at most: far above any certificate of WebRTC.</summary>
    public const int Largest = 16 << 10;

    /// <summary>Whether the content of a record is whole pieces of messages that fit, none of a message above <see cref="Largest"/>.</summary>
    public static bool AreModest(ReadOnlySpan<byte> messages)
    {
        while (!messages.IsEmpty)
        {
            if (messages.Length < DtlsRecord.HandshakeHeader)
            {
                return false;
            }

            int length = Read24(messages[1..]);
            int offset = Read24(messages[6..]);
            int piece = Read24(messages[9..]);
            if (length > Largest || offset + piece > length || piece > messages.Length - DtlsRecord.HandshakeHeader)
            {
                return false;
            }

            messages = messages[(DtlsRecord.HandshakeHeader + piece)..];
        }

        return true;
    }

    private static int Read24(ReadOnlySpan<byte> octets) => (octets[0] << 16) | BinaryPrimitives.ReadUInt16BigEndian(octets[1..]);
}
