using System.Security.Cryptography;

namespace Godwit.WebRtc.Dtls;

/// <summary>The SHA-256 of a certificate, as <c>a=fingerprint</c> says it (RFC 8122).</summary>
internal static class DtlsFingerprint
{
    /// <summary>The only function that is taken; every browser offers it.</summary>
    public const string Function = "sha-256";

    /// <summary>The octets of a fingerprint.</summary>
    public const int Length = SHA256.HashSizeInBytes;

    private const int TextLength = (Length * 3) - 1;

    /// <summary>The fingerprint of a certificate in DER.</summary>
    public static byte[] Of(ReadOnlySpan<byte> certificate) => SHA256.HashData(certificate);

    /// <summary>Writes it as pairs of hexadecimal digits with colons between.</summary>
    public static string Print(ReadOnlySpan<byte> fingerprint)
    {
        Span<char> text = stackalloc char[TextLength];
        for (int i = 0; i < Length; i++)
        {
            fingerprint[i].TryFormat(text[(3 * i)..], out _, "X2");
            if (i < Length - 1)
            {
                text[(3 * i) + 2] = ':';
            }
        }

        return new string(text);
    }

    /// <summary>Reads what <see cref="Print"/> writes; null for anything else.</summary>
    public static byte[]? Parse(ReadOnlySpan<char> text)
    {
        if (text.Length != TextLength)
        {
            return null;
        }

        var fingerprint = new byte[Length];
        for (int i = 0; i < Length; i++)
        {
            if ((i < Length - 1 && text[(3 * i) + 2] != ':') || !byte.TryParse(text.Slice(3 * i, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out fingerprint[i]))
            {
                return null;
            }
        }

        return fingerprint;
    }
}
