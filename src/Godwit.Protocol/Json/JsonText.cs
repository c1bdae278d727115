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
        if (!Utf8.IsValid(utf8))
        {
            fault = NotUtf8(utf8);
            return false;
        }

        if (!TryMeasure(utf8, out int length, out fault))
        {
            return false;
        }

        if (length == utf8.Length)
        {
            compact = utf8.ToArray();
            return true;
        }

        compact = GC.AllocateUninitializedArray<byte>(length);
        CopyWithoutSpace(utf8, compact);
        return true;
    }

    /// <summary>Makes a JSON string of a text, with the shortest escapes and no more of them than JSON asks for.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="json">The string with its quotation marks.</param>
    /// <param name="fault"><see cref="ErrorCode.DataUtf8"/>, if the answer is false.</param>
    public static bool FromText(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out byte[]? json, out JsonFault fault)
    {
        json = null;
        if (!Utf8.IsValid(utf8))
        {
            fault = NotUtf8(utf8);
            return false;
        }

        json = JsonString.Write(utf8);
        fault = default;
        return true;
    }

    /// <summary>Reads the whole value and sums up what it takes without white space.</summary>
    private static bool TryMeasure(ReadOnlySpan<byte> utf8, out int length, out JsonFault fault)
    {
        length = 0;
        fault = default;

        // One level more than allowed, so that too deep a text is told apart from one that is no JSON.
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth + 1 });
        bool comma = false;
        try
        {
            while (reader.Read())
            {
                JsonTokenType token = reader.TokenType;
                bool ends = token is JsonTokenType.EndObject or JsonTokenType.EndArray;
                length += reader.ValueSpan.Length + (comma && !ends ? 1 : 0);
                comma = true;
                switch (token)
                {
                    case JsonTokenType.StartObject or JsonTokenType.StartArray:
                        if (reader.CurrentDepth == MaxDepth)
                        {
                            fault = JsonFault.At(ErrorCode.DataDepth, utf8, (int)reader.TokenStartIndex, $"nested deeper than {MaxDepth} levels");
                            return false;
                        }

                        comma = false;
                        break;
                    case JsonTokenType.PropertyName or JsonTokenType.String:
                        bool name = token == JsonTokenType.PropertyName;
                        length += name ? 3 : 2; // The quotation marks, and a name's colon.
                        comma = !name;
                        if (reader.ValueIsEscaped && JsonString.LoneSurrogate(reader.ValueSpan) is >= 0 and int at)
                        {
                            int index = (int)reader.TokenStartIndex + 1 + at;
                            fault = JsonFault.At(ErrorCode.DataSurrogate, utf8, index, $"the escape {Encoding.ASCII.GetString(utf8.Slice(index, 6))} is half of a surrogate pair");
                            return false;
                        }

                        break;
                }
            }

            return true;
        }
        catch (JsonException wrong)
        {
            fault = NotJson(utf8, wrong);
            return false;
        }
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

    private static JsonFault NotUtf8(ReadOnlySpan<byte> utf8)
    {
        int index = 0;
        while (index < utf8.Length && Rune.DecodeFromUtf8(utf8[index..], out _, out int length) == OperationStatus.Done)
        {
            index += length;
        }

        return JsonFault.At(ErrorCode.DataUtf8, utf8, index, "what begins here is not UTF-8");
    }

    private static JsonFault NotJson(ReadOnlySpan<byte> utf8, JsonException wrong)
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

    private static string Name(ReadOnlySpan<byte> utf8)
    {
        // The text is UTF-8, but the index may point into the middle of a character.
        return Rune.DecodeFromUtf8(utf8, out Rune rune, out _) == OperationStatus.Done && !Rune.IsControl(rune)
            ? $"'{rune}'"
            : $"the byte 0x{utf8[0]:X2}";
    }
}
