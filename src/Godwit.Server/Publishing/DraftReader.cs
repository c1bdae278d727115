using System.Text;
using System.Text.Json;
using Godwit.Protocol;

namespace Godwit.Server.Publishing;

/// <summary>Makes drafts of lines.</summary>
internal sealed class DraftReader(DraftForm form, string? name)
{
    private const string Json = "application/json";
    private const string Text = "text/plain";

    // As deep as the server takes, and one around it.
    private static readonly JsonDocumentOptions Depth = new() { MaxDepth = 65 };
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private long _number;

    /// <summary>Reads a line; null for one that is blank and so means nothing.</summary>
    /// <param name="line">The line without its end; null if it was too long.</param>
    public Draft? Read(byte[]? line)
    {
        _number++;
        if (line is null)
        {
            return Draft.Unfit(_number, "it is longer than an entry can be");
        }

        if (form != DraftForm.Text && line.AsSpan().IndexOfAnyExcept(" \t"u8) < 0)
        {
            return null;
        }

        try
        {
            StrictUtf8.GetCharCount(line);
        }
        catch (DecoderFallbackException)
        {
            return Draft.Unfit(_number, "it is not UTF-8");
        }

        return form switch
        {
            DraftForm.Text => new Draft(_number, line, Text) { Event = name },
            DraftForm.Json => Whole(line) is { } problem ? Draft.Unfit(_number, problem) : new Draft(_number, line, Json) { Event = name },
            DraftForm.Ndjson => ReadFields(line),
            _ => new Draft(_number, line, line.AsSpan().TrimStart(" \t"u8) is [(byte)'{' or (byte)'[', ..] && Whole(line) is null ? Json : Text) { Event = name },
        };
    }

    private static string? Whole(byte[] line)
    {
        try
        {
            JsonDocument.Parse(line, Depth).Dispose();
            return null;
        }
        catch (JsonException fault)
        {
            return $"it is not JSON, at byte {fault.BytePositionInLine + 1}";
        }
    }

    private Draft ReadFields(byte[] line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, Depth);
            JsonElement fields = document.RootElement;
            if (fields.ValueKind != JsonValueKind.Object || fields.TryGetProperty("data", out JsonElement data) == fields.TryGetProperty("bytes", out JsonElement bytes))
            {
                return Draft.Unfit(_number, "it is no object with one of \"data\" and \"bytes\"");
            }

            if (Field(fields, "event", out string? given) && Field(fields, "key", out string? key))
            {
                // A header can have no other, and whether it is long enough is the server's to say.
                if (key is not null && IdempotencyKey.Check(key, anonymous: false) is not null)
                {
                    return Draft.Unfit(_number, $"its \"key\" is none: {IdempotencyKey.Rule}");
                }

                byte[]? octets = null;
                return bytes.ValueKind != JsonValueKind.Undefined && (bytes.ValueKind != JsonValueKind.String || !bytes.TryGetBytesFromBase64(out octets))
                    ? Draft.Unfit(_number, "its \"bytes\" are not base64")
                    : new Draft(_number, octets ?? Encoding.UTF8.GetBytes(data.GetRawText()), octets is null ? Json : "application/octet-stream") { Event = given ?? name, Key = key };
            }

            return Draft.Unfit(_number, "its \"event\" or \"key\" is not a string");
        }
        catch (JsonException fault)
        {
            return Draft.Unfit(_number, $"it is not JSON, at byte {fault.BytePositionInLine + 1}");
        }
    }

    private static bool Field(JsonElement fields, string name, out string? value)
    {
        value = null;
        if (!fields.TryGetProperty(name, out JsonElement field) || field.ValueKind == JsonValueKind.Null)
        {
            return true;
        }

        value = field.ValueKind == JsonValueKind.String ? field.GetString() : null;
        return value is not null;
    }
}
