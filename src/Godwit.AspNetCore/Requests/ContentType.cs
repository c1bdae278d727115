using Godwit.AspNetCore.Problems;
using Godwit.Protocol;
using Microsoft.Net.Http.Headers;

namespace Godwit.AspNetCore.Requests;

/// <summary>Reads <c>Content-Type</c>.</summary>
internal static class ContentType
{
    private static readonly string[] MediaTypes = ["application/json", "text/plain", "application/octet-stream"];

    /// <summary>Many publishes, one a line.</summary>
    public const string Ndjson = "application/x-ndjson";

    /// <summary>Whether a body is NDJSON, or why it is not taken.</summary>
    public static bool IsNdjson(string? contentType, out Problem problem)
    {
        problem = default;
        if (string.Equals(contentType, Ndjson, StringComparison.OrdinalIgnoreCase)
            || (MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? parsed)
                && parsed.MediaType.Equals(Ndjson, StringComparison.OrdinalIgnoreCase) && IsUtf8(parsed)))
        {
            return true;
        }

        problem = new Problem(ErrorCode.MediaTypeUnsupported, "Send the header Content-Type: application/x-ndjson, and one JSON object a line.") { Allowed = [Ndjson] };
        return false;
    }

    /// <summary>Tells how a body of this type is taken, or why it is not.</summary>
    public static bool TryRead(string? contentType, out BodyKind kind, out Problem problem)
    {
        problem = default;
        if (Is(contentType, "application/json", out kind, BodyKind.Json)
            || Is(contentType, "application/octet-stream", out kind, BodyKind.Octets)
            || Is(contentType, "text/plain", out kind, BodyKind.Text))
        {
            return true;
        }

        if (!MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? parsed) || parsed.MatchesAllTypes || parsed.MatchesAllSubTypes
            || !(Is(parsed.MediaType.Value, "application/json", out kind, BodyKind.Json)
                || Is(parsed.MediaType.Value, "application/octet-stream", out kind, BodyKind.Octets)
                || IsText(parsed, out kind)))
        {
            problem = new Problem(
                ErrorCode.MediaTypeUnsupported,
                "Send the header Content-Type: application/json for JSON, text/plain for a text that becomes a JSON string, or application/octet-stream for bytes.")
            { Allowed = MediaTypes };
            return false;
        }

        if (kind != BodyKind.Octets && !IsUtf8(parsed))
        {
            problem = new Problem(ErrorCode.MediaTypeUnsupported, "The charset of the Content-Type must be utf-8, or absent.") { Allowed = MediaTypes };
            return false;
        }

        return true;

        static bool Is(string? text, string mediaType, out BodyKind kind, BodyKind means)
        {
            kind = means;
            return string.Equals(text, mediaType, StringComparison.OrdinalIgnoreCase);
        }

        static bool IsText(MediaTypeHeaderValue parsed, out BodyKind kind)
        {
            kind = BodyKind.Text;
            return parsed.Type.Equals("text", StringComparison.OrdinalIgnoreCase);
        }
    }

    private static bool IsUtf8(MediaTypeHeaderValue parsed) =>
        !parsed.Charset.HasValue || HeaderUtilities.RemoveQuotes(parsed.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase);
}
