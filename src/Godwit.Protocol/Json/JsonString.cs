using System.Buffers;
using System.Globalization;

namespace Godwit.Protocol.Json;

/// <summary>The strings inside JSON texts.</summary>
internal static class JsonString
{
    private static readonly SearchValues<byte> Escaped = SearchValues.Create([.. ControlCharacters(), (byte)'"', (byte)'\\']);

    /// <summary>The octets of the string that a valid text begins with, quotation marks included.</summary>
    public static int Length(ReadOnlySpan<byte> text)
    {
        int at = 1;
        while (true)
        {
            at += text[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (text[at] == (byte)'"')
            {
                return at + 1;
            }

            at += 2;
        }
    }

    /// <summary>Where a valid string's first escape of half a surrogate pair stands, or −1.</summary>
    /// <param name="inner">The string without its quotation marks.</param>
    public static int LoneSurrogate(ReadOnlySpan<byte> inner)
    {
        int at = 0;
        while (inner[at..].IndexOf((byte)'\\') is >= 0 and int skip)
        {
            at += skip;
            switch (Unit(inner[at..]))
            {
                case null:
                    at += 2;
                    break;
                case >= 0xD800 and < 0xDC00:
                    if (Unit(inner[(at + 6)..]) is not (>= 0xDC00 and < 0xE000))
                    {
                        return at;
                    }

                    at += 12;
                    break;
                case >= 0xDC00 and < 0xE000:
                    return at;
                default:
                    at += 6;
                    break;
            }
        }

        return -1;

        static int? Unit(ReadOnlySpan<byte> text) =>
            text.Length >= 6 && text[0] == (byte)'\\' && text[1] == (byte)'u'
                ? int.Parse(text.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
                : null;
    }

    /// <summary>The JSON string of a text in UTF-8.</summary>
    public static byte[] Write(ReadOnlySpan<byte> utf8)
    {
        int length = utf8.Length + 2;
        for (ReadOnlySpan<byte> rest = utf8; rest.IndexOfAny(Escaped) is >= 0 and int run; rest = rest[(run + 1)..])
        {
            length += Short(rest[run]) != 0 ? 1 : 5;
        }

        byte[] json = GC.AllocateUninitializedArray<byte>(length);
        json[0] = json[^1] = (byte)'"';
        Span<byte> destination = json.AsSpan(1);
        while (utf8.IndexOfAny(Escaped) is >= 0 and int run)
        {
            byte escaped = utf8[run];
            utf8[..run].CopyTo(destination);
            destination = destination[run..];
            destination[0] = (byte)'\\';
            if (Short(escaped) is not 0 and byte letter)
            {
                destination[1] = letter;
                destination = destination[2..];
            }
            else
            {
                "u00"u8.CopyTo(destination[1..]);
                destination[4] = (byte)(escaped < 16 ? '0' : '1');
                destination[5] = "0123456789abcdef"u8[escaped & 15];
                destination = destination[6..];
            }

            utf8 = utf8[(run + 1)..];
        }

        utf8.CopyTo(destination);
        return json;
    }

    /// <summary>The letter of the two-character escape, or 0.</summary>
    private static byte Short(byte value) => value switch
    {
        (byte)'"' or (byte)'\\' => value,
        (byte)'\b' => (byte)'b',
        (byte)'\f' => (byte)'f',
        (byte)'\n' => (byte)'n',
        (byte)'\r' => (byte)'r',
        (byte)'\t' => (byte)'t',
        _ => 0,
    };

    private static byte[] ControlCharacters()
    {
        byte[] all = new byte[0x20];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = (byte)i;
        }

        return all;
    }
}
