using System.Text;
using System.Text.Json;

namespace Godwit.Sessions.Frames;

/// <summary>What a client calls one of its frames: a JSON number or string, which comes back in the answer as it was.</summary>
/// <param name="Json">The JSON text; empty where the client gave none.</param>
internal readonly record struct FrameId(ReadOnlyMemory<byte> Json)
{
    /// <summary>The most characters that an id has: those of the string in UTF-16 code units, or those of the number's text.</summary>
    public const int MaxLength = 64;

    /// <summary>What an id is, for error messages.</summary>
    public const string Rule = "a number of up to 64 characters, or a string of 1 to 64";

    private const int LongestEscape = 6;

    /// <summary>Whether the client gave none.</summary>
    public bool IsNone => Json.IsEmpty;

    /// <summary>The UTF-16 code units of the string that a reader stands on; more than <see cref="MaxLength"/> where it is longer.</summary>
    /// <param name="reader">Stands on a string.</param>
    /// <param name="isHalf">Whether half of a surrogate pair is in it: not every client could read it back.</param>
    public static int Length(in Utf8JsonReader reader, out bool isHalf)
    {
        ReadOnlySpan<byte> text = reader.ValueSpan;
        isHalf = false;
        if (text.Length > MaxLength * LongestEscape)
        {
            return MaxLength + 1;
        }

        if (!reader.ValueIsEscaped)
        {
            return Encoding.UTF8.GetCharCount(text);
        }

        Span<char> plain = stackalloc char[MaxLength * LongestEscape];
        try
        {
            return reader.CopyString(plain);
        }
        catch (InvalidOperationException)
        {
            isHalf = true;
            return 0;
        }
    }
}
