using Godwit.Access;

namespace Godwit.AspNetCore;

/// <summary>Who callers are: what credentials are taken. With any of it, or with a policy that gives rights to everyone or to users, access is configured, and requests are answered from everywhere by what they may do.</summary>
public sealed class AccessOptions
{
    /// <summary>Who makes tokens: a token's <c>iss</c> must be one of them (RFC 7519, section 4.1.1).</summary>
    /// <value>None by default: then <c>iss</c> is not looked at.</value>
    public IList<string> Issuers { get; } = [];

    /// <summary>Whom tokens are for: one of a token's <c>aud</c> must be one of them (RFC 7519, section 4.1.3).</summary>
    /// <value>None by default: then <c>aud</c> is not looked at. Set it where the issuer makes tokens for other services as well.</value>
    public IList<string> Audiences { get; } = [];

    /// <summary>The secrets that tokens are signed with by HS256 (RFC 7518, section 3.2). All are taken, so that they can be rotated.</summary>
    public IList<SharedSecret> Secrets { get; } = [];

    /// <summary>The public keys, or certificates, of tokens signed by RS256 or ES256, each in PEM. RSA keys have 2,048 bits or more, the others are of P-256.</summary>
    public IList<string> PublicKeys { get; } = [];

    /// <summary>Where the issuers publish their public keys (RFC 7517). Asked at the start, every 10 minutes, and when a token names a key that is not known.</summary>
    /// <value>Addresses of https, or of http at this machine. A set that cannot be had at the start ends the start; later the last good one is kept.</value>
    public IList<Uri> KeySets { get; } = [];

    /// <summary>How far the clocks of issuers may be off.</summary>
    /// <value>0 seconds to 10 minutes; 1 minute by default.</value>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The API keys of backends. Several at once, so that they can be rotated.</summary>
    public IList<ApiKey> ApiKeys { get; } = [];

    /// <summary>Whether the users that the application has authenticated (<c>HttpContext.User</c>) are callers. Endpoints that ask for authorization, by <c>app.MapGodwit("/rt").RequireAuthorization()</c>, take them without it.</summary>
    /// <value>False by default.</value>
    public bool ApplicationUsers { get; set; }

    internal static SettingRange<TimeSpan> ClockSkewRange { get; } = new(TimeSpan.Zero, TimeSpan.FromMinutes(10));

    /// <summary>Whether any kind of token is taken.</summary>
    internal bool TakesTokens => Secrets.Count > 0 || PublicKeys.Count > 0 || KeySets.Count > 0;

    /// <summary>Whether any credential is taken.</summary>
    internal bool TakesCredentials => TakesTokens || ApiKeys.Count > 0 || ApplicationUsers;
}
