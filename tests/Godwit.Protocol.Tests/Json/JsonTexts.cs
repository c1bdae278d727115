using System.Text;
using CsCheck;

namespace Godwit.Protocol.Tests.Json;

/// <summary>Random JSON texts with white space wherever it may stand, and texts that are nearly JSON.</summary>
internal static class JsonTexts
{
    private static readonly Gen<string> Space = Gen.Frequency((4, Gen.Const("")), (1, Gen.String[Gen.OneOf(' ', '\t', '\r', '\n'), 1, 3]));

    private static readonly Gen<string> Text = Gen.OneOf(
        "", "a", " ", "  b\u00e9", "\u20ac", "\U0001F600", "\\n", "\\\"", "\\\\", "\\/", "\\u0041", "\\u00e9", "\\ud83d\\ude00", "\\uD83D\\uDE00x", "{ \\\" : [", "\u2028")
        .Array[0, 4].Select(parts => "\"" + string.Concat(parts) + "\"");

    private static readonly Gen<string> Scalar = Gen.Frequency(
        (3, Gen.OneOf("null", "true", "false", "0", "-0", "1.50", "1E+2", "-1.0e-10", "123456789012345678901234567890")),
        (3, Text));

    /// <summary>Valid texts.</summary>
    public static readonly Gen<string> Valid = Gen.Recursive<string>((depth, inner) =>
    {
        if (depth > 5)
        {
            return Spaced(Scalar);
        }

        Gen<string> array = inner.Array[0, 4].SelectMany(items => Space.Select(empty => items.Length == 0 ? $"[{empty}]" : $"[{string.Join(',', items)}]"));
        Gen<string> member = Gen.Select(Spaced(Text), inner, (name, value) => name + ":" + value);
        Gen<string> objects = member.Array[0, 4].SelectMany(members => Space.Select(empty => members.Length == 0 ? $"{{{empty}}}" : $"{{{string.Join(',', members)}}}"));
        return Spaced(Gen.Frequency((2, Scalar), (1, array), (1, objects)));
    });

    /// <summary>Valid texts of which an octet was changed, removed or added; some are valid still.</summary>
    public static readonly Gen<byte[]> Mutated = Gen.Select(
        Valid.Select(Encoding.UTF8.GetBytes),
        Gen.Int[0, int.MaxValue],
        Gen.Int[0, 2],
        Gen.Frequency((4, Gen.OneOf(" \t\n{}[]\",:\\u0123aelnrtdDfF+-./*\0\x1f"u8.ToArray())), (1, Gen.Byte)),
        (text, at, how, octet) =>
        {
            var octets = new List<byte>(text);
            int index = at % octets.Count;
            switch (how)
            {
                case 0:
                    octets[index] = octet;
                    break;
                case 1:
                    octets.RemoveAt(index);
                    break;
                default:
                    octets.Insert(index, octet);
                    break;
            }

            return octets.ToArray();
        });

    private static Gen<string> Spaced(Gen<string> text) => Gen.Select(Space, text, Space, (before, inner, after) => before + inner + after);
}
