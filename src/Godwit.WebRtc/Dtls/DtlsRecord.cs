using System.Buffers.Binary;

namespace Godwit.WebRtc.Dtls;

/// <summary>The head of a record of DTLS 1.2 (RFC 6347 section 4.1), as it lies in a datagram.</summary>
internal readonly ref struct DtlsRecord
{
    /// <summary>The octets before a record's content.</summary>
    public const int HeaderLength = 13;

    /// <summary>The octets before a piece of a message of the handshake (RFC 6347 section 4.2.2).</summary>
    public const int HandshakeHeader = 12;

    public const byte ChangeCipherSpec = 20;
    public const byte Alert = 21;
    public const byte Handshake = 22;
    public const byte ApplicationData = 23;

    /// <summary>The version that is spoken; older ones count backwards.</summary>
    public const ushort Version = 0xFEFD;

    private const ushort FirstVersion = 0xFEFF;
    private const byte ClientHello = 1;

    private DtlsRecord(Span<byte> octets) => Octets = octets;

    /// <summary>The whole record.</summary>
    public Span<byte> Octets { get; }

    /// <summary>What it carries.</summary>
    public byte Type => Octets[0];

    /// <summary>The version that it says, part of what is authenticated (RFC 5246 section 6.2.3.3).</summary>
    public ushort SaidVersion => BinaryPrimitives.ReadUInt16BigEndian(Octets[1..]);

    /// <summary>Under which keys.</summary>
    public ushort Epoch => BinaryPrimitives.ReadUInt16BigEndian(Octets[3..]);

    /// <summary>Epoch and number together: what no two records of one side share.</summary>
    public ulong Sequence => BinaryPrimitives.ReadUInt64BigEndian(Octets[3..]);

    /// <summary>The content.</summary>
    public Span<byte> Content => Octets[HeaderLength..];

    /// <summary>Whether a datagram of a port that carries other protocols too can be DTLS (RFC 7983).</summary>
    public static bool IsMeant(ReadOnlySpan<byte> datagram) => datagram.Length > HeaderLength && datagram[0] is >= ChangeCipherSpec and <= 63;

    /// <summary>Takes the first record off a datagram; false when there is no whole one.</summary>
    public static bool TryTake(ref Span<byte> datagram, out DtlsRecord record)
    {
        record = default;
        if (datagram.Length < HeaderLength)
        {
            return false;
        }

        ushort version = BinaryPrimitives.ReadUInt16BigEndian(datagram[1..]);
        int length = HeaderLength + BinaryPrimitives.ReadUInt16BigEndian(datagram[11..]);
        if (version is not (Version or FirstVersion) || length > datagram.Length)
        {
            return false;
        }

        record = new DtlsRecord(datagram[..length]);
        datagram = datagram[length..];
        return true;
    }

    /// <summary>Whether it is, or is a piece of, a ClientHello: what a handshake begins with.</summary>
    public bool IsClientHello => Type == Handshake && Epoch == 0 && Content.Length > HandshakeHeader && Content[0] == ClientHello;
}
