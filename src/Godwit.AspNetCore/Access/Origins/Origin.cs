using System.Buffers;
using System.Globalization;

namespace Godwit.AspNetCore.Access.Origins;

/// <summary>The value of an <c>Origin</c> header (RFC 6454 §7): scheme, host and port of the page that asks.</summary>
internal readonly ref struct Origin
{
    private const int NoPort = -1;

    private static readonly SearchValues<char> SchemeCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.");
    private static readonly SearchValues<char> HostCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");
    private static readonly SearchValues<char> AddressCharacters = SearchValues.Create("ABCDEFabcdef0123456789:.");

    private Origin(ReadOnlySpan<char> scheme, ReadOnlySpan<char> host, int port)
    {
        Scheme = scheme;
        Host = host;
        Port = port;
    }

    /// <summary>The scheme: <c>http</c>, <c>https</c>, or that of an application with pages of its own. Compared without case.</summary>
    public ReadOnlySpan<char> Scheme { get; }

    /// <summary>The host; an IPv6 address with its brackets. Compared without case.</summary>
    public ReadOnlySpan<char> Host { get; }

    /// <summary>The port, also where it is the scheme's own and left out; -1 where the scheme has none.</summary>
    public int Port { get; }

    /// <summary>Whether the page came over TLS.</summary>
    public bool IsHttps => Scheme.Equals("https", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the page came from a web server of this machine: <c>localhost</c>, <c>127.0.0.1</c> or <c>[::1]</c>, any port.</summary>
    public bool IsLoopback => IsOfWeb && Authority.IsLoopback(Host);

    private bool IsOfWeb => IsHttps || Scheme.Equals("http", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads <c>scheme://host</c>, with a port or without. <c>null</c> and lists are no such origins.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Origin origin)
    {
        origin = default;
        int end = text.IndexOf("://");
        if (end <= 0 || !char.IsAsciiLetter(text[0]) || text[..end].ContainsAnyExcept(SchemeCharacters)
            || !Authority.TrySplit(text[(end + 3)..], out ReadOnlySpan<char> host, out int? port)
            || !(host[0] == '[' ? IsAddress(host[1..^1]) : !host.ContainsAnyExcept(HostCharacters)))
        {
            return false;
        }

        origin = new Origin(text[..end], host, port ?? DefaultPort(text[..end]));
        return true;
    }

    /// <summary>The port that a scheme implies; -1 for none.</summary>
    public static int DefaultPort(ReadOnlySpan<char> scheme) =>
        scheme.Equals("https", StringComparison.OrdinalIgnoreCase) ? 443 : scheme.Equals("http", StringComparison.OrdinalIgnoreCase) ? 80 : NoPort;

    /// <summary>Whether the page came from the host and port that a request's <c>Host</c> names (over HTTP/2 its <c>:authority</c>).</summary>
    /// <param name="hostHeader">The header.</param>
    /// <param name="isHttps">Whether the client is known to have come over TLS: then a page that did not is of another origin. Where that is not known the scheme does not count, since a proxy may have ended TLS.</param>
    public bool IsHost(ReadOnlySpan<char> hostHeader, bool isHttps) =>
        IsOfWeb
        && (IsHttps || !isHttps)
        && Authority.TrySplit(hostHeader, out ReadOnlySpan<char> host, out int? port)
        && host.Equals(Host, StringComparison.OrdinalIgnoreCase)
        && (port ?? DefaultPort(Scheme)) == Port;

    /// <summary>The origin as browsers write it.</summary>
    public override string ToString()
    {
        string text = $"{Scheme}://{Host}".ToLowerInvariant();
        return Port == DefaultPort(Scheme) ? text : string.Create(CultureInfo.InvariantCulture, $"{text}:{Port}");
    }

    private static bool IsAddress(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExcept(AddressCharacters);
}
