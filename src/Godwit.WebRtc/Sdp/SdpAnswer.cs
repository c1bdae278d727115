using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Godwit.WebRtc.Dtls;
using Godwit.WebRtc.Ice;

namespace Godwit.WebRtc.Sdp;

/// <summary>Writes the answer to an offer.</summary>
internal static class SdpAnswer
{
    /// <summary>Our port of SCTP, which stands within DTLS and is none of the machine's.</summary>
    public const ushort SctpPort = 5000;

    // RFC 8445 section 5.1.2.1: type preference 126 for a host candidate, component 1.
    private const uint HostPreference = (126u << 24) | 255;

    /// <summary>Composes it.</summary>
    /// <param name="offer">The offer.</param>
    /// <param name="credentials">Our part of ICE.</param>
    /// <param name="fingerprint">That of our certificate.</param>
    /// <param name="candidates">Where checks are taken; the first is preferred. At least one.</param>
    /// <param name="maxMessage">The octets of a message that we take at most.</param>
    public static string Compose(SdpOffer offer, IceCredentials credentials, ReadOnlySpan<byte> fingerprint, IReadOnlyList<IPEndPoint> candidates, int maxMessage)
    {
        IPEndPoint first = candidates[0];
        var text = new StringBuilder(1024);
        Add("v=0");
        Add($"o=- {(ulong)RandomNumberGenerator.GetInt32(1, int.MaxValue)} 1 IN {NetworkOf(first.Address)} {first.Address}");
        Add("s=-");
        Add("t=0 0");
        Add("a=ice-lite");
        if (offer.IsBundled)
        {
            Add($"a=group:BUNDLE {offer.Mid}");
        }

        Add($"m=application {first.Port} UDP/DTLS/SCTP webrtc-datachannel");
        Add($"c=IN {NetworkOf(first.Address)} {first.Address}");
        if (offer.Mid is { } mid)
        {
            Add($"a=mid:{mid}");
        }

        Add($"a=ice-ufrag:{credentials.Fragment}");
        Add($"a=ice-pwd:{credentials.Password}");
        Add($"a=fingerprint:{DtlsFingerprint.Function} {DtlsFingerprint.Print(fingerprint)}");
        Add("a=setup:passive");
        Add($"a=sctp-port:{SctpPort}");
        Add($"a=max-message-size:{maxMessage}");
        for (int i = 0; i < candidates.Count; i++)
        {
            uint priority = HostPreference | ((uint)(ushort.MaxValue - i) << 8);
            Add($"a=candidate:{i + 1} 1 udp {priority} {candidates[i].Address} {candidates[i].Port} typ host");
        }

        Add("a=end-of-candidates");
        return text.ToString();

        // Numbers without a sign, and texts: no culture has a say in them.
        void Add(string line) => text.Append(line).Append("\r\n");
    }

    private static string NetworkOf(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? "IP6" : "IP4";
}
