using System.Text.Json;
using Godwit.Access;
using Godwit.AspNetCore.Problems;
using Godwit.Protocol;
using Godwit.Protocol.Json;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Requests;

/// <summary>The body of a request that asks for something other than delivery: a JSON object, or nothing.</summary>
internal static class ObjectBody
{
    private const int MostOctets = 16 << 10;

    private static readonly string[] MediaTypes = ["application/json"];
    private static readonly JsonElement Empty = JsonDocument.Parse("{}").RootElement;

    /// <summary>Reads the body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="limits">What bodies may cost.</param>
    /// <param name="caller">Who sends it.</param>
    /// <returns>The object; null where the problem says why not.</returns>
    /// <exception cref="BadHttpRequestException">The body was malformed, broke off or came too slowly.</exception>
    public static async ValueTask<(JsonElement? Json, Problem Problem)> ReadAsync(HttpRequest request, BodyLimits limits, Caller caller)
    {
        if (request.ContentType is null && request.ContentLength is null or 0)
        {
            return (Empty, default);
        }

        if (!ContentType.TryRead(request.ContentType, out BodyKind kind, out _) || kind != BodyKind.Json)
        {
            return (null, new Problem(ErrorCode.MediaTypeUnsupported, "What is wanted is said with Content-Type: application/json.") { Allowed = MediaTypes });
        }

        if (request.ContentLength > MostOctets)
        {
            return (null, TooLarge);
        }

        WholeBody.Allow(request, MostOctets);
        return await WholeBody.ReadAsync(request.BodyReader, limits, caller, MostOctets, 0, static (body, _) => Read(body), static (_, _) => (null, TooLarge)).ConfigureAwait(false);
    }

    /// <summary>Reads a field that is a text; null where it is not there.</summary>
    public static bool TryReadText(JsonElement json, string name, out string? text, out Problem problem)
    {
        problem = default;
        text = null;
        if (!json.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return true;
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            text = value.GetString();
            return true;
        }

        problem = new Problem(ErrorCode.ParameterInvalid, $"'{name}' is a string.") { Field = name };
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
            : (null, new Problem(ErrorCode.DataJson, "What is wanted is said by an object."));
    }
}
