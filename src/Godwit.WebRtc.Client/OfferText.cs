using Godwit.WebRtc.Dtls;
using Godwit.WebRtc.Ice;

namespace Godwit.WebRtc.Client;

/// <summary>Offers as clients write them.</summary>
internal static class OfferText
{
    /// <summary>An offer of one section of data channels, as Chromium words it.</summary>
    public static string Compose(IceCredentials credentials, ReadOnlySpan<byte> fingerprint) => string.Join(
        "\r\n",
        "v=0",
        "o=- 4962303333179871722 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "a=extmap-allow-mixed",
        "a=msid-semantic: WMS",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        "c=IN IP4 0.0.0.0",
        $"a=ice-ufrag:{credentials.Fragment}",
        $"a=ice-pwd:{credentials.Password}",
        "a=ice-options:trickle",
        $"a=fingerprint:sha-256 {DtlsFingerprint.Print(fingerprint)}",
        "a=setup:actpass",
        "a=mid:0",
        "a=sctp-port:5000",
        "a=max-message-size:262144",
        "");
}
