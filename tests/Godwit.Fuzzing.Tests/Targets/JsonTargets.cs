using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Godwit.Fuzzing.Tests.Mutation;
using Godwit.Json;
using Godwit.Protocol.Json;

namespace Godwit.Fuzzing.Tests.Targets;

/// <summary>The data of entries, against the platform's own reading of JSON.</summary>
public class JsonTargets
{
    private static readonly byte[][] Seeds =
    [
        .. Tokens.Texts(
            "null", "1", "-0.5e+10", "\"a\\u00e9\\n\"", "[]", "[1, 2,\t3]", "{}", " { \"a\" : [ true , false ] , \"b\" : { } } ",
            "\"\\ud83d\\ude00\"", "{\"\\ud83d\\ude00\":\"\\\\\\\"\"}", "{\"a\":1,\"a\":2}", "\"\u2028é€😀\"", "[\"\\u0000\",\"\\/\"]"),
        Encoding.UTF8.GetBytes(new string('[', 64) + new string(']', 64)),
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 63)) + "[]" + new string('}', 63)),
    ];

    [Fact]
    public void Data_is_taken_exactly_where_it_is_JSON_that_every_client_reads_and_keeps_its_meaning() => Campaign.Run("json", Seeds, Tokens.Json, static (input, _) =>
    {
        var allowance = Allowance.Begin();
        bool taken = JsonText.TryCompact(input, out byte[]? compact, out JsonFault fault);

        // The platform repeats a literal that is none in its exception, several times over.
        allowance.Check(input.Length, 16);
        Assert.Equal(IsReadable(input), taken);
        if (!taken)
        {
            IsPlace(input, fault);
            return new Signature().With(fault.Code.Code).With(fault.Reason);
        }

        Assert.Equal(WithoutSpace(input), compact);
        Assert.True(JsonText.TryCompact(compact, out byte[]? again, out JsonFault _));
        Assert.Equal(compact, again);
        return new Signature().With(compact![0]).With(Math.Min(compact.Length / 16, 32));
    });

    [Fact]
    public void A_text_becomes_a_JSON_string_of_the_same_text() => Campaign.Run("text", [.. Tokens.Texts("plain", "\"\\\b\f\n\r\t\u0001\u007f", "é€😀\u2028")], Tokens.Common, static (input, _) =>
    {
        var allowance = Allowance.Begin();
        bool taken = JsonText.FromText(input, out byte[]? json, out JsonFault fault);
        allowance.Check(input.Length, 7);
        Assert.Equal(Utf8.IsValid(input), taken);
        if (!taken)
        {
            IsPlace(input, fault);
            return new Signature().With(Math.Min(fault.Byte, 64));
        }

        using JsonDocument read = JsonDocument.Parse(json);
        Assert.Equal(Encoding.UTF8.GetString(input), read.RootElement.GetString());
        Assert.True(JsonText.TryCompact(json, out byte[]? compact, out JsonFault _));
        Assert.Equal(json, compact);
        return new Signature().With(Math.Min(json!.Length - input.Length, 64));
    });

    [Fact]
    public void A_short_string_is_read_as_the_platform_reads_it() => Campaign.Run(
        "string",
        [.. Tokens.Texts("\"plain\"", "\"\\u0061\\/\\n\\ud83d\\ude00\"", "\"é€😀\"", "\"0123456789\\u00e9abcdef0123456789abcdef\"")],
        [.. Tokens.Texts("\\ud800", "\\udfff", "\\u00e9", "\\u0000", "\\\"", "\\\\", "\\t")],
        static (input, _) =>
    {
        var reader = new Utf8JsonReader(input);
        try
        {
            if (!Utf8.IsValid(input) || !reader.Read() || reader.TokenType != JsonTokenType.String)
            {
                return new Signature();
            }
        }
        catch (JsonException)
        {
            return new Signature();
        }

        Span<byte> plain = stackalloc byte[32];
        var allowance = Allowance.Begin();
        int length = StringField.Copy(in reader, plain);
        allowance.Check(input.Length, 0);
        byte[]? expected;
        try
        {
            expected = Encoding.UTF8.GetBytes(reader.GetString()!);
        }
        catch (InvalidOperationException)
        {
            expected = null;
        }

        Assert.Equal(expected is { Length: <= 32 } ? expected : null, length < 0 ? null : plain[..length].ToArray());
        return new Signature().With(length).With(reader.ValueIsEscaped ? 1 : 0);
    });

    /// <summary>Whether a text is JSON of up to 64 levels in UTF-8 without halves of surrogate pairs, as the platform sees it.</summary>
    internal static bool IsReadable(byte[] text)
    {
        if (!Utf8.IsValid(text))
        {
            return false;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 64 });
            return HasWholeCharacters(document.RootElement);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Whether a text is JSON of up to 64 levels in UTF-8, as the platform sees it.</summary>
    internal static bool IsJson(byte[] text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return Utf8.IsValid(text);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Fails unless a fault is told at a place that the text has.</summary>
    internal static void IsPlace(ReadOnlySpan<byte> text, in JsonFault fault)
    {
        int line = 1;
        for (ReadOnlySpan<byte> rest = text; ; line++)
        {
            int end = rest.IndexOf((byte)'\n');
            if (line == fault.Line)
            {
                Assert.InRange(fault.Byte, 1, (end < 0 ? rest.Length : end + 1) + 1);
                return;
            }

            Assert.True(end >= 0, $"There is no line {fault.Line}.");
            rest = rest[(end + 1)..];
        }
    }

    private static bool HasWholeCharacters(JsonElement element)
    {
        try
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.String:
                    return element.GetString() is not null;
                case JsonValueKind.Array:
                    return element.EnumerateArray().All(HasWholeCharacters);
                case JsonValueKind.Object:
                    return element.EnumerateObject().All(property => property.Name is not null && HasWholeCharacters(property.Value));
                default:
                    return true;
            }
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static byte[] WithoutSpace(byte[] json)
    {
        var compact = new List<byte>(json.Length);
        bool quoted = false;
        for (int i = 0; i < json.Length; i++)
        {
            if (!quoted && json[i] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                continue;
            }

            compact.Add(json[i]);
            if (quoted && json[i] == '\\')
            {
                compact.Add(json[++i]);
            }
            else if (json[i] == '"')
            {
                quoted = !quoted;
            }
        }

        return [.. compact];
    }
}
