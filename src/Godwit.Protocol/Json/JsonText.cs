using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Godwit.Protocol.Json;

/// <summary>The JSON text of entries: checked once when it is published, so that every reader gets it as it is stored.</summary>
public static class JsonText
{
    /// <summary>How deeply arrays and objects may be nested.</summary>
    public const int MaxDepth = 64;

    private static readonly SearchValues<byte> SpaceOrQuote = SearchValues.Create(" \t\r\n\""u8);

    /// <summary>Checks that a text is one JSON value (RFC 8259) and removes its insignificant white space.</summary>
    /// <remarks>
    /// The text of numbers, the order of keys, escapes and repeated keys stay as they came. Refused are a byte order
    /// mark, comments, trailing commas, more than <see cref="MaxDepth"/> levels, octets that are not UTF-8, and
    /// <c>\u</c> escapes of half a surrogate pair, in values and in names: not every client could read those.
    /// </remarks>
    /// <param name="utf8">The text.</param>
    /// <param name="compact">The text without insignificant white space, so without CR and LF.</param>
    /// <param name="fault">What is wrong, if the answer is false.</param>
    public static bool TryCompact(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out byte[]? compact, out JsonFault fault)
    {
        compact = null;
        if (!IsUtf8(utf8, out fault))
        {
            return false;
        }

        // One level more than allowed, so that too deep a text is told apart from one that is no JSON.
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth + 1 });
        try
        {
            if (!TryMeasure(ref reader, utf8, out _, out int length, out fault))
            {
                return false;
            }

            reader.Read(); // Throws if something follows.
            compact = Copy(utf8, length);
            return true;
        }
        catch (JsonException wrong)
        {
            fault = NotJson(utf8, wrong);
            return false;
        }
    }

    /// <summary>Reads one value of a larger text and does with it what <see cref="TryCompact"/> does with a whole text.</summary>
    /// <param name="reader">
    /// Stands before the value; afterwards on its last token. It must allow more than <see cref="MaxDepth"/> levels below
    /// where it stands.
    /// </param>
    /// <param name="utf8">The whole text, all of it given to the reader at once; it passed <see cref="IsUtf8"/>.</param>
    /// <param name="compact">The text of the value without insignificant white space.</param>
    /// <param name="fault">What is wrong with the value, if the answer is false; line and byte are those of the whole text.</param>
    public static bool TryReadValue(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out byte[]? compact, out JsonFault fault)
    {
        compact = null;
        try
        {
            if (!TryMeasure(ref reader, utf8, out int start, out int length, out fault))
            {
                return false;
            }

            compact = Copy(utf8[start..(int)reader.BytesConsumed], length);
            return true;
        }
        catch (JsonException wrong)
        {
            fault = NotJson(utf8, wrong);
            return false;
        }
    }

    /// <summary>Passes over one value of a larger text.</summary>
    /// <param name="reader">As for <see cref="TryReadValue"/>.</param>
    /// <param name="utf8">The whole text.</param>
    /// <param name="fault"><see cref="ErrorCode.DataDepth"/>, if the answer is false.</param>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static bool TrySkipValue(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, out JsonFault fault)
    {
        int outer = reader.CurrentDepth;
        do
        {
            reader.Read();
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray && reader.CurrentDepth - outer == MaxDepth)
            {
                fault = TooDeep(utf8, reader.TokenStartIndex);
                return false;
            }
        }
        while (reader.CurrentDepth > outer || reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray);
        fault = default;
        return true;
    }

    /// <summary>Whether a text is UTF-8; if not, where it is not.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="fault"><see cref="ErrorCode.DataUtf8"/>, if the answer is false.</param>
    public static bool IsUtf8(ReadOnlySpan<byte> utf8, out JsonFault fault)
    {
        fault = default;
        if (Utf8.IsValid(utf8))
        {
            return true;
        }

        fault = NotUtf8(utf8);
        return false;
    }

    /// <summary>Makes a JSON string of a text, with the shortest escapes and no more of them than JSON asks for.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="json">The string with its quotation marks.</param>
    /// <param name="fault"><see cref="ErrorCode.DataUtf8"/>, if the answer is false.</param>
    public static bool FromText(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out byte[]? json, out JsonFault fault)
    {
        json = null;
        if (!IsUtf8(utf8, out fault))
        {
            return false;
        }

        json = JsonString.Write(utf8);
        return true;
    }

    /// <summary>Where and why a text is not JSON.</summary>
    /// <param name="utf8">The text; it passed <see cref="IsUtf8"/>.</param>
    /// <param name="wrong">What a <see cref="Utf8JsonReader"/> of the whole text threw.</param>
    public static JsonFault NotJson(ReadOnlySpan<byte> utf8, JsonException wrong)
    {
        int index = 0;
        for (long line = wrong.LineNumber ?? 0; line > 0; line--)
        {
            index += utf8[index..].IndexOf((byte)'\n') + 1;
        }

        index = (int)Math.Min(utf8.Length, index + (wrong.BytePositionInLine ?? 0));
        string what;
        if (index < utf8.Length)
        {
            what = utf8.StartsWith("\uFEFF"u8) && index == 0 ? "a byte order mark" : Name(utf8[index..]);
            what += " cannot stand here";
        }
        else
        {
            what = utf8.IndexOfAnyExcept(" \t\r\n"u8) < 0 ? "there is no JSON value" : "the text ends before the JSON value does";
        }

        return JsonFault.At(ErrorCode.DataJson, utf8, index, what);
    }

    /// <summary>Reads one value and sums up what it takes without white space.</summary>
    private static bool TryMeasure(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, out int start, out int length, out JsonFault fault)
    {
        start = -1;
        length = 0;
        fault = default;
        int outer = reader.CurrentDepth;
        bool comma = false;
        bool opens;
        do
        {
            reader.Read();
            if (start < 0)
            {
                start = (int)reader.TokenStartIndex;
            }

            JsonTokenType token = reader.TokenType;
            opens = token is JsonTokenType.StartObject or JsonTokenType.StartArray;
            bool ends = token is JsonTokenType.EndObject or JsonTokenType.EndArray;
            length += reader.ValueSpan.Length + (comma && !ends ? 1 : 0);
            comma = !opens;
            if (opens && reader.CurrentDepth - outer == MaxDepth)
            {
                fault = TooDeep(utf8, reader.TokenStartIndex);
                return false;
            }

            if (token is JsonTokenType.PropertyName or JsonTokenType.String)
            {
                bool name = token == JsonTokenType.PropertyName;
                length += name ? 3 : 2; // The quotation marks, and a name's colon.
                comma = !name;
                if (reader.ValueIsEscaped && JsonString.LoneSurrogate(reader.ValueSpan) is >= 0 and int at)
                {
                    int index = (int)reader.TokenStartIndex + 1 + at;
                    fault = JsonFault.At(ErrorCode.DataSurrogate, utf8, index, $"the escape {Encoding.ASCII.GetString(utf8.Slice(index, 6))} is half of a surrogate pair");
                    return false;
                }
            }
        }
        while (opens || reader.CurrentDepth > outer);
        return true;
    }

    private static byte[] Copy(ReadOnlySpan<byte> value, int length)
    {
        if (length == value.Length)
        {
            return value.ToArray();
        }

        byte[] compact = GC.AllocateUninitializedArray<byte>(length);
        CopyWithoutSpace(value, compact);
        return compact;
    }

    /// <summary>Copies a text that is known to be JSON to a destination that is known to fit.</summary>
    private static void CopyWithoutSpace(ReadOnlySpan<byte> utf8, Span<byte> destination)
    {
        while (!utf8.IsEmpty)
        {
            int run = utf8.IndexOfAny(SpaceOrQuote);
            if (run < 0)
            {
                utf8.CopyTo(destination);
                return;
            }

            int taken = run;
            int skipped = 1;
            if (utf8[run] == (byte)'"')
            {
                taken = run + JsonString.Length(utf8[run..]);
                skipped = 0;
            }

            utf8[..taken].CopyTo(destination);
            destination = destination[taken..];
            utf8 = utf8[(taken + skipped)..];
        }
    }

    private static JsonFault TooDeep(ReadOnlySpan<byte> utf8, long index) =>
        JsonFault.At(ErrorCode.DataDepth, utf8, (int)index, $"nested deeper than {MaxDepth} levels");

    private static JsonFault NotUtf8(ReadOnlySpan<byte> utf8)
    {
        int index = 0;
        while (index < utf8.Length && Rune.DecodeFromUtf8(utf8[index..], out _, out int length) == OperationStatus.Done)
        {
            index += length;
        }

        return JsonFault.At(ErrorCode.DataUtf8, utf8, index, "what begins here is not UTF-8");
    }

    private static string Name(ReadOnlySpan<byte> utf8)
    {
        // The text is UTF-8, but the index may point into the middle of a character.
        return Rune.DecodeFromUtf8(utf8, out Rune rune, out _) == OperationStatus.Done && !Rune.IsControl(rune)
            ? $"'{rune}'"
            : $"the byte 0x{utf8[0]:X2}";
    }
}
