using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace Godwit.Json;

/// <summary>Octets inside JSON: base64 with padding, without white space, each octet sequence in one form only (RFC 4648 §4, §3.5).</summary>
internal static class Base64Field
{
    /// <summary>What such a field is, for error messages.</summary>
    public const string Rule = "base64 with padding and without white space (RFC 4648, section 4)";

    /// <summary>Decodes the string that the reader stands on; null if it is not base64.</summary>
    public static byte[]? Read(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return Decode(reader.ValueSpan);
        }

        // Some writers escape every slash.
        byte[] plain = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            return StringField.Copy(in reader, plain) is >= 0 and int length ? Decode(plain.AsSpan(0, length)) : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(plain);
        }
    }

    private static byte[]? Decode(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return [];
        }

        if (text.Length % 4 != 0 || text.IndexOfAny(" \t\r\n"u8) >= 0)
        {
            return null;
        }

        int padding = text[^1] != '=' ? 0 : text[^2] != '=' ? 1 : 2;
        byte[] octets = GC.AllocateUninitializedArray<byte>((text.Length / 4 * 3) - padding);

        // The decoder refuses bits that the padding leaves over and that are not 0; white space alone it would pass over.
        return Base64.DecodeFromUtf8(text, octets, out _, out int written) == OperationStatus.Done && written == octets.Length ? octets : null;
    }
}
