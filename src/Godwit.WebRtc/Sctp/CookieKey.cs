using System.Security.Cryptography;
using Godwit.Access;

namespace Godwit.WebRtc.Sctp;

/// <summary>Signs state cookies (RFC 9260 §5.1.3), so that nothing is kept for an INIT.</summary>
internal sealed class CookieKey
{
    /// <summary>The length of a signature, in octets.</summary>
    public const int SignatureLength = 16;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <summary>The key of this process.</summary>
    public static CookieKey OfProcess { get; } = new();

    /// <summary>Writes the signature of what stands in a cookie.</summary>
    public void Sign(ReadOnlySpan<byte> content, Span<byte> signature)
    {
        Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, content, whole);
        whole[..SignatureLength].CopyTo(signature);
    }

    /// <summary>Whether a signature is that of what stands in a cookie.</summary>
    public bool IsSignature(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature)
    {
        Span<byte> right = stackalloc byte[SignatureLength];
        Sign(content, right);
        return SecretComparison.AreSame(right, signature);
    }
}
