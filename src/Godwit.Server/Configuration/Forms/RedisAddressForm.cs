using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Godwit.Server.Configuration.Forms;

/// <summary>The address of a Redis server: <c>localhost:6379</c>, <c>[fd00::7]:6379</c>, <c>/run/redis/redis.sock</c>; without a port the usual one.</summary>
internal sealed class RedisAddressForm : ValueForm<string>
{
    public override string Rule => "HOST:PORT with a host name or an IP address, such as localhost:6379 or [fd00::7]:6379, or the path of a Unix socket";

    public override string Placeholder => "HOST:PORT";

    public override string? Parse(string text, out string value)
    {
        value = text;
        if (text.Contains("://", StringComparison.Ordinal) || text.Contains('@', StringComparison.Ordinal))
        {
            // Not quoted: such an address may have a password in it.
            return "it is a URL; user, password and TLS are settings of their own (redis.user, redis.password, redis.tls)";
        }

        if (text is ['/', _, ..])
        {
            return text.AsSpan().ContainsAny(',', '\0') ? $"{Fault.Quote(text)} is no path of a socket" : null;
        }

        int colon = text.LastIndexOf(':');
        bool bracketed = text is ['[', ..], hasPort = colon > text.LastIndexOf(']');
        string host = hasPort ? text[..colon] : text;
        if (hasPort && (!ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) || port == 0))
        {
            return $"{Fault.Quote(text)} has no port from 1 to 65535";
        }

        bool isHost = bracketed ? host[^1] == ']' && IPAddress.TryParse(host, out _) : Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4;
        return isHost ? null : $"{Fault.Quote(text)} has no host{(host.Contains(':', StringComparison.Ordinal) && !bracketed ? "; an IPv6 address stands in brackets" : "")}";
    }

    public override string Print(string value) => value;

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "string");
        json.WriteString("pattern", "^(([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.%a-z]+\\])(:[0-9]{1,5})?|/[^,]+)$");
    }
}
