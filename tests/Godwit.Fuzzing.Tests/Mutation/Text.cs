using System.Text;

namespace Godwit.Fuzzing.Tests.Mutation;

/// <summary>Inputs as text.</summary>
internal static class Text
{
    /// <summary>The text of octets; those that are no UTF-8 become halves of surrogate pairs, which no encoding makes.</summary>
    public static string Of(ReadOnlySpan<byte> input)
    {
        var text = new StringBuilder(input.Length);
        while (!input.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(input, out Rune rune, out int length) == System.Buffers.OperationStatus.Done)
            {
                text.Append(rune.ToString());
                input = input[length..];
            }
            else
            {
                text.Append((char)(0xD800 | input[0]));
                input = input[1..];
            }
        }

        return text.ToString();
    }
}
