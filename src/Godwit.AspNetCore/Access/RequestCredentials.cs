using System.Buffers.Text;
using System.Text;
using Godwit.Access;
using Godwit.AspNetCore.Endpoints;
using Godwit.AspNetCore.Transports.WebSockets;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Godwit.AspNetCore.Access;

/// <summary>The credentials that the head of a request shows.</summary>
internal static class RequestCredentials
{
    private const string Bearer = "Bearer";

    // A browser's WebSocket can set no other header.
    private const string SubprotocolPrefix = "godwit.bearer.";

    private const string Ticket = "ticket";
    private const string Grant = "grant";

    // Where tokens are put by those who know other servers. A query stands in logs and histories.
    private static readonly string[] Misplaced = ["access_token", "token", "jwt", "api_key"];

    /// <summary>Finds the credential.</summary>
    /// <param name="context">The request.</param>
    /// <param name="presented">The credential; null where the request shows none.</param>
    /// <param name="refusal">Why it is refused before anybody has looked at it.</param>
    /// <returns>False for a refusal.</returns>
    public static bool TryFind(HttpContext context, out PresentedCredential? presented, out AccessRefusal refusal)
    {
        presented = null;
        refusal = default;
        if (!TryFindHeader(context.Request.Headers.Authorization, out string? bearer, out refusal)
            || !TryFindSubprotocol(context.Request.Headers.SecWebSocketProtocol, out string? offered, out refusal))
        {
            return false;
        }

        if (bearer is not null && offered is not null && bearer != offered)
        {
            refusal = new AccessRefusal(ErrorCode.CredentialAmbiguous, "'Authorization' and 'Sec-WebSocket-Protocol' say different things of who it is: give one of them.");
            return false;
        }

        if ((bearer ?? offered) is { } token)
        {
            presented = From(context, new PresentedCredential(CredentialKind.Token, token));
            return true;
        }

        return TryFindQuery(context, out presented, out refusal);
    }

    /// <summary>A credential that came with a request, and from where.</summary>
    public static PresentedCredential From(HttpContext context, in PresentedCredential presented) => presented with
    {
        Origin = OriginOf(context),
        Address = context.Connection.RemoteIpAddress,
    };

    /// <summary>The origin of the page that asks; null where it is none.</summary>
    public static string? OriginOf(HttpContext context) => context.Request.Headers.Origin is { Count: 1 } origins ? origins[0] : null;

    /// <summary>Whether what a client offers as a subprotocol is a credential.</summary>
    public static bool IsCredential(ReadOnlySpan<char> subprotocol) => subprotocol.StartsWith(SubprotocolPrefix, StringComparison.Ordinal);

    private static bool TryFindHeader(StringValues lines, out string? token, out AccessRefusal refusal)
    {
        token = null;
        refusal = default;
        if (lines.Count == 0)
        {
            return true;
        }

        ReadOnlySpan<char> line = lines[0];
        int space = line.IndexOf(' ');
        if (lines.Count > 1 || space < 0 || !line[..space].Equals(Bearer, StringComparison.OrdinalIgnoreCase) || line[space..].Trim(' ') is not { Length: > 0 } text || text.Contains(' '))
        {
            refusal = new AccessRefusal(ErrorCode.TokenMalformed, "'Authorization' is given once, as 'Bearer' and a token or an API key (RFC 6750, section 2.1).");
            return false;
        }

        token = text.ToString();
        return true;
    }

    private static bool TryFindSubprotocol(StringValues lines, out string? token, out AccessRefusal refusal)
    {
        token = null;
        refusal = default;
        foreach (string? line in lines)
        {
            foreach (Range range in line.AsSpan().Split(','))
            {
                ReadOnlySpan<char> offered = line.AsSpan()[range].Trim(" \t");
                if (!IsCredential(offered))
                {
                    continue;
                }

                ReadOnlySpan<char> encoded = offered[SubprotocolPrefix.Length..];
                if (token is not null || !Base64Url.IsValid(encoded) || encoded.IsEmpty)
                {
                    refusal = new AccessRefusal(ErrorCode.TokenMalformed, $"'{SubprotocolPrefix}' is offered once, with the base64url of a token behind it.");
                    return false;
                }

                token = Encoding.Latin1.GetString(Base64Url.DecodeFromChars(encoded));
            }
        }

        return true;
    }

    private static bool TryFindQuery(HttpContext context, out PresentedCredential? presented, out AccessRefusal refusal)
    {
        presented = null;
        refusal = default;
        if (!context.Request.QueryString.HasValue)
        {
            return true;
        }

        foreach (QueryStringEnumerable.EncodedNameValuePair pair in new QueryStringEnumerable(context.Request.QueryString.Value))
        {
            ReadOnlySpan<char> name = pair.EncodedName.Span;
            bool isTicket = name.SequenceEqual(Ticket);
            if (isTicket || name.SequenceEqual(Grant))
            {
                if (presented is not null)
                {
                    refusal = new AccessRefusal(ErrorCode.CredentialAmbiguous, $"The query says more than once who it is: give '{Ticket}' or '{Grant}', once.");
                    return false;
                }

                string value = pair.DecodeValue().ToString();
                if (isTicket ? RefusesTicket(context.Request, out refusal) : RefusesLink(context.Request, out refusal))
                {
                    return false;
                }

                _ = RoomName.TryParse(context.Request.RouteValues[MountEndpoint.RoomParameter] as string, out RoomName room);
                presented = From(context, new PresentedCredential(isTicket ? CredentialKind.Ticket : CredentialKind.Link, value) { Room = room });
            }
            else if (IsMisplaced(name))
            {
                refusal = new AccessRefusal(ErrorCode.CredentialMisplaced, $"'{name}' in the query would stand in logs: send the token as 'Authorization: Bearer', or for a browser's WebSocket as the subprotocol '{SubprotocolPrefix}' and its base64url.");
                return false;
            }
        }

        return true;
    }

    private static bool RefusesTicket(HttpRequest request, out AccessRefusal refusal)
    {
        refusal = default;
        if (OpeningHandshake.IsOffered(request))
        {
            return false;
        }

        refusal = HttpMethods.IsGet(request.Method)
            ? new AccessRefusal(ErrorCode.TicketUnsupported, "A GET is repeated with the same URL, and a ticket is good once: use a signed link ('grant'), or a WebSocket.")
            : new AccessRefusal(ErrorCode.TicketUnsupported, "In the query a ticket is for the handshake of a WebSocket; an exchange has it in its body.");
        return true;
    }

    private static bool RefusesLink(HttpRequest request, out AccessRefusal refusal)
    {
        bool reads = HttpMethods.IsGet(request.Method) && !OpeningHandshake.IsOffered(request) && request.RouteValues[MountEndpoint.RoomParameter] is not null;
        refusal = reads ? default : new AccessRefusal(ErrorCode.LinkInvalid, "A link reads one room by GET, and does nothing else.");
        return !reads;
    }

    private static bool IsMisplaced(ReadOnlySpan<char> name)
    {
        foreach (string misplaced in Misplaced)
        {
            if (name.SequenceEqual(misplaced))
            {
                return true;
            }
        }

        return false;
    }
}
