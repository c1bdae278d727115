using System.Text;
using System.Text.Json;

namespace Godwit.Server.Diagnosing;

/// <summary>A whole answer.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="MediaType">What the body is.</param>
/// <param name="Body">The body.</param>
/// <param name="Headers">All headers, by their names in small letters; values of repeated ones stand in one list.</param>
internal sealed record Answered(int Status, string? MediaType, string Body, IReadOnlyDictionary<string, string[]> Headers)
{
    /// <summary>The code of a problem document of Godwit; null for any other answer.</summary>
    public string? Code => MediaType == "application/problem+json" ? Text("code") : null;

    /// <summary>Whether it is the answer of a poll.</summary>
    public bool IsPoll => Status == 200 && MediaType == "application/json" && Text("position") is not null && Text("verdict") is not null;

    /// <summary>A header, its values with commas between; null if it is not there.</summary>
    public string? Header(string name) => Headers.TryGetValue(name, out string[]? values) ? string.Join(", ", values) : null;

    /// <summary>A text of the body's object.</summary>
    public string? Text(string name)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(Body);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What it is, for a person.</summary>
    public override string ToString() => $"{Status} {Code ?? MediaType ?? "without a type"}";

    /// <summary>Reads an answer to its end.</summary>
    public static async Task<Answered> ReadAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        byte[] body = await answer.Content.ReadAsByteArrayAsync(cancel).ConfigureAwait(false);
        return new Answered((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, Encoding.UTF8.GetString(body), AllOf(answer));
    }

    /// <summary>The headers of an answer.</summary>
    public static IReadOnlyDictionary<string, string[]> AllOf(HttpResponseMessage answer)
    {
        var headers = new Dictionary<string, string[]>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, System.Net.Http.Headers.HeaderStringValues values) in answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated))
        {
            headers[name] = [.. values];
        }

        return headers;
    }
}
