namespace Godwit.AspNetCore.Access;

/// <summary>The value of an <c>Origin</c> header (RFC 6454 §7): scheme, host and port of the page that asks.</summary>
internal readonly ref struct Origin
{
    private readonly ReadOnlySpan<char> _host;
    private readonly int _port;
    private readonly int _defaultPort;

    private Origin(ReadOnlySpan<char> host, int port, int defaultPort)
    {
        _host = host;
        _port = port;
        _defaultPort = defaultPort;
    }

    /// <summary>Whether the page came from this machine: <c>localhost</c>, <c>127.0.0.1</c> or <c>[::1]</c>, any port.</summary>
    public bool IsLoopback => Authority.IsLoopback(_host);

    /// <summary>Reads <c>http://host</c> or <c>https://host</c>, with a port or without. <c>null</c> and other schemes are no such origins.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Origin origin)
    {
        origin = default;
        int defaultPort;
        if (text.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            text = text[7..];
            defaultPort = 80;
        }
        else if (text.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            text = text[8..];
            defaultPort = 443;
        }
        else
        {
            return false;
        }

        if (text.ContainsAny("/?#@\\ ,") || !Authority.TrySplit(text, out ReadOnlySpan<char> host, out int? port))
        {
            return false;
        }

        origin = new Origin(host, port ?? defaultPort, defaultPort);
        return true;
    }

    /// <summary>Whether the page came from the host that a request's <c>Host</c> header names.</summary>
    /// <remarks>The scheme does not count: behind a proxy that terminates TLS the server sees another one.</remarks>
    public bool IsHost(ReadOnlySpan<char> hostHeader) =>
        Authority.TrySplit(hostHeader, out ReadOnlySpan<char> host, out int? port)
        && host.Equals(_host, StringComparison.OrdinalIgnoreCase)
        && (port ?? _defaultPort) == _port;
}
