using System.Net;
using System.Text.Json;

namespace Godwit.Server.Tests.Http;

/// <summary>An answer that was read to its end.</summary>
internal sealed record Answer(HttpStatusCode Status, Dictionary<string, string> Headers, string Body)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string? this[string header] => Headers.GetValueOrDefault(header);

    public static async Task<Answer> ReadAsync(HttpResponseMessage response)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, IEnumerable<string> values) in response.Headers.Concat(response.Content.Headers))
        {
            headers[name] = string.Join(", ", values);
        }

        return new Answer(response.StatusCode, headers, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Asserts that this is a problem document of the code, and gives its detail.</summary>
    public string IsProblem(Protocol.ErrorCode code)
    {
        Assert.Equal("application/problem+json", this["Content-Type"]);
        JsonElement problem = Json;
        Assert.Equal(code.Code, problem.GetProperty("code").GetString());
        Assert.Equal(code.Status, (int)Status);
        Assert.Equal(code.Status, problem.GetProperty("status").GetInt32());
        Assert.Equal(code.Title, problem.GetProperty("title").GetString());
        Assert.Equal("about:blank", problem.GetProperty("type").GetString());
        Assert.Equal("no-store", this["Cache-Control"]);
        return problem.GetProperty("detail").GetString()!;
    }
}
