using System.Net;
using Godwit.AspNetCore.Limits;

namespace Godwit.AspNetCore;

/// <summary>The settings of Godwit's HTTP endpoints.</summary>
public sealed class GodwitHttpOptions
{
    /// <summary>Who may read and publish without credentials.</summary>
    /// <value><see cref="AnonymousAccess.LocalRequests"/> by default: others get 401 <c>access.unconfigured</c>.</value>
    public AnonymousAccess Anonymous { get; set; } = AnonymousAccess.LocalRequests;

    /// <summary>Who callers are, beyond that.</summary>
    public AccessOptions Access { get; } = new();

    /// <summary>The largest body of a publish and the largest WebSocket message, in octets as they arrive.</summary>
    /// <value>1 KiB to 64 MiB; 1 MiB by default. What is stored of it is bounded by the room's policy.</value>
    public int BodyBytes { get; set; } = 1 << 20;

    /// <summary>How long the body of a request may take to arrive, that of a publish stream apart.</summary>
    /// <value>1 second to 10 minutes; 60 seconds by default. Then it is refused with 408 <c>body.timeout</c>.</value>
    public TimeSpan BodyTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The most connections that are held: streams, WebSockets, polls that wait and publish streams together.</summary>
    /// <value>1 to 10,000,000; null, the default, is nine tenths of the files that the process may have open (<c>ulimit -n</c>). Above it connections and polls that would have to wait get 503 <c>server.overloaded</c>; what is answered at once still is.</value>
    public int? Connections { get; set; }

    /// <summary>The proxies before this server, by the addresses they connect from: they are believed whom they speak for.</summary>
    /// <value>None by default: then the peer is the client. Name every proxy on the way, or the nearest that is not named counts as the client.</value>
    public IList<IPNetwork> Proxies { get; } = [];

    /// <summary>The header in which <see cref="Proxies"/> say whom they speak for. Clients can send the other one themselves, so it is not looked at.</summary>
    /// <value><see cref="ProxyHeader.XForwardedFor"/> by default.</value>
    public ProxyHeader ProxyHeader { get; set; }

    /// <summary>What one address may have.</summary>
    public AddressLimitOptions Limits { get; } = new();

    /// <summary>The origins whose pages may ask and read the answers, beside the server's own origin and, for requests of the same machine, every loopback origin.</summary>
    /// <value>Empty by default; up to 256 of <c>https://app.example</c>, with a port where it is not the scheme's own; <c>https://*.app.example</c>, where <c>*</c> is exactly one label; <c>null</c>, the origin of sandboxed frames and of pages out of files. Pages of other origins get 403 <c>origin.refused</c> on every transport. Requests without <c>Origin</c> come from programs and do not matter here.</value>
    public IList<string> Origins { get; } = [];

    /// <summary>Whether pages of other origins may let the browser add the application's cookies to what they ask (<c>Access-Control-Allow-Credentials</c>).</summary>
    /// <value>False by default. For applications that know their users by a cookie, and whose pages are of another origin than this server; it holds for every origin that is taken, and the cookie itself must be one that browsers send there.</value>
    public bool CrossOriginCookies { get; set; }

    /// <summary>The most origins.</summary>
    internal const int MaxOrigins = 256;

    internal static SettingRange<long> ConnectionsRange { get; } = new(1, 10_000_000);

    internal static SettingRange<long> BodyBytesRange { get; } = new(1L << 10, 64L << 20);

    internal static SettingRange<TimeSpan> BodyTimeoutRange { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
}

/// <summary>Where proxies say whom they speak for.</summary>
public enum ProxyHeader
{
    /// <summary><c>X-Forwarded-For</c>: addresses, each proxy adding its peer at the end.</summary>
    XForwardedFor,

    /// <summary><c>Forwarded</c> (RFC 7239), of which <c>for</c> counts.</summary>
    Forwarded,
}

/// <summary>Whom requests without credentials are answered for.</summary>
public enum AnonymousAccess
{
    /// <summary>Only programs and pages of the same machine, reached without a proxy.</summary>
    LocalRequests,

    /// <summary>Everyone.</summary>
    Everyone,
}
