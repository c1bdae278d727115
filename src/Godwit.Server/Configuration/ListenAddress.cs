using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Godwit.Server.Configuration;

/// <summary>An address to listen at.</summary>
/// <param name="Host"><c>localhost</c> (both loopback addresses), <c>*</c> (all addresses), or an IP address as a URL has it.</param>
/// <param name="Port">0 to 65535; 0 takes any free one.</param>
/// <param name="Scheme">What is spoken there.</param>
internal sealed record ListenAddress(string Host, int Port, ListenScheme Scheme = ListenScheme.Http)
{
    public const string Localhost = "localhost";
    public const string Every = "*";

    /// <summary>Where a server listens that was told nothing: <c>http://localhost:8080</c>.</summary>
    public static readonly ListenAddress Default = new(Localhost, 8080);

    /// <summary>The IP address, unless it is <c>localhost</c> or <c>*</c>.</summary>
    public IPAddress? Address => IPAddress.TryParse(Host.AsSpan().Trim("[]"), out IPAddress? address) ? address : null;

    /// <summary>Whether only programs of this machine can reach it.</summary>
    public bool IsLoopback => Host == Localhost || (Address is IPAddress address && IPAddress.IsLoopback(address));

    private bool IsAny => Host == Every || IPAddress.Any.Equals(Address) || IPAddress.IPv6Any.Equals(Address);

    /// <summary>The scheme as a URL for clients has it: there is none of its own for HTTP/2 in clear text.</summary>
    public string ClientScheme => Scheme == ListenScheme.Https ? "https" : "http";

    private string SchemeName => Scheme == ListenScheme.H2c ? "h2c" : ClientScheme;

    /// <summary>Whether both cannot be listened at because they share a port.</summary>
    public bool Overlaps(ListenAddress other)
    {
        if (Port != other.Port || Port == 0)
        {
            return false;
        }

        if (Host == other.Host || IsAny || other.IsAny)
        {
            // 0.0.0.0 is all of IPv4 and nothing of IPv6; * and [::] are all of both.
            return !(IsIPv4Any && other.IsIPv6Only) && !(other.IsIPv4Any && IsIPv6Only);
        }

        return Equals(Address, other.Address) ? Address is not null : (Host == Localhost && other.IsExactLoopback) || (other.Host == Localhost && IsExactLoopback);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{SchemeName}://{Host}:{Port}");

    /// <summary>Reads a URL.</summary>
    /// <returns>Null, or what is wrong with the text.</returns>
    public static string? Parse(string text, out ListenAddress address)
    {
        address = Default;
        int scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
        {
            return $"{Fault.Quote(text)} is not a URL";
        }

        if (!TryReadScheme(text[..scheme].ToLowerInvariant(), out ListenScheme spoken))
        {
            return $"{Fault.Quote(text)} is not an HTTP URL";
        }

        ReadOnlySpan<char> rest = text.AsSpan(scheme + 3);
        if (rest.EndsWith("/") && !rest[..^1].Contains('/'))
        {
            rest = rest[..^1];
        }

        if (rest.IndexOfAny("/?#") >= 0)
        {
            return $"{Fault.Quote(text)} has a path, and an address to listen at has none (the path of the endpoints is the setting mount)";
        }

        int hostEnd = rest.StartsWith("[") ? rest.IndexOf(']') + 1 : rest.IndexOf(':') is var colon && colon < 0 ? rest.Length : colon;
        string host = rest[..hostEnd].ToString().ToLowerInvariant();
        if (host is not (Localhost or Every) && !IsAddress(host))
        {
            return host.Length == 0
                ? $"{Fault.Quote(text)} has no host"
                : $"the host of {Fault.Quote(text)} is not an IP address (a name does not say which of this machine's addresses is meant)";
        }

        ReadOnlySpan<char> port = rest[hostEnd..];
        int number = spoken == ListenScheme.Https ? 443 : 80;
        if (!port.IsEmpty && (port[0] != ':' || !int.TryParse(port[1..], NumberStyles.None, CultureInfo.InvariantCulture, out number) || number > ushort.MaxValue))
        {
            return $"{Fault.Quote(text)} has no port from 0 to 65535";
        }

        address = new ListenAddress(host, number, spoken);
        return null;
    }

    private static bool TryReadScheme(string name, out ListenScheme scheme)
    {
        scheme = name switch
        {
            "https" => ListenScheme.Https,
            "h2c" => ListenScheme.H2c,
            _ => ListenScheme.Http,
        };
        return name is "http" or "https" or "h2c";
    }

    // The parser of the platform also takes 127.1, 0x7f000001 and the like, which nobody means to write.
    private static bool IsAddress(string host) =>
        IPAddress.TryParse(host.AsSpan().Trim("[]"), out IPAddress? address)
        && (address.AddressFamily == AddressFamily.InterNetworkV6 ? host is ['[', .., ']'] : address.ToString() == host);

    private bool IsExactLoopback => IPAddress.Loopback.Equals(Address) || IPAddress.IPv6Loopback.Equals(Address);

    private bool IsIPv4Any => IPAddress.Any.Equals(Address);

    private bool IsIPv6Only => Address is { AddressFamily: AddressFamily.InterNetworkV6 } address && !IPAddress.IPv6Any.Equals(address);
}
