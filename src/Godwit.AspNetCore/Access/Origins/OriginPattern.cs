using System.Net;

namespace Godwit.AspNetCore.Access.Origins;

/// <summary>An origin that is taken, as settings write it, or all of those that differ in one label of the host.</summary>
internal sealed class OriginPattern
{
    /// <summary>What a pattern is, to end the sentence "it takes …" with.</summary>
    public const string Rule = "scheme://host and, where it is not the scheme's own, a port, such as https://app.example; *. in front of the host for exactly one label (https://*.app.example); or null, the origin of pages that have none";

    private const string Opaque = "null";
    private const string AnyLabel = "*.";

    private readonly string _scheme;
    private readonly string _host;
    private readonly int _port;
    private readonly bool _anyLabel;
    private readonly string _text;

    private OriginPattern(in Origin origin, bool anyLabel)
    {
        _scheme = origin.Scheme.ToString();
        _host = anyLabel ? "." + origin.Host.ToString() : origin.Host.ToString();
        _port = origin.Port;
        _anyLabel = anyLabel;
        string text = origin.ToString();
        _text = anyLabel ? text.Insert(text.IndexOf("://", StringComparison.Ordinal) + 3, AnyLabel) : text;
    }

    private OriginPattern()
    {
        _scheme = _host = "";
        _text = Opaque;
    }

    /// <summary>Whether it is <c>null</c>, which sandboxed frames and pages out of files send: anybody can make such a page.</summary>
    public bool IsOpaque => _scheme.Length == 0;

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">The text.</param>
    /// <param name="pattern">The pattern, where there is one.</param>
    /// <returns>Null, or what is wrong with the text, as the end of a sentence about it.</returns>
    public static string? Parse(string text, out OriginPattern? pattern)
    {
        pattern = null;
        if (text == Opaque)
        {
            pattern = new OriginPattern();
            return null;
        }

        int host = text.IndexOf("://", StringComparison.Ordinal) + 3;
        if (host < 3)
        {
            return text == "*" ? "would be every page of the web; list the origins" : "has no scheme, such as https://";
        }

        if (text.AsSpan(host).ContainsAny("/?#"))
        {
            return "has a path, and an origin has none, not even a slash at its end";
        }

        if (!System.Text.Ascii.IsValid(text))
        {
            return "is not as browsers write it: a host outside ASCII begins with xn--";
        }

        bool anyLabel = text.AsSpan(host).StartsWith(AnyLabel, StringComparison.Ordinal);
        if (!Origin.TryParse(anyLabel ? text.Remove(host, AnyLabel.Length) : text, out Origin origin))
        {
            return text.AsSpan(host).Contains('*') ? "has a * that does not stand for the whole first label of the host" : "is not an origin";
        }

        if (anyLabel && !IsDomain(origin.Host))
        {
            return "would take in more than one owner's hosts: behind *. stands a domain of at least two labels, or localhost";
        }

        pattern = new OriginPattern(origin, anyLabel);
        return null;
    }

    /// <summary>Whether a page's origin is taken.</summary>
    public bool Matches(in Origin origin)
    {
        if (IsOpaque || origin.Port != _port || !origin.Scheme.Equals(_scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        if (!_anyLabel)
        {
            return origin.Host.Equals(_host, StringComparison.OrdinalIgnoreCase);
        }

        int label = origin.Host.Length - _host.Length;
        return label > 0 && origin.Host[label..].Equals(_host, StringComparison.OrdinalIgnoreCase) && !origin.Host[..label].Contains('.');
    }

    /// <summary>The pattern as browsers write origins: small letters, no port that the scheme implies.</summary>
    public override string ToString() => _text;

    /// <summary>Whether <c>*.</c> may stand before a host: not before an address, and not before a top-level domain.</summary>
    private static bool IsDomain(ReadOnlySpan<char> host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (host.Trim('.').Contains('.') && host[0] is not ('.' or '[') && !IPAddress.TryParse(host, out _));
}
