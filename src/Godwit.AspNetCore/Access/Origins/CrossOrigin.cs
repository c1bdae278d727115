using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Godwit.AspNetCore.Access.Origins;

/// <summary>The headers that let pages of other origins ask and read the answers (Fetch standard, CORS protocol).</summary>
internal static class CrossOrigin
{
    private static readonly StringValues Exposed = "Godwit-Poll-After, Retry-After, Location, WWW-Authenticate";
    private static readonly StringValues RequestHeaders = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Accept, Cache-Control";
    private static readonly StringValues Methods = "GET, POST, DELETE";
    private static readonly StringValues TwoHours = "7200";
    private static readonly StringValues Yes = "true";

    /// <summary>Whether a browser asks if it may send the real request.</summary>
    public static bool IsPreflight(HttpRequest request) =>
        HttpMethods.IsOptions(request.Method) && request.Headers.Origin.Count > 0 && request.Headers.AccessControlRequestMethod.Count > 0;

    /// <summary>Lets the page that asked read the answer; call it for origins that are taken alone.</summary>
    /// <param name="context">The request, with one <c>Origin</c>, which is repeated: a <c>*</c> is never sent.</param>
    /// <param name="withCookies">Whether the page may let the browser add cookies to what it asks.</param>
    public static void Expose(HttpContext context, bool withCookies)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = context.Request.Headers.Origin;
        if (withCookies)
        {
            headers.AccessControlAllowCredentials = Yes;
        }

        if (!IsPreflight(context.Request))
        {
            headers.AccessControlExposeHeaders = Exposed;
        }
    }

    /// <summary>Answers a preflight of an origin to which the answer is exposed.</summary>
    public static void AnswerPreflight(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.AccessControlAllowMethods = Methods;
        headers.AccessControlAllowHeaders = RequestHeaders;
        headers.AccessControlMaxAge = TwoHours;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
