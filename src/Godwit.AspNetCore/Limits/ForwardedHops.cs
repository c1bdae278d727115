using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Godwit.AspNetCore.Limits;

/// <summary>Takes <c>X-Forwarded-For</c> and <c>Forwarded</c> (RFC 7239 §4) apart.</summary>
internal static class ForwardedHops
{
    private static readonly char[] Space = [' ', '\t'];
    private static readonly SearchValues<char> PortName = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>The elements of <c>X-Forwarded-For</c>, from its end on: what the nearest proxy wrote comes first. It knows no quotes, so nothing that a client wrote before can take in what a proxy appended.</summary>
    public static IEnumerable<string> FromNearest(string list)
    {
        for (int end = list.Length; end >= 0;)
        {
            int comma = end == 0 ? -1 : list.LastIndexOf(',', end - 1);
            yield return list[(comma + 1)..end].Trim(Space);
            end = comma;
        }
    }

    /// <summary>The elements of <c>Forwarded</c>, from its end on; commas within quotes separate nothing.</summary>
    /// <returns>Null where a quote is left open: whoever left it has taken in what the proxies behind it wrote.</returns>
    public static IEnumerable<string>? ForwardedFromNearest(string list)
    {
        var elements = new List<string>();
        bool isQuoted = false;
        int start = 0;
        for (int i = 0; i < list.Length; i++)
        {
            switch (list[i])
            {
                case ',' when !isQuoted:
                    elements.Add(list[start..i].Trim(Space));
                    start = i + 1;
                    break;
                case '\\' when isQuoted:
                    i++;
                    break;
                case '"':
                    isQuoted = !isQuoted;
                    break;
            }
        }

        if (isQuoted)
        {
            return null;
        }

        elements.Add(list[start..].Trim(Space));
        elements.Reverse();
        return elements;
    }

    /// <summary>The node in the <c>for</c> of an element of <c>Forwarded</c>, without quotes; empty where it has none.</summary>
    public static ReadOnlySpan<char> For(ReadOnlySpan<char> element)
    {
        while (!element.IsEmpty)
        {
            int end = element.IndexOf(';');
            ReadOnlySpan<char> pair = (end < 0 ? element : element[..end]).Trim(" \t");
            element = end < 0 ? default : element[(end + 1)..];
            if (pair.StartsWith("for=", StringComparison.OrdinalIgnoreCase))
            {
                ReadOnlySpan<char> node = pair[4..];
                return node.Length >= 2 && node[0] == '"' && node[^1] == '"' ? node[1..^1] : node;
            }
        }

        return default;
    }

    /// <summary>Reads an address, with a port or without; an IPv6 address also in brackets.</summary>
    public static bool TryReadAddress(ReadOnlySpan<char> node, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        if (node.Length > 0 && node[0] == '[')
        {
            int end = node.IndexOf(']');
            ReadOnlySpan<char> port = end < 0 ? default : node[(end + 1)..];
            return end > 0 && (port.IsEmpty || IsPort(port)) && TryRead(node[1..end], AddressFamily.InterNetworkV6, out address);
        }

        if (node.Count(':') == 1)
        {
            int colon = node.IndexOf(':');
            return IsPort(node[colon..]) && TryRead(node[..colon], AddressFamily.InterNetwork, out address);
        }

        return TryRead(node, null, out address);
    }

    // RFC 7239 section 6: up to five digits, or a name that hides the port.
    private static bool IsPort(ReadOnlySpan<char> port) =>
        port is [':', '_', _, ..] ? !port[2..].ContainsAnyExcept(PortName) : port is [':', _, ..] and { Length: <= 6 } && !port[1..].ContainsAnyExceptInRange('0', '9');

    private static bool TryRead(ReadOnlySpan<char> text, AddressFamily? family, [NotNullWhen(true)] out IPAddress? address)
    {
        // Numbers alone are addresses to the parser, of the kind that nobody writes.
        if (text.ContainsAny("[]%") || !text.ContainsAny(".:") || !IPAddress.TryParse(text, out address) || (family is not null && address.AddressFamily != family))
        {
            address = null;
            return false;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        return true;
    }
}
