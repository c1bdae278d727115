using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Godwit.Access;
using Godwit.Brokers;

namespace Godwit.Sessions.Tokens;

/// <summary>What a session token says, and its text: 92 characters of base64url (RFC 4648, section 5), so it needs no escaping in JSON, a URL or a header.</summary>
/// <remarks>
/// In octets: version 1, key id 8, session id 16, issued 6, expires 6, and HMAC-SHA-256 (RFC 2104) over these and the
/// subject. The subject is signed without being in the text, so a token shows nobody's name. 69 octets fill the last
/// character too: no two texts are one token.
/// </remarks>
/// <param name="KeyId">The key that it is signed with.</param>
/// <param name="Session">The session.</param>
/// <param name="Issued">When it was made, in ms since the Unix epoch.</param>
/// <param name="Expires">When it identifies no longer, in ms since the Unix epoch.</param>
internal readonly record struct SessionToken(ulong KeyId, UInt128 Session, long Issued, long Expires)
{
    /// <summary>The length of the text.</summary>
    public const int TextLength = 92;

    private const byte Version = 1;
    private const int IssuedAt = 1 + 8 + 16;
    private const int ExpiresAt = IssuedAt + 6;
    private const int SignedLength = ExpiresAt + 6;
    private const int Length = SignedLength + HMACSHA256.HashSizeInBytes;

    /// <summary>Reads a text that has the form of a token; whether it is genuine is <see cref="IsGenuine"/>'s to say.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out SessionToken token)
    {
        token = default;
        Span<byte> octets = stackalloc byte[Length];
        if (!TryDecode(text, octets) || octets[0] != Version)
        {
            return false;
        }

        token = new SessionToken(
            BinaryPrimitives.ReadUInt64BigEndian(octets[1..]),
            BinaryPrimitives.ReadUInt128BigEndian(octets[9..]),
            ReadTime(octets[IssuedAt..]),
            ReadTime(octets[ExpiresAt..]));
        return true;
    }

    /// <summary>Whether a text that was parsed is what <paramref name="key"/> signed for this subject.</summary>
    public static bool IsGenuine(ReadOnlySpan<char> text, string subject, SigningKey key)
    {
        Span<byte> octets = stackalloc byte[Length];
        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (!TryDecode(text, octets))
        {
            return false;
        }

        Sign(octets[..SignedLength], subject, key, signature);
        return SecretComparison.AreSame(signature, octets[SignedLength..]);
    }

    /// <summary>The text, signed for a subject.</summary>
    /// <param name="subject">Whose session it is.</param>
    /// <param name="key">The key named by <see cref="KeyId"/>.</param>
    public string ToText(string subject, SigningKey key)
    {
        Span<byte> octets = stackalloc byte[Length];
        octets[0] = Version;
        BinaryPrimitives.WriteUInt64BigEndian(octets[1..], KeyId);
        BinaryPrimitives.WriteUInt128BigEndian(octets[9..], Session);
        WriteTime(octets[IssuedAt..], Issued);
        WriteTime(octets[ExpiresAt..], Expires);
        Sign(octets[..SignedLength], subject, key, octets[SignedLength..]);
        return Base64Url.EncodeToString(octets);
    }

    private static bool TryDecode(ReadOnlySpan<char> text, Span<byte> octets) =>
        text.Length == TextLength
        && Base64Url.DecodeFromChars(text, octets, out _, out int written) == OperationStatus.Done
        && written == Length; // white space and padding, which the decoder passes over, make it shorter

    private static void Sign(ReadOnlySpan<byte> what, string subject, SigningKey key, Span<byte> signature)
    {
        const int OnStack = 512;
        int length = Encoding.UTF8.GetByteCount(subject);
        byte[]? rented = length > OnStack ? ArrayPool<byte>.Shared.Rent(length) : null;
        Span<byte> text = rented is null ? stackalloc byte[OnStack] : rented;
        key.Sign(what, text[..Encoding.UTF8.GetBytes(subject, text)], signature);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static long ReadTime(ReadOnlySpan<byte> octets) =>
        ((long)BinaryPrimitives.ReadUInt16BigEndian(octets) << 32) | BinaryPrimitives.ReadUInt32BigEndian(octets[2..]);

    private static void WriteTime(Span<byte> octets, long time)
    {
        BinaryPrimitives.WriteUInt16BigEndian(octets, (ushort)(time >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(octets[2..], (uint)time);
    }
}
