using System.Buffers.Binary;
using System.Security.Cryptography;
using Godwit.Access;

namespace Godwit.WebRtc.Stun;

/// <summary>MESSAGE-INTEGRITY by short-term credentials (RFC 8489 sections 9.1 and 14.5), and FINGERPRINT (section 14.7).</summary>
internal static class StunIntegrity
{
    /// <summary>The octets of the value of MESSAGE-INTEGRITY.</summary>
    public const int Length = 20;

    private const int AttributeHeader = 4;
    private const int LengthOffset = 2;
    private const uint FingerprintMask = 0x5354554E;

    /// <summary>Whether a message carries MESSAGE-INTEGRITY made with a password. In constant time as far as the password goes.</summary>
    public static bool IsGenuine(in StunMessage message, ReadOnlySpan<byte> password)
    {
        if (message.IntegrityOffset == 0)
        {
            return false;
        }

        Span<byte> expected = stackalloc byte[Length];
        Sign(message.Octets, message.IntegrityOffset, password, expected);
        return SecretComparison.AreSame(expected, message.Octets.Slice(message.IntegrityOffset + AttributeHeader, Length));
    }

    /// <summary>Whether a message has no FINGERPRINT, or the right one.</summary>
    public static bool HasRightFingerprint(in StunMessage message) =>
        message.FingerprintOffset == 0
        || BinaryPrimitives.ReadUInt32BigEndian(message.Octets[(message.FingerprintOffset + AttributeHeader)..]) == FingerprintOf(message.Octets[..message.FingerprintOffset]);

    /// <summary>The value of a FINGERPRINT behind some octets, whose length counts it.</summary>
    public static uint FingerprintOf(ReadOnlySpan<byte> before) => Crc32.Of(before) ^ FingerprintMask;

    /// <summary>Makes the value of the MESSAGE-INTEGRITY that stands at a place in a message.</summary>
    /// <remarks>The length in the header is for that time the one with which the message would end there.</remarks>
    public static void Sign(Span<byte> octets, int offset, ReadOnlySpan<byte> password, Span<byte> value)
    {
        Span<byte> length = octets.Slice(LengthOffset, sizeof(ushort));
        ushort whole = BinaryPrimitives.ReadUInt16BigEndian(length);
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)(offset + AttributeHeader + Length - StunMessage.HeaderLength));
#pragma warning disable CA5350 // The standard says SHA-1, and every peer uses it.
        HMACSHA1.HashData(password, octets[..offset], value);
#pragma warning restore CA5350
        BinaryPrimitives.WriteUInt16BigEndian(length, whole);
    }
}
