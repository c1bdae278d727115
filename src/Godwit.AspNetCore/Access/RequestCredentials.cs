using Godwit.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Godwit.AspNetCore.Access;

/// <summary>The credentials that requests show.</summary>
internal static class RequestCredentials
{
    private const string Bearer = "Bearer ";

    /// <summary>The credential of a request; null where it shows none.</summary>
    public static PresentedCredential? Find(HttpContext context)
    {
        StringValues authorization = context.Request.Headers.Authorization;
        return authorization.Count == 1 && authorization[0] is { } text && text.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? From(context, new PresentedCredential(CredentialKind.Token, text[Bearer.Length..].Trim(' ')))
            : null;
    }

    /// <summary>A credential that came with a request, and from where.</summary>
    public static PresentedCredential From(HttpContext context, in PresentedCredential presented) => presented with
    {
        Origin = context.Request.Headers.Origin is { Count: 1 } origins ? origins[0] : null,
        Address = context.Connection.RemoteIpAddress,
    };
}
