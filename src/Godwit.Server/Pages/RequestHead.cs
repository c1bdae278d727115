using System.Globalization;
using Microsoft.AspNetCore.Http.Features;

namespace Godwit.Server.Pages;

/// <summary>Tells the lab page what a browser does not: how many octets the head of its requests has.</summary>
internal static class RequestHead
{
    /// <summary>Answers with the number of octets.</summary>
    public static Task AnswerAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(OctetsOf(context).ToString(CultureInfo.InvariantCulture), context.RequestAborted);
    }

    /// <summary>The octets of the request line and the fields, as HTTP/1.1 writes them (RFC 9112, sections 3 and 5).</summary>
    public static int OctetsOf(HttpContext context)
    {
        HttpRequest request = context.Request;
        string target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        int octets = $"{request.Method} {target} HTTP/1.1\r\n\r\n".Length;
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in request.Headers)
        {
            foreach (string? value in values)
            {
                octets += name.Length + (value?.Length ?? 0) + ": \r\n".Length;
            }
        }

        return octets;
    }
}
