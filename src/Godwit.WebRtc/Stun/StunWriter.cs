using System.Buffers.Binary;
using System.Text;

namespace Godwit.WebRtc.Stun;

/// <summary>Writes a STUN message into octets that the caller has.</summary>
internal ref struct StunWriter
{
    private const int FirstFamily = 1;
    private const int SecondFamily = 2;

    private readonly Span<byte> _octets;

    /// <summary>Begins a message.</summary>
    /// <param name="octets">Where to; large enough for all that will be added.</param>
    /// <param name="type">Method and class.</param>
    /// <param name="transactionId">Twelve octets.</param>
    public StunWriter(Span<byte> octets, ushort type, ReadOnlySpan<byte> transactionId)
    {
        _octets = octets;
        BinaryPrimitives.WriteUInt16BigEndian(octets, type);
        BinaryPrimitives.WriteUInt32BigEndian(octets[4..], StunMessage.MagicCookie);
        transactionId.CopyTo(octets[8..]);
        Length = StunMessage.HeaderLength;
    }

    /// <summary>The octets written.</summary>
    public int Length { get; private set; }

    /// <summary>Adds an attribute.</summary>
    public void Add(ushort type, scoped ReadOnlySpan<byte> value) => value.CopyTo(Begin(type, value.Length));

    /// <summary>Adds XOR-MAPPED-ADDRESS.</summary>
    /// <param name="address">4 or 16 octets.</param>
    /// <param name="port">The port.</param>
    public void AddXorMappedAddress(scoped ReadOnlySpan<byte> address, ushort port)
    {
        Span<byte> value = Begin(StunAttribute.XorMappedAddress, 4 + address.Length);
        value[0] = 0;
        value[1] = (byte)(address.Length == 4 ? FirstFamily : SecondFamily);
        BinaryPrimitives.WriteUInt16BigEndian(value[2..], (ushort)(port ^ (StunMessage.MagicCookie >> 16)));

        // The cookie and the transaction id stand one behind the other in the header.
        ReadOnlySpan<byte> mask = _octets.Slice(4, 16);
        for (int i = 0; i < address.Length; i++)
        {
            value[4 + i] = (byte)(address[i] ^ mask[i]);
        }
    }

    /// <summary>Adds ERROR-CODE.</summary>
    public void AddError(int code, string reason)
    {
        Span<byte> value = Begin(StunAttribute.ErrorCode, 4 + Encoding.UTF8.GetByteCount(reason));
        value[0] = 0;
        value[1] = 0;
        value[2] = (byte)(code / 100);
        value[3] = (byte)(code % 100);
        Encoding.UTF8.GetBytes(reason, value[4..]);
    }

    /// <summary>Adds MESSAGE-INTEGRITY and FINGERPRINT; nothing can be added behind them.</summary>
    public void Seal(scoped ReadOnlySpan<byte> password)
    {
        int at = Length;
        Span<byte> integrity = Begin(StunAttribute.MessageIntegrity, StunIntegrity.Length);
        StunIntegrity.Sign(_octets, at, password, integrity);
        AddFingerprint();
    }

    /// <summary>Adds FINGERPRINT alone.</summary>
    public void AddFingerprint()
    {
        int at = Length;
        Span<byte> value = Begin(StunAttribute.Fingerprint, sizeof(uint));
        BinaryPrimitives.WriteUInt32BigEndian(value, StunIntegrity.FingerprintOf(_octets[..at]));
    }

    private Span<byte> Begin(ushort type, int length)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_octets[Length..], type);
        BinaryPrimitives.WriteUInt16BigEndian(_octets[(Length + 2)..], (ushort)length);
        Span<byte> value = _octets.Slice(Length + 4, length);
        int padded = StunMessage.Padded(length);
        _octets.Slice(Length + 4 + length, padded - length).Clear();
        Length += 4 + padded;
        BinaryPrimitives.WriteUInt16BigEndian(_octets[2..], (ushort)(Length - StunMessage.HeaderLength));
        return value;
    }
}
