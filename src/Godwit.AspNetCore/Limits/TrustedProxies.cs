using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Godwit.AspNetCore.Limits;

/// <summary>Finds out who asks behind the proxies that the settings name. Nobody else is believed.</summary>
internal sealed partial class TrustedProxies(IOptions<GodwitHttpOptions> options, ILogger<TrustedProxies> logger)
{
    private readonly IPNetwork[] _networks = [.. options.Value.Proxies];
    private readonly bool _isForwarded = options.Value.ProxyHeader == ProxyHeader.Forwarded;
    private int _hasWarned;

    /// <summary>Whether an address is that of a proxy.</summary>
    public bool Trusts(IPAddress? address)
    {
        if (address is null || _networks.Length == 0)
        {
            return false;
        }

        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        foreach (IPNetwork network in _networks)
        {
            if (network.Contains(plain))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a request came through a proxy that is trusted; to be asked after <see cref="Apply"/>.</summary>
    public static bool IsBetween(HttpContext context) => context.Features.Get<Mark>() is not null;

    /// <summary>Puts the client's address in the place of the proxy's, where a proxy that is trusted says it.</summary>
    public void Apply(HttpContext context)
    {
        if (_networks.Length == 0)
        {
            if (_hasWarned == 0 && context.Request.Headers["X-Forwarded-For"].Count > 0 && Interlocked.Exchange(ref _hasWarned, 1) == 0)
            {
                Log.Unnamed(logger, context.Connection.RemoteIpAddress);
            }

            return;
        }

        IPAddress? peer = context.Connection.RemoteIpAddress;
        if (Trusts(peer))
        {
            StringValues header = _isForwarded ? context.Request.Headers["Forwarded"] : context.Request.Headers["X-Forwarded-For"];
            context.Connection.RemoteIpAddress = Client(peer, header);
            context.Features.Set(Mark.Instance);
        }
    }

    /// <summary>The client of a request: of the hops, from the nearest on, the first that is no proxy.</summary>
    /// <param name="peer">Who is connected; trusted.</param>
    /// <param name="header">The header's values in the order received.</param>
    /// <returns><see cref="IPAddress.None"/>, which all of them share, where a proxy does not say whom it speaks for.</returns>
    internal IPAddress? Client(IPAddress? peer, StringValues header)
    {
        IPAddress? client = peer;
        for (int i = header.Count - 1; i >= 0; i--)
        {
            string list = header[i] ?? "";
            if ((_isForwarded ? ForwardedHops.ForwardedFromNearest(list) : ForwardedHops.FromNearest(list)) is not { } hops)
            {
                return IPAddress.None;
            }

            foreach (string hop in hops)
            {
                ReadOnlySpan<char> address = _isForwarded ? ForwardedHops.For(hop) : hop;
                if (!ForwardedHops.TryReadAddress(address, out client))
                {
                    return IPAddress.None;
                }

                if (!Trusts(client))
                {
                    return client;
                }
            }
        }

        return client;
    }

    /// <summary>Stands among the features of requests that came through a proxy.</summary>
    private sealed class Mark
    {
        public static readonly Mark Instance = new();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A request has X-Forwarded-For, but no proxy is named in 'proxies'. All clients behind {Peer} count as one address.", EventName = "ProxyNotNamed")]
        public static partial void Unnamed(ILogger logger, IPAddress? peer);
    }
}
