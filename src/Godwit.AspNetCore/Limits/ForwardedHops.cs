using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Godwit.AspNetCore.Limits;

/// <summary>Takes <c>X-Forwarded-For</c> and <c>Forwarded</c> (RFC 7239 §4) apart.</summary>
internal static class ForwardedHops
{
    /// <summary>The elements of a list, from its end on: what the nearest proxy wrote comes first. Commas within quotes separate nothing.</summary>
    public static IEnumerable<string> FromNearest(string list)
    {
        var elements = new List<string>();
        bool isQuoted = false;
        int start = 0;
        for (int i = 0; i <= list.Length; i++)
        {
            if (i == list.Length || (list[i] == ',' && !isQuoted))
            {
                elements.Add(list[start..i].Trim(' ').Trim('\t'));
                start = i + 1;
            }
            else if (list[i] == '\\' && isQuoted)
            {
                i++;
            }
            else if (list[i] == '"')
            {
                isQuoted = !isQuoted;
            }
        }

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
            return end > 0 && (port.IsEmpty || port[0] == ':') && TryRead(node[1..end], AddressFamily.InterNetworkV6, out address);
        }

        if (node.Count(':') == 1)
        {
            node = node[..node.IndexOf(':')];
        }

        return TryRead(node, null, out address);
    }

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
