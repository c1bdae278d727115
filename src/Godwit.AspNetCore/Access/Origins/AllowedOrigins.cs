using Godwit.AspNetCore.Problems;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Godwit.AspNetCore.Access.Origins;

/// <summary>Decides which pages may ask and read the answers: the one place for every transport, preflights and handshakes included.</summary>
/// <remarks>
/// Taken are the server's own origin, those of the settings, and loopback origins where the request is local otherwise.
/// What a page may not ask it could still make a browser send; so a foreign <c>Origin</c> is refused, not only left unread.
/// </remarks>
internal sealed class AllowedOrigins
{
    private readonly OriginPattern[] _patterns;
    private readonly bool _takesOpaque;
    private readonly bool _withCookies;

    public AllowedOrigins(IOptions<GodwitHttpOptions> options)
    {
        _patterns = [.. options.Value.Origins.Select(text => OriginPattern.Parse(text, out OriginPattern? pattern) is null ? pattern! : throw new ArgumentException($"{text} is not an origin.", nameof(options)))];
        _takesOpaque = _patterns.Any(pattern => pattern.IsOpaque);
        _withCookies = options.Value.CrossOriginCookies;
    }

    /// <summary>Says whether the page that asks is taken.</summary>
    public OriginStanding Judge(HttpContext context)
    {
        StringValues origins = context.Request.Headers.Origin;
        if (origins.Count == 0)
        {
            return OriginStanding.Absent;
        }

        return origins.Count == 1 && Takes(context, origins[0] ?? "") ? OriginStanding.Taken : OriginStanding.Foreign;
    }

    /// <summary>Lets a page that is taken read the answer, whatever it is.</summary>
    public void Expose(HttpContext context) => CrossOrigin.Expose(context, _withCookies);

    /// <summary>The refusal of a page that is not taken.</summary>
    public static Problem Refusal(HttpContext context)
    {
        string page = Origin.TryParse(context.Request.Headers.Origin.ToString(), out Origin origin) && origin.Host.Length <= 255 ? $" {origin.ToString()}" : "";
        return new Problem(
            ErrorCode.OriginRefused,
            $"The page's origin{page} is neither that of this server's Host nor listed. List it in origins (--origin), or in GodwitHttpOptions.Origins in an application; a proxy must pass Host on as it came.");
    }

    private bool Takes(HttpContext context, string text)
    {
        if (!Origin.TryParse(text, out Origin origin))
        {
            return _takesOpaque && text == "null";
        }

        if (origin.IsHost(Authority.Of(context.Request), IsHttps(context.Request)) || (origin.IsLoopback && LocalRequest.WhyNotDirect(context) is null))
        {
            return true;
        }

        foreach (OriginPattern pattern in _patterns)
        {
            if (pattern.Matches(origin))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the client is known to have come over TLS. What a proxy says of that need not be proved: it can only refuse more.</summary>
    private static bool IsHttps(HttpRequest request) =>
        request.IsHttps
        || Names(request.Headers["X-Forwarded-Proto"], "https")
        || Names(request.Headers["Forwarded"], "proto=https")
        || Names(request.Headers["Forwarded"], "proto=\"https\"");

    private static bool Names(in StringValues header, string text) => header.Count > 0 && header.ToString().Contains(text, StringComparison.OrdinalIgnoreCase);
}
