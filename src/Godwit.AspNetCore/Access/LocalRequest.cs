using System.Net;
using Godwit.AspNetCore.Access.Origins;
using Godwit.AspNetCore.Requests;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Godwit.AspNetCore.Access;

/// <summary>Tells requests of programs and pages of the same machine from all others.</summary>
/// <remarks>
/// A loopback peer alone is not enough: a reverse proxy on this machine is one for the whole world, and so is a browser
/// for every web site that it shows. A proxy is betrayed by its headers, a web site by <c>Origin</c>, or by <c>Host</c>
/// when its name was rebound to this machine.
/// </remarks>
internal static class LocalRequest
{
    /// <summary>Why a request is not local, as the end of a sentence; null if it is.</summary>
    public static string? WhyNot(HttpContext context)
    {
        if (WhyNotDirect(context) is { } why)
        {
            return why;
        }

        StringValues origins = context.Request.Headers.Origin;
        return origins.Count == 0 || (origins.Count == 1 && Origin.TryParse(origins[0], out Origin origin) && origin.IsLoopback)
            ? null
            : "its Origin is not a loopback host";
    }

    /// <summary>Why a request did not come from this machine without a proxy, whichever page asked; null if it did.</summary>
    public static string? WhyNotDirect(HttpContext context)
    {
        if (!IsLoopback(context.Connection.RemoteIpAddress))
        {
            return "its peer address is not a loopback address";
        }

        if (!Authority.TrySplit(Authority.Of(context.Request), out ReadOnlySpan<char> host, out _) || !Authority.IsLoopback(host))
        {
            return "its Host is not localhost, 127.0.0.1 or [::1]";
        }

        if (HttpProtocol.IsHttp10(context.Request.Protocol))
        {
            // What a proxy asks with that was told nothing, nginx before 1.29.7 for one: it sends no header that would betray it.
            return "it is of HTTP/1.0, as proxies send it";
        }

        foreach (string name in RequestHeaders.Names(context.Request.Headers))
        {
            if (IsForwarding(name))
            {
                return $"it came through a proxy ({name})";
            }
        }

        return null;
    }

    private static bool IsLoopback(IPAddress? peer) =>
        peer is not null && IPAddress.IsLoopback(peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer);

    private static bool IsForwarding(string header) =>
        header.Equals("Forwarded", StringComparison.OrdinalIgnoreCase)
        || header.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)
        || header.Equals("X-Real-IP", StringComparison.OrdinalIgnoreCase)
        || header.Equals("Via", StringComparison.OrdinalIgnoreCase);
}
