using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Godwit.AspNetCore.Access;

/// <summary>The headers that let pages of other origins ask and read the answers (Fetch standard, CORS protocol).</summary>
internal static class CrossOrigin
{
    private static readonly StringValues Exposed = "Godwit-Poll-After, Retry-After, Location, WWW-Authenticate";
    private static readonly StringValues RequestHeaders = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Accept, Cache-Control";
    private static readonly StringValues Methods = "GET, POST";
    private static readonly StringValues TwoHours = "7200";

    /// <summary>Whether a browser asks if it may send the real request.</summary>
    public static bool IsPreflight(HttpRequest request) =>
        HttpMethods.IsOptions(request.Method) && request.Headers.Origin.Count > 0 && request.Headers.AccessControlRequestMethod.Count > 0;

    /// <summary>Lets the page that asked read the answer; call it for admitted requests alone.</summary>
    public static void Expose(HttpContext context)
    {
        StringValues origin = context.Request.Headers.Origin;
        if (origin.Count > 0)
        {
            context.Response.Headers.AccessControlAllowOrigin = origin;
            context.Response.Headers.AccessControlExposeHeaders = Exposed;
        }
    }

    /// <summary>Answers a preflight of an admitted origin.</summary>
    public static void AnswerPreflight(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = context.Request.Headers.Origin;
        headers.AccessControlAllowMethods = Methods;
        headers.AccessControlAllowHeaders = RequestHeaders;
        headers.AccessControlMaxAge = TwoHours;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
