using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using CsCheck;
using Godwit.Protocol.Json;

namespace Godwit.Protocol.Tests.Json;

public class JsonTextTests
{
    [Theory]
    [InlineData(" 1.50 ", "1.50")]
    [InlineData("-0", "-0")]
    [InlineData("1E+2", "1E+2")]
    [InlineData("{ \"b\" : 1 ,\r\n\t\"a\" : [ 1 , 2 ] }", "{\"b\":1,\"a\":[1,2]}")]
    [InlineData("{\"a\":1, \"a\":2}", "{\"a\":1,\"a\":2}")]
    [InlineData("\" a  b \"", "\" a  b \"")]
    [InlineData("\"\\u0041\\/\\\\ \\\" \" ", "\"\\u0041\\/\\\\ \\\" \"")]
    [InlineData("[ ]", "[]")]
    [InlineData("{\n}", "{}")]
    [InlineData("[[ ],{ },\"\" , null]", "[[],{},\"\",null]")]
    [InlineData("\"\\ud83d\\ude00\"", "\"\\ud83d\\ude00\"")]
    [InlineData("\"\u2028\u007f\"", "\"\u2028\u007f\"")]
    public void Only_insignificant_white_space_is_removed(string text, string expected)
    {
        Assert.True(JsonText.TryCompact(Encoding.UTF8.GetBytes(text), out byte[]? compact, out _));
        Assert.Equal(expected, Encoding.UTF8.GetString(compact));
    }

    [Theory]
    [InlineData("", 1, 1, "there is no JSON value")]
    [InlineData(" \n ", 2, 2, "there is no JSON value")]
    [InlineData("{\"a\":1", 1, 7, "the text ends before the JSON value does")]
    [InlineData("\"abc", 1, 5, "the text ends before the JSON value does")]
    [InlineData("tru", 1, 4, "the text ends before the JSON value does")]
    [InlineData("{\n  \"a\": x}", 2, 8, "'x' cannot stand here")]
    [InlineData("[1,]", 1, 4, "']' cannot stand here")]
    [InlineData("{\"a\":1,}", 1, 8, "'}' cannot stand here")]
    [InlineData("[1] 2", 1, 5, "'2' cannot stand here")]
    [InlineData("/* c */ 1", 1, 1, "'/' cannot stand here")]
    [InlineData("1 // c", 1, 3, "'/' cannot stand here")]
    [InlineData("\uFEFF1", 1, 1, "a byte order mark cannot stand here")]
    [InlineData("hello", 1, 1, "'h' cannot stand here")]
    [InlineData("'a'", 1, 1, "''' cannot stand here")]
    [InlineData("NaN", 1, 1, "'N' cannot stand here")]
    [InlineData("01", 1, 2, "'1' cannot stand here")]
    [InlineData("1.", 1, 3, "the text ends before the JSON value does")]
    [InlineData("\"a\nb\"", 1, 3, "the byte 0x0A cannot stand here")]
    [InlineData("\"a\u0001b\"", 1, 3, "the byte 0x01 cannot stand here")]
    [InlineData("[1,\n \u20ac]", 2, 2, "'\u20ac' cannot stand here")]
    public void Text_that_is_not_JSON_is_refused_with_line_and_byte(string text, int line, int octet, string what)
    {
        JsonFault fault = Refused(Encoding.UTF8.GetBytes(text));
        Assert.Same(ErrorCode.DataJson, fault.Code);
        Assert.Equal($"Line {line}, byte {octet}: {what}.", fault.Detail);
        Assert.Equal((line, octet), (fault.Line, fault.Byte));
    }

    [Fact]
    public void Sixty_four_levels_are_taken_and_the_next_one_is_refused_where_it_begins()
    {
        static byte[] Nested(int levels) => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("[", levels)) + string.Concat(Enumerable.Repeat("]", levels)));

        Assert.True(JsonText.TryCompact(Nested(64), out _, out _));
        foreach (int levels in (int[])[65, 66, 1000])
        {
            JsonFault fault = Refused(Nested(levels));
            Assert.Same(ErrorCode.DataDepth, fault.Code);
            Assert.Equal((1, 65), (fault.Line, fault.Byte));
        }
    }

    [Theory]
    [InlineData(new byte[] { 0x22, 0xC3, 0x22 }, 2)]
    [InlineData(new byte[] { 0x22, 0x61, 0xFF, 0x22 }, 3)]
    [InlineData(new byte[] { 0x22, 0xED, 0xA0, 0x80, 0x22 }, 2)] // A surrogate, encoded.
    [InlineData(new byte[] { 0x22, 0xC0, 0x80, 0x22 }, 2)] // An overlong NUL.
    [InlineData(new byte[] { 0x31, 0xE2, 0x82 }, 2)]
    public void Octets_that_are_not_UTF_8_are_refused_where_they_begin(byte[] text, int octet)
    {
        JsonFault fault = Refused(text);
        Assert.Same(ErrorCode.DataUtf8, fault.Code);
        Assert.Equal((1, octet), (fault.Line, fault.Byte));
        Assert.False(JsonText.FromText(text, out _, out JsonFault same));
        Assert.Equal(fault, same);
    }

    [Theory]
    [InlineData("\"\\ud800\"", 2)]
    [InlineData("\"\\uDBFFx\"", 2)]
    [InlineData("\"x\\udc00\"", 3)]
    [InlineData("\"\\ud83d\\ud83d\\ude00\"", 2)]
    [InlineData("\"\\ud83d\\ude00\\ude00\"", 14)]
    [InlineData("\"\\ud83d\\n\"", 2)]
    [InlineData("{\"\\udfff\":1}", 3)]
    public void The_escape_of_half_a_surrogate_pair_is_refused_in_values_and_names(string text, int octet)
    {
        JsonFault fault = Refused(Encoding.UTF8.GetBytes(text));
        Assert.Same(ErrorCode.DataSurrogate, fault.Code);
        Assert.Equal((1, octet), (fault.Line, fault.Byte));
    }

    [Fact]
    public void An_escaped_backslash_before_u_begins_no_escape() =>
        Assert.True(JsonText.TryCompact("\"\\\\ud800\""u8, out _, out _));

    [Fact]
    public void Compacting_keeps_the_meaning_and_leaves_nothing_to_compact() => JsonTexts.Valid.Sample(text =>
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        Assert.True(JsonText.TryCompact(utf8, out byte[]? compact, out _));
        using (JsonDocument before = JsonDocument.Parse(utf8))
        using (JsonDocument after = JsonDocument.Parse(compact))
        {
            Assert.True(JsonElement.DeepEquals(before.RootElement, after.RootElement));
        }

        Assert.Equal(WithoutSpace(text), Encoding.UTF8.GetString(compact));
        Assert.True(JsonText.TryCompact(compact, out byte[]? again, out _));
        Assert.Equal(compact, again);
    });

    [Fact]
    public void A_damaged_text_is_taken_exactly_when_it_still_is_JSON() => JsonTexts.Mutated.Sample(text =>
    {
        bool taken = JsonText.TryCompact(text, out byte[]? compact, out JsonFault fault);
        Assert.Equal(IsJson(text), taken);
        if (!taken)
        {
            int lines = text.Count(octet => octet == '\n') + 1;
            Assert.InRange(fault.Line, 1, lines);
            Assert.InRange(fault.Byte, 1, text.Length + 1);
            Assert.StartsWith($"Line {fault.Line}, byte {fault.Byte}: ", fault.Detail, StringComparison.Ordinal);
        }
        else
        {
            Assert.True(compact!.Length <= text.Length);
        }
    });

    [Theory]
    [InlineData("", "\"\"")]
    [InlineData("hello", "\"hello\"")]
    [InlineData("a\"b\\c/d", "\"a\\\"b\\\\c/d\"")]
    [InlineData("\b\f\n\r\t\0\u001f\u007f", "\"\\b\\f\\n\\r\\t\\u0000\\u001f\u007f\"")]
    [InlineData("<\u00e9\u2028\U0001F600>", "\"<\u00e9\u2028\U0001F600>\"")]
    public void A_text_becomes_a_JSON_string_with_the_shortest_escapes(string text, string expected)
    {
        Assert.True(JsonText.FromText(Encoding.UTF8.GetBytes(text), out byte[]? json, out _));
        Assert.Equal(expected, Encoding.UTF8.GetString(json));
    }

    [Fact]
    public void A_text_comes_back_out_of_its_JSON_string_and_the_string_is_stored_as_it_is() =>
        Gen.OneOf(Gen.String, Gen.String[Gen.Char['\0', '\u007f'], 0, 50]).Where(IsWellFormed).Sample(text =>
        {
            Assert.True(JsonText.FromText(Encoding.UTF8.GetBytes(text), out byte[]? json, out _));
            using JsonDocument parsed = JsonDocument.Parse(json);
            Assert.Equal(text, parsed.RootElement.GetString());
            Assert.True(JsonText.TryCompact(json, out byte[]? compact, out _));
            Assert.Equal(json, compact);
        });

    private static JsonFault Refused(byte[] text)
    {
        Assert.False(JsonText.TryCompact(text, out byte[]? compact, out JsonFault fault));
        Assert.Null(compact);
        return fault;
    }

    private static bool IsWellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;

    /// <summary>The plainest form of what compacting is to do.</summary>
    private static string WithoutSpace(string text)
    {
        var kept = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            if (quoted && text[i] == '\\')
            {
                kept.Append(text[i++]);
            }
            else if (text[i] == '"')
            {
                quoted = !quoted;
            }
            else if (!quoted && text[i] is ' ' or '\t' or '\r' or '\n')
            {
                continue;
            }

            kept.Append(text[i]);
        }

        return kept.ToString();
    }

    /// <summary>What System.Text.Json says; it reads half surrogate pairs, but gives no text for them.</summary>
    private static bool IsJson(byte[] text)
    {
        if (!Utf8.IsValid(text))
        {
            return false;
        }

        try
        {
            using JsonDocument parsed = JsonDocument.Parse(text);
            return HasText(parsed.RootElement);
        }
        catch (JsonException)
        {
            return false;
        }

        static bool HasText(JsonElement element)
        {
            try
            {
                return element.ValueKind switch
                {
                    JsonValueKind.String => element.GetString() is not null,
                    JsonValueKind.Array => element.EnumerateArray().All(HasText),
                    JsonValueKind.Object => element.EnumerateObject().All(member => member.Name is not null && HasText(member.Value)),
                    _ => true,
                };
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        }
    }
}
