using System.Text.Json;
using Godwit.Protocol;

namespace Godwit.Server.Hosting;

/// <summary>Answers requests for which there is no endpoint: 404 with a problem document (RFC 9457) that says where rooms are.</summary>
internal sealed class UnknownPath(string mount)
{
    private const string ContentType = "application/problem+json";

    private readonly byte[] _problem = Problem(mount);

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint() is not null)
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentType = ContentType;
        context.Response.ContentLength = _problem.Length;
        context.Response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(_problem).AsTask();
    }

    private static byte[] Problem(string mount)
    {
        using var content = new MemoryStream();
        using (var json = new Utf8JsonWriter(content))
        {
            json.WriteStartObject();
            json.WriteString("title", ErrorCode.PathUnknown.Title);
            json.WriteNumber("status", ErrorCode.PathUnknown.Status);
            json.WriteString("detail", $"Rooms are at {mount}/rooms/NAME.");
            json.WriteString("code", ErrorCode.PathUnknown.Code);
            json.WriteEndObject();
        }

        return content.ToArray();
    }
}
