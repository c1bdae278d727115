using System.Text.Json;
using Godwit.AspNetCore.Problems;
using Godwit.Protocol;
using Godwit.Protocol.Json;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Requests;

/// <summary>The body of a request that makes a credential: a JSON object, or nothing.</summary>
internal static class CredentialBody
{
    private const int MostOctets = 16 << 10;

    private static readonly string[] MediaTypes = ["application/json"];
    private static readonly JsonElement Empty = JsonDocument.Parse("{}").RootElement;

    /// <summary>Reads the body.</summary>
    /// <returns>The object; null where the problem says why not.</returns>
    /// <exception cref="BadHttpRequestException">The body was malformed, broke off or came too slowly.</exception>
    public static async ValueTask<(JsonElement? Json, Problem Problem)> ReadAsync(HttpRequest request)
    {
        if (request.ContentType is null && request.ContentLength is null or 0)
        {
            return (Empty, default);
        }

        if (!ContentType.TryRead(request.ContentType, out BodyKind kind, out _) || kind != BodyKind.Json)
        {
            return (null, new Problem(ErrorCode.MediaTypeUnsupported, "What to make is said with Content-Type: application/json.") { Allowed = MediaTypes });
        }

        if (request.ContentLength > MostOctets)
        {
            return (null, TooLarge);
        }

        WholeBody.Allow(request, MostOctets);
        return await WholeBody.ReadAsync(request.BodyReader, MostOctets, 0, static (body, _) => Read(body), static (_, _) => (null, TooLarge)).ConfigureAwait(false);
    }

    /// <summary>Reads how long the credential is to hold.</summary>
    public static bool TryReadLife(JsonElement json, TimeSpan most, ref TimeSpan life, out Problem problem)
    {
        problem = default;
        if (!json.TryGetProperty("seconds", out JsonElement seconds))
        {
            return true;
        }

        if (seconds.ValueKind == JsonValueKind.Number && seconds.TryGetDouble(out double given) && given >= 1 && given <= most.TotalSeconds)
        {
            life = TimeSpan.FromSeconds(given);
            return true;
        }

        problem = new Problem(ErrorCode.ParameterInvalid, $"'seconds' is a number from 1 to {most.TotalSeconds:0}.") { Field = "seconds" };
        return false;
    }

    private static Problem TooLarge => new(ErrorCode.BodyTooLarge, $"The server takes bodies of up to {MostOctets} octets here.");

    private static (JsonElement? Json, Problem Problem) Read(ReadOnlySpan<byte> body)
    {
        if (!JsonText.TryCompact(body, out byte[]? data, out JsonFault fault))
        {
            return (null, Problem.From(fault));
        }

        using JsonDocument document = JsonDocument.Parse(data, new JsonDocumentOptions { MaxDepth = JsonText.MaxDepth + 1 });
        return document.RootElement.ValueKind == JsonValueKind.Object
            ? (document.RootElement.Clone(), default)
            : (null, new Problem(ErrorCode.DataJson, "What to make is said by an object."));
    }
}
