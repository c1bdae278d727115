using System.Net;
using System.Text;
using Godwit.Fuzzing.Tests.Mutation;
using Godwit.WebRtc.Ice;
using Godwit.WebRtc.Sdp;

namespace Godwit.Fuzzing.Tests.Targets;

/// <summary>Offers of data channels.</summary>
public class SdpTargets
{
    private static readonly IceCredentials Credentials = IceCredentials.Make();
    private static readonly IPEndPoint[] Candidates = [IPEndPoint.Parse("192.0.2.1:3478")];

    private static readonly byte[][] Seeds =
    [
        Offer("a=group:BUNDLE 0", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", "a=candidate:1 1 udp 2113937151 192.0.2.7 50000 typ host", "a=mid:0"),
        Offer("m=application 50000 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP6 2001:db8::1", "a=candidate:0 1 UDP 2122252543 x.local 50000 typ host generation 0", "a=end-of-candidates"),
        Offer("a=group:BUNDLE sdparta_0", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", "a=mid:sdparta_0", "a=max-message-size:0"),
    ];

    private static readonly byte[][] Dictionary =
    [
        .. Tokens.Common,
        .. Tokens.Texts("a=", "m=application 0 ", "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", "a=setup:active\r\n", "a=setup:passive\r\n", "a=ice-lite\r\n", "a=fingerprint:sha-1 00:11", "a=sctp-port:0\r\n", "a=sctp-port:65536\r\n", "a=max-message-size:99999999999\r\n", "a=group:BUNDLE", "a=mid:", "udp", "tcp", "typ host", "typ relay", "::1", ".local", "a=candidate:", "\r", "v=0\r\n", "s=-\r\n"),
    ];

    [Fact]
    public void An_offer_is_understood_or_refused_by_its_line_and_nothing_of_it_adds_a_line_to_the_answer() => Campaign.Run("sdp", Seeds, Dictionary, static (input, random) =>
    {
        var allowance = Allowance.Begin();
        bool isRead = SdpOfferReader.TryRead(input, hasV4: true, hasV6: random.OneIn(2), out SdpOffer? offer, out SdpFault? fault);
        allowance.Check(input.Length, 64, 16 << 10);
        if (!isRead)
        {
            Assert.InRange(fault!.Line, 0, input.AsSpan().Count((byte)'\n') + 1);
            Assert.True(fault.Detail.Length is > 0 and < 1000, "It is not said what is wrong.");
            return new Signature().With(fault.IsUnusable ? 1 : 0).With(fault.Detail.Length > 60 ? fault.Detail[..60] : fault.Detail);
        }

        Assert.NotEmpty(offer!.Fragment);
        Assert.All(offer.Fingerprints, static one => Assert.Equal(32, one.Length));
        string answer = SdpAnswer.Compose(offer, Credentials, new byte[32], Candidates, 1);
        string[] lines = answer.Split("\r\n");
        Assert.Equal(16 + (offer.IsBundled ? 1 : 0) + (offer.Mid is null ? 0 : 1), lines.Length);
        Assert.All(lines[..^1], static line => Assert.True(line.Length > 2 && line[1] == '=' && line.All(static c => c is >= ' ' and not (char)127), line));
        return new Signature().With(offer.Mid?.Length ?? -1).With(offer.IsBundled ? 1 : 0).With(offer.Fingerprints.Count).With(offer.MaxMessage > 0 ? 1 : 0);
    });

    private static byte[] Offer(params string[] lines) => Encoding.UTF8.GetBytes(string.Join(
        "\r\n",
        [
            "v=0", "o=- 4962303333179871722 2 IN IP4 127.0.0.1", "s=-", "t=0 0", .. lines,
            "a=ice-ufrag:abcd", "a=ice-pwd:0123456789abcdefghijkl", "a=ice-options:trickle",
            $"a=fingerprint:sha-256 {string.Join(':', Enumerable.Repeat("AB", 32))}", "a=setup:actpass", "a=sctp-port:5000", "a=max-message-size:262144", "",
        ]));
}
