using Godwit.Access;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Transports.WebSockets;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Godwit.AspNetCore.Access.Origins;

/// <summary>Guards callers whom the browser identifies by itself, by a cookie, a certificate or a password that it keeps, against pages that act in their name.</summary>
/// <remarks>
/// A foreign page can make a browser send such a request and needs not read the answer: cross-site request forgery, and
/// for WebSockets, which know no preflight, hijacking. Browsers name the page in <c>Origin</c> with all that can do harm.
/// </remarks>
internal static class AmbientIdentity
{
    private const string Bearer = "Bearer ";

    /// <summary>Whether a request is refused because nothing shows which page asks in the caller's name.</summary>
    /// <param name="context">The request.</param>
    /// <param name="caller">Who asks, as it was found.</param>
    /// <param name="origin">What the <c>Origin</c> of the request says.</param>
    /// <param name="refusal">The answer then.</param>
    public static bool Refuses(HttpContext context, Caller caller, OriginStanding origin, out Problem refusal)
    {
        refusal = default;
        if (caller.Kind != CallerKind.Application || origin == OriginStanding.Taken || IsShown(context.Request) || IsHarmless(context.Request))
        {
            return false;
        }

        refusal = origin == OriginStanding.Foreign
            ? AllowedOrigins.Refusal(context)
            : new Problem(
                ErrorCode.OriginMissing,
                "Who is known by a cookie, or by anything else that a browser adds by itself, sends an Origin that is taken with every POST and every WebSocket handshake. A program shows a credential in Authorization: Bearer, or sends the Origin of this server.");
        return true;
    }

    /// <summary>Whether the request shows its credential: no page of another origin can make a browser add <c>Bearer</c> without a preflight. Basic, Digest and Negotiate it adds by itself.</summary>
    private static bool IsShown(HttpRequest request)
    {
        StringValues authorization = request.Headers.Authorization;
        return authorization.Count == 1 && authorization[0] is { } text && text.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether the request only reads. Its answer is for pages that are taken, by the headers that it has or lacks.</summary>
    private static bool IsHarmless(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)) && !OpeningHandshake.IsOffered(request);
}
