using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using Godwit.Access;
using Godwit.AspNetCore.Access.Tokens;
using Godwit.Protocol;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Access;

/// <summary>Users that the application has authenticated, in its own way.</summary>
internal static class ApplicationUser
{
    /// <summary>Whether the application decides who comes as far as here: its endpoints ask for authorization.</summary>
    public static bool IsAsked(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<IAuthorizeData>() is not null;

    /// <summary>The caller that the application's user is; null if nobody has been authenticated.</summary>
    /// <remarks>Its name is the claim <c>sub</c>, else that of <see cref="ClaimTypes.NameIdentifier"/>; the claim <c>godwit</c> has grants, as in a token.</remarks>
    public static Identification? Identify(HttpContext context)
    {
        if (context.User is not { Identity.IsAuthenticated: true } user)
        {
            return null;
        }

        string? name = user.FindFirst("sub")?.Value ?? user.FindFirst(ClaimTypes.NameIdentifier)?.Value;
        if (string.IsNullOrEmpty(name))
        {
            return new AccessRefusal(ErrorCode.TokenMalformed, "The application's user has neither a claim 'sub' nor one of the type NameIdentifier.");
        }

        if (name.Length > TokenReader.MaxSubject)
        {
            return new AccessRefusal(ErrorCode.TokenMalformed, $"The name of the application's user has more than {TokenReader.MaxSubject} characters, and nobody could be revoked by it.");
        }

        Grants? grants = Grants.None;
        if (user.FindFirst("godwit")?.Value is { } claim && !TryRead(claim, out grants, out string? wrong))
        {
            return new AccessRefusal(ErrorCode.TokenGrants, $"The claim 'godwit' of the application's user is not right. {wrong}");
        }

        return new Caller { Kind = CallerKind.Application, User = name, Grants = grants!, Issued = Issued(user), Expires = Expires(context, user), TokenId = user.FindFirst("jti")?.Value };
    }

    /// <summary>When what the user showed ends: by the claim <c>exp</c> of a token, else as the application's authentication says, of a cookie for example.</summary>
    private static DateTimeOffset? Expires(HttpContext context, ClaimsPrincipal user) =>
        Seconds(user.FindFirst("exp")) ?? context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties?.ExpiresUtc;

    /// <summary>When the user signed in, by the claim <c>auth_time</c> (OpenID Connect Core, section 2), else <c>iat</c>.</summary>
    /// <remarks>Not when a cookie was issued: one that is renewed while it is used would make whoever was revoked good again.</remarks>
    private static DateTimeOffset? Issued(ClaimsPrincipal user) => Seconds(user.FindFirst("auth_time") ?? user.FindFirst("iat"));

    private static DateTimeOffset? Seconds(Claim? claim) =>
        long.TryParse(claim?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) && seconds < TokenReader.MostSeconds
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;

    private static bool TryRead(string claim, out Grants? grants, out string? wrong)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(claim);
            return Grants.TryRead(document.RootElement, out grants, out wrong);
        }
        catch (JsonException)
        {
            (grants, wrong) = (null, Grants.Rule);
            return false;
        }
    }
}
