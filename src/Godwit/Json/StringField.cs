using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Godwit.Json;

/// <summary>Short strings inside JSON, read without making a string of them.</summary>
internal static class StringField
{
    private const int EscapeLength = 6;

    /// <summary>Copies the string or name that a reader stands on, without its escapes.</summary>
    /// <remarks>The reader's own way throws where this one says no, and a text of a client can have a hundred thousand names.</remarks>
    /// <param name="reader">The reader, of a text that is UTF-8.</param>
    /// <param name="plain">As long as the longest text that may be taken, in octets.</param>
    /// <returns>How long it is; −1 if it is longer, or half of a surrogate pair is in it.</returns>
    public static int Copy(in Utf8JsonReader reader, scoped Span<byte> plain)
    {
        ReadOnlySpan<byte> text = reader.ValueSpan;
        if (!reader.ValueIsEscaped)
        {
            return text.TryCopyTo(plain) ? text.Length : -1;
        }

        int length = 0;
        while (true)
        {
            int run = text.IndexOf((byte)'\\');
            ReadOnlySpan<byte> literal = run < 0 ? text : text[..run];
            if (!literal.TryCopyTo(plain[length..]))
            {
                return -1;
            }

            length += literal.Length;
            if (run < 0)
            {
                return length;
            }

            text = text[run..];
            if (!TryRead(ref text, out Rune character) || !character.TryEncodeToUtf8(plain[length..], out int written))
            {
                return -1;
            }

            length += written;
        }
    }

    /// <summary>Reads the escape that a text begins with; false for half of a surrogate pair. The reader has seen that it is one.</summary>
    private static bool TryRead(ref ReadOnlySpan<byte> text, out Rune character)
    {
        if (text[1] != (byte)'u')
        {
            character = new Rune(text[1] switch
            {
                (byte)'b' => '\b',
                (byte)'f' => '\f',
                (byte)'n' => '\n',
                (byte)'r' => '\r',
                (byte)'t' => '\t',
                var itself => (char)itself,
            });
            text = text[2..];
            return true;
        }

        char first = Unit(text);
        if (Rune.TryCreate(first, out character))
        {
            text = text[EscapeLength..];
            return true;
        }

        ReadOnlySpan<byte> rest = text[EscapeLength..];
        if (!rest.StartsWith("\\u"u8) || !Rune.TryCreate(first, Unit(rest), out character))
        {
            return false;
        }

        text = rest[EscapeLength..];
        return true;
    }

    private static char Unit(ReadOnlySpan<byte> escape) => (char)ushort.Parse(escape[2..EscapeLength], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
