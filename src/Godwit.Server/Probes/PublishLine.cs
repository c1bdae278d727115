using System.Text;
using System.Text.Json;
using Godwit.Protocol;

namespace Godwit.Server.Probes;

/// <summary>A publish as a JSON object, and the answer to one that stands in another answer.</summary>
internal static class PublishLine
{
    /// <summary>The members of a publish, without braces.</summary>
    public static string Members(string room, PublishContent content, string? name, string? key)
    {
        var text = new StringBuilder("\"room\":\"").Append(JsonEncodedText.Encode(room)).Append('"');
        if (name is not null)
        {
            text.Append(",\"event\":\"").Append(JsonEncodedText.Encode(name)).Append('"');
        }

        if (key is not null)
        {
            text.Append(",\"key\":\"").Append(JsonEncodedText.Encode(key)).Append('"');
        }

        return (content.Base64 is { } bytes ? text.Append(",\"bytes\":\"").Append(bytes).Append('"') : text.Append(",\"data\":").Append(content.Text)).ToString();
    }

    /// <summary>Reads an answer: a position, or a fault with its code.</summary>
    /// <exception cref="ContractException">It is neither.</exception>
    public static PublishOutcome Outcome(JsonElement answer, string raw, string? key)
    {
        var fields = new ProbeFields(answer, raw);
        if (fields.Has("code"))
        {
            string code = fields.Code();
            return new PublishOutcome(null, false, key, ErrorCode.All.First(known => known.Code == code).Status, code, raw);
        }

        bool duplicate = fields.Truth("duplicate");
        return new PublishOutcome(fields.Position(), duplicate, key, duplicate ? 200 : 201, null, raw);
    }
}
