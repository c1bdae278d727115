using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Access;

/// <summary>Host and port as <c>Host</c> and <c>Origin</c> write them (RFC 3986 §3.2), without user information.</summary>
internal static class Authority
{
    /// <summary>What a request says it is for, as it stands. (<c>Request.Host</c> reads names in punycode and throws where they are none.)</summary>
    public static string Of(HttpRequest request) => request.Headers.Host.ToString();

    /// <summary>Takes an authority apart; false if it is none.</summary>
    /// <param name="authority">The text.</param>
    /// <param name="host">The host; an IPv6 address with its brackets.</param>
    /// <param name="port">The port, if one is given.</param>
    public static bool TrySplit(ReadOnlySpan<char> authority, out ReadOnlySpan<char> host, out int? port)
    {
        port = null;
        host = authority;
        int colon = authority.LastIndexOf(':');
        if (colon >= 0 && authority[^1] != ']')
        {
            host = authority[..colon];
            if (authority[^1] == '\0' || !ushort.TryParse(authority[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort number))
            {
                return false;
            }

            port = number;
        }

        return !host.IsEmpty && (host[0] == '[' ? host[^1] == ']' : !host.Contains(':'));
    }

    /// <summary>Whether a host, without its port, is <c>localhost</c>, <c>127.0.0.1</c> or <c>[::1]</c>: this machine, wherever it is resolved.</summary>
    public static bool IsLoopback(ReadOnlySpan<char> host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host is "127.0.0.1" or "[::1]";
}
