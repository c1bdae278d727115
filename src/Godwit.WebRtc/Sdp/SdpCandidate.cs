using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Godwit.WebRtc.Sdp;

/// <summary>A candidate of an offer (RFC 8839 section 5.1). Where checks come from is what counts later; a candidate only tells what could come.</summary>
/// <param name="IsUdp">Whether it is of UDP and of the first component.</param>
/// <param name="Family">The family of its address; unknown where it has a name (mDNS).</param>
internal readonly record struct SdpCandidate(bool IsUdp, AddressFamily Family)
{
    private const int LeastFields = 8;

    /// <summary>Reads what stands behind <c>a=candidate:</c>.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public static string? Parse(ReadOnlySpan<char> text, out SdpCandidate candidate)
    {
        candidate = default;
        Span<Range> fields = stackalloc Range[LeastFields + 1];
        if (text.Split(fields, ' ') < LeastFields)
        {
            return "a candidate has a foundation, component, transport, priority, address, port, and 'typ' with its type";
        }

        ReadOnlySpan<char> foundation = text[fields[0]];
        if (foundation.IsEmpty || foundation.Length > 32)
        {
            return "the foundation of a candidate has 1 to 32 characters";
        }

        if (!ushort.TryParse(text[fields[1]], NumberStyles.None, CultureInfo.InvariantCulture, out ushort component) || component is 0 or > 256)
        {
            return "the component of a candidate is a number from 1 to 256";
        }

        if (!uint.TryParse(text[fields[3]], NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            return "the priority of a candidate is a whole number below 2^32";
        }

        ReadOnlySpan<char> address = text[fields[4]];
        if (address.IsEmpty)
        {
            return "a candidate has an address";
        }

        if (!ushort.TryParse(text[fields[5]], NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            return "the port of a candidate is a number up to 65535";
        }

        if (!text[fields[6]].SequenceEqual("typ"))
        {
            return "behind the port of a candidate stands 'typ'";
        }

        AddressFamily family = IPAddress.TryParse(address, out IPAddress? literal) ? literal.AddressFamily : AddressFamily.Unknown;
        candidate = new SdpCandidate(component == 1 && text[fields[2]].Equals("udp", StringComparison.OrdinalIgnoreCase), family);
        return null;
    }
}
