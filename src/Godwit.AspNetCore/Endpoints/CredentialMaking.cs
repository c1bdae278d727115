using System.Text.Encodings.Web;
using System.Text.Json;
using Godwit.Access;
using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Problems;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Endpoints;

/// <summary>What the makers of tickets and links have in common.</summary>
internal static class CredentialMaking
{
    /// <summary>Whether a caller may make no credential.</summary>
    public static bool Refuses(Caller caller, ICredentials credentials, out Problem problem)
    {
        problem = !credentials.AreChecked
            ? new Problem(ErrorCode.AccessUnconfigured, "Nobody looks at credentials, so none is made. Set access.secrets, access.keySets or access.apiKeys.")
            : caller.Kind switch
            {
                CallerKind.Anonymous => Problem.From(AccessGate.Missing),
                CallerKind.Ticket or CallerKind.Link => new Problem(ErrorCode.AccessDenied, "A credential is made with a token or an API key, not with a ticket or a link."),
                _ => default,
            };
        return problem.Code is not null;
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

    /// <summary>Answers 201 with a credential.</summary>
    public static Task AnswerAsync(HttpContext context, string name, string value, DateTimeOffset expires)
    {
        HttpResponse response = context.Response;
        response.StatusCode = StatusCodes.Status201Created;
        response.ContentType = "application/json";
        using (var json = new Utf8JsonWriter(response.BodyWriter, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString(name, value);
            json.WriteNumber("expires", expires.ToUnixTimeMilliseconds());
            json.WriteEndObject();
        }

        return response.BodyWriter.FlushAsync(CancellationToken.None).AsTask();
    }
}
