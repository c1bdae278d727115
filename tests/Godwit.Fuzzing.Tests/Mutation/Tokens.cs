using System.Text;

namespace Godwit.Fuzzing.Tests.Mutation;

/// <summary>Pieces of text that parsers stumble over.</summary>
internal static class Tokens
{
    /// <summary>For every parser.</summary>
    public static readonly byte[][] Common =
    [
        .. Texts("\0", "1\0", " ", "\t", "\r\n", "\n", ",", ";", ":", "=", "\"", "\\", "-", ".", "*", "%", "%00", "%2F", "%zz", "+", "/", "..", "'", "{", "}", "[", "]", "0", "-0", "1", "-1", "é", "€", "😀", "\u2028"),
        .. Texts("9007199254740991", "9007199254740992", "9223372036854775807", "9223372036854775808", "18446744073709551616", "2147483648", "1e308", "1e999", "-1e-999", "0.1", "00", "0x10", "NaN", "Infinity"),
        [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0x80], [0xEF, 0xBB, 0xBF],
    ];

    /// <summary>For parsers of JSON.</summary>
    public static readonly byte[][] Json =
    [
        .. Texts("{}", "[]", "null", "true", "false", "\"\"", "{\"a\":", "[[[[[[[[", "]]]]]]]]", "{\"a\":{\"a\":", "\"a\":1,", "//", "/*", "*/", ",,", "\\u", "\\u0000", "\\ud800", "\\udc00", "\\ud83d\\ude00", "\\\\", "\\\"", "\\x", "\"\\", "\u007f", "1.", ".5", "01", "1E+2", "tru", "nul"),
        .. Common,
    ];

    /// <summary>Texts as octets.</summary>
    public static IEnumerable<byte[]> Texts(params string[] texts) => texts.Select(Encoding.UTF8.GetBytes);
}
