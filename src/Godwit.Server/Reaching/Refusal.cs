using System.Text.Json;
using Godwit.Protocol;
using Godwit.Server.Configuration;

namespace Godwit.Server.Reaching;

/// <summary>What a server says when it refuses, for a person: the code, the reason, and what to do.</summary>
internal static class Refusal
{
    /// <summary>Whether the same request may be taken later.</summary>
    /// <param name="code">The code; null where a server or a proxy gave none.</param>
    /// <param name="status">The HTTP status, or 0.</param>
    public static bool IsTemporary(string? code, int status) => code is null
        ? status is 0 or 408 or 429 or >= 500
        : ErrorCode.All.FirstOrDefault(known => known.Code == code) is not { } found || found.Temporary;

    /// <summary>Whether nothing else by the same caller in the same room would be taken either: it concerns the credential, the room or the path.</summary>
    public static bool ConcernsCaller(string? code) => code is not null
        && (code is "access.unconfigured" or "access.denied" or "origin.refused" or "room.invalid" or "path.unknown" or "method.unsupported"
            || code.StartsWith("token.", StringComparison.Ordinal)
            || code.StartsWith("credential.", StringComparison.Ordinal)
            || code.StartsWith("api_key.", StringComparison.Ordinal)
            || code.StartsWith("admin.", StringComparison.Ordinal));

    /// <summary>One line: status, code, reason, remedy.</summary>
    /// <param name="raw">The problem document or the frame.</param>
    /// <param name="status">The HTTP status, or 0.</param>
    /// <param name="code">The code.</param>
    public static string Line(string raw, int status, string? code)
    {
        string said = Said(raw);
        string head = string.Join(' ', ((string[])[status > 0 ? $"{status}" : "", code ?? ""]).Where(static part => part.Length > 0));
        string remedy = code is null ? "" : Remedy(code);
        return $"{head}: {said}".TrimEnd(':', ' ', '.') + (remedy.Length > 0 ? $"; {remedy}" : "");
    }

    private static string Said(string raw)
    {
        // In an event stream the frame is the data of a block.
        int begin = raw.IndexOf('{', StringComparison.Ordinal), end = raw.LastIndexOf('}');
        if (begin < 0 || end < begin)
        {
            return Fault.Shown(raw);
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(raw.AsMemory(begin, end - begin + 1));
            string text = Text(document.RootElement, "detail") is { Length: > 0 } detail ? detail : Text(document.RootElement, "title");
            return new string([.. text.Select(static letter => char.IsControl(letter) ? ' ' : letter)]);
        }
        catch (JsonException)
        {
            return Fault.Shown(raw);
        }
    }

    private static string Text(JsonElement problem, string name) =>
        problem.ValueKind == JsonValueKind.Object && problem.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static string Remedy(string code) => code switch
    {
        "credential.missing" => "give a token or an API key: --token-file FILE, or GODWIT_TOKEN",
        "access.denied" => "give a credential that has this right",
        "token.expired" or "token.signature" or "token.revoked" or "api_key.unknown" => "give another token or API key",
        "path.unknown" => "give the server's mount point, for example http://localhost:8080/rt",
        _ => "",
    };
}
