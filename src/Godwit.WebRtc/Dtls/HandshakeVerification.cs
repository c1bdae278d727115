using System.Buffers.Binary;

namespace Godwit.WebRtc.Dtls;

/// <summary>Whether the client's CertificateVerify has come: the last of its messages before it changes keys (RFC 5246 section 7.3).</summary>
internal sealed class HandshakeVerification
{
    private const byte CertificateVerify = 15;

    private readonly HashSet<(int Offset, int Length)> _pieces = [];
    private int _octets;

    /// <summary>Whether all of it has come.</summary>
    public bool HasCome { get; private set; }

    /// <summary>Looks at a datagram of whole records, whose messages are whole pieces: whether something in it is for after the CertificateVerify, which has not come.</summary>
    public bool IsEarly(Span<byte> datagram)
    {
        while (!HasCome && DtlsRecord.TryTake(ref datagram, out DtlsRecord record))
        {
            if (record.Epoch > 0 || record.Type == DtlsRecord.ChangeCipherSpec)
            {
                return true;
            }

            if (record.Type == DtlsRecord.Handshake)
            {
                Note(record.Content);
            }
        }

        return false;
    }

    private void Note(ReadOnlySpan<byte> messages)
    {
        while (messages.Length >= DtlsRecord.HandshakeHeader)
        {
            int length = Read24(messages[1..]);
            int offset = Read24(messages[6..]);
            int piece = Read24(messages[9..]);
            if (messages[0] == CertificateVerify && _pieces.Count < HandshakeTransport.MostWaiting && _pieces.Add((offset, piece)))
            {
                _octets += piece;
                HasCome |= _octets >= length;
            }

            messages = messages[Math.Min(messages.Length, DtlsRecord.HandshakeHeader + piece)..];
        }
    }

    private static int Read24(ReadOnlySpan<byte> octets) => (octets[0] << 16) | BinaryPrimitives.ReadUInt16BigEndian(octets[1..]);
}
