using System.Buffers.Binary;

namespace Godwit.WebRtc.Stun;

/// <summary>A STUN message as it lies in a datagram (RFC 8489 section 5): nothing is copied, and nothing is allocated.</summary>
internal readonly ref struct StunMessage
{
    /// <summary>The octets before the first attribute.</summary>
    public const int HeaderLength = 20;

    /// <summary>What stands in every message of STUN, at its fourth octet.</summary>
    public const uint MagicCookie = 0x2112A442;

    public const ushort BindingRequest = 0x0001;
    public const ushort BindingIndication = 0x0011;
    public const ushort BindingSuccess = 0x0101;
    public const ushort BindingError = 0x0111;

    private const int AttributeHeader = 4;
    private const int CookieOffset = 4;
    private const int TransactionOffset = 8;
    private const int TransactionLength = 12;

    private StunMessage(Span<byte> octets, int integrity, int fingerprint)
    {
        Octets = octets;
        IntegrityOffset = integrity;
        FingerprintOffset = fingerprint;
    }

    /// <summary>The whole message.</summary>
    public Span<byte> Octets { get; }

    /// <summary>Method and class.</summary>
    public ushort Type => BinaryPrimitives.ReadUInt16BigEndian(Octets);

    /// <summary>What an answer repeats.</summary>
    public ReadOnlySpan<byte> TransactionId => Octets.Slice(TransactionOffset, TransactionLength);

    /// <summary>Where MESSAGE-INTEGRITY begins; 0 where there is none.</summary>
    public int IntegrityOffset { get; }

    /// <summary>Where FINGERPRINT begins; 0 where there is none.</summary>
    public int FingerprintOffset { get; }

    /// <summary>Whether a datagram of a port that carries other protocols too can be STUN (RFC 7983).</summary>
    public static bool IsMeant(ReadOnlySpan<byte> datagram) =>
        datagram.Length >= HeaderLength && datagram[0] <= 3 && BinaryPrimitives.ReadUInt32BigEndian(datagram[CookieOffset..]) == MagicCookie;

    /// <summary>Reads a message: header, the lengths of all attributes, and that nothing stands behind FINGERPRINT.</summary>
    /// <remarks>What stands behind MESSAGE-INTEGRITY, FINGERPRINT apart, is not part of the message (RFC 8489 section 14.5): <see cref="TryFind"/> does not see it.</remarks>
    public static bool TryRead(Span<byte> datagram, out StunMessage message)
    {
        message = default;
        if (!IsMeant(datagram) || BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]) != datagram.Length - HeaderLength || datagram.Length % 4 != 0)
        {
            return false;
        }

        int integrity = 0;
        int fingerprint = 0;
        for (int at = HeaderLength; at < datagram.Length;)
        {
            if (fingerprint != 0 || datagram.Length - at < AttributeHeader)
            {
                return false;
            }

            ushort type = BinaryPrimitives.ReadUInt16BigEndian(datagram[at..]);
            int length = BinaryPrimitives.ReadUInt16BigEndian(datagram[(at + 2)..]);
            int next = at + AttributeHeader + Padded(length);
            if (next > datagram.Length)
            {
                return false;
            }

            if (type == StunAttribute.Fingerprint)
            {
                if (length != sizeof(uint))
                {
                    return false;
                }

                fingerprint = at;
            }
            else if (type == StunAttribute.MessageIntegrity && integrity == 0)
            {
                if (length != StunIntegrity.Length)
                {
                    return false;
                }

                integrity = at;
            }

            at = next;
        }

        message = new StunMessage(datagram, integrity, fingerprint);
        return true;
    }

    /// <summary>Finds the first attribute of a type among those that count.</summary>
    public bool TryFind(ushort type, out ReadOnlySpan<byte> value)
    {
        foreach (StunAttributeView attribute in Attributes)
        {
            if (attribute.Type == type)
            {
                value = attribute.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>The attributes that count, in their order: those before MESSAGE-INTEGRITY, or all but FINGERPRINT.</summary>
    public Enumerator Attributes => new(Octets[HeaderLength..(IntegrityOffset != 0 ? IntegrityOffset : FingerprintOffset != 0 ? FingerprintOffset : Octets.Length)]);

    /// <summary>An attribute's length with what fills it up to four octets.</summary>
    public static int Padded(int length) => (length + 3) & ~3;

    /// <summary>Goes over attributes whose lengths were checked.</summary>
    internal ref struct Enumerator(ReadOnlySpan<byte> octets)
    {
        private ReadOnlySpan<byte> _left = octets;

        public StunAttributeView Current { get; private set; }

        public readonly Enumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_left.Length < AttributeHeader)
            {
                return false;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(_left[2..]);
            Current = new StunAttributeView(BinaryPrimitives.ReadUInt16BigEndian(_left), _left.Slice(AttributeHeader, length));
            _left = _left[(AttributeHeader + Padded(length))..];
            return true;
        }
    }
}

/// <summary>One attribute.</summary>
internal readonly ref struct StunAttributeView(ushort type, ReadOnlySpan<byte> value)
{
    public ushort Type { get; } = type;

    public ReadOnlySpan<byte> Value { get; } = value;
}
