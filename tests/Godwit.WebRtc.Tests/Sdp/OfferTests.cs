using System.Text;
using CsCheck;
using Godwit.WebRtc.Sdp;

namespace Godwit.WebRtc.Tests.Sdp;

/// <summary>Offers: those that clients send are understood, and what is wrong with others is said by line.</summary>
public sealed class OfferTests
{
    private const string Digits = "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99";

    private static readonly string Chromium = Lines(
        "v=0",
        "o=- 4962303333179871722 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "a=extmap-allow-mixed",
        "a=msid-semantic: WMS",
        "m=application 40001 UDP/DTLS/SCTP webrtc-datachannel",
        "c=IN IP4 192.0.2.4",
        "a=candidate:2162486046 1 udp 2122260223 192.0.2.4 40001 typ host generation 0 network-id 1 network-cost 50",
        "a=candidate:388740937 1 tcp 1518280447 192.0.2.4 9 typ host tcptype active generation 0 network-id 1 network-cost 50",
        "a=ice-ufrag:tT3w",
        "a=ice-pwd:1pjCQmRcPvH7OQkvgWTI5HPE",
        "a=ice-options:trickle",
        $"a=fingerprint:sha-256 {Digits}",
        "a=setup:actpass",
        "a=mid:0",
        "a=sctp-port:5000",
        "a=max-message-size:262144");

    private static readonly string Firefox = Lines(
        "v=0",
        "o=mozilla...THIS_IS_SDPARTA-99.0 3180433219871231 0 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "a=sendrecv",
        $"a=fingerprint:sha-256 {Digits}",
        "a=group:BUNDLE 0",
        "a=ice-options:trickle",
        "a=msid-semantic:WMS *",
        "m=application 51472 UDP/DTLS/SCTP webrtc-datachannel",
        "c=IN IP4 0.0.0.0",
        "a=candidate:0 1 UDP 2122252543 8f3d0c8e-7b1a-4f4e-9a57-0d9f4c1a2b3c.local 51472 typ host",
        "a=sendrecv",
        "a=end-of-candidates",
        "a=ice-pwd:8d2f2a1f0e9b7c6d5e4f3a2b1c0d9e8f",
        "a=ice-ufrag:3f1b9c7d",
        "a=mid:0",
        "a=setup:actpass",
        "a=sctp-port:5000",
        "a=max-message-size:1073741823");

    private static readonly string Werift = Lines(
        "v=0",
        "o=- 30543219 0 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "a=extmap-allow-mixed",
        "a=msid-semantic:WMS *",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        "c=IN IP4 0.0.0.0",
        "a=ice-ufrag:a1b2",
        "a=ice-pwd:abcdefghijklmnopqrstuv",
        "a=ice-options:trickle",
        $"a=fingerprint:sha-256 {Digits}",
        "a=setup:actpass",
        "a=sctp-port:5000",
        "a=max-message-size:65536",
        "a=mid:0");

    public static TheoryData<string, string, long> Known => new()
    {
        { Chromium, "tT3w", 262_144 },
        { Firefox, "3f1b9c7d", 1_073_741_823 },
        { Werift, "a1b2", 65_536 },
        { Chromium.Replace("\r\n", "\n", StringComparison.Ordinal), "tT3w", 262_144 },
        { Chromium.TrimEnd(), "tT3w", 262_144 },
        { Chromium.Replace("actpass", "active", StringComparison.Ordinal), "tT3w", 262_144 },
        { Chromium.Replace("a=max-message-size:262144\r\n", "", StringComparison.Ordinal), "tT3w", 65_536 },
        { Chromium.Replace("size:262144", "size:0", StringComparison.Ordinal), "tT3w", long.MaxValue },
    };

    [Theory]
    [MemberData(nameof(Known))]
    public void An_offer_as_clients_send_it_is_understood(string sdp, string fragment, long maxMessage)
    {
        Assert.True(TryRead(sdp, out SdpOffer? offer, out SdpFault? fault), fault?.Detail);
        Assert.Equal((fragment, "0", true, (ushort)5000, maxMessage), (offer!.Fragment, offer.Mid, offer.IsBundled, offer.SctpPort, offer.MaxMessage));
        Assert.Equal(0xAA, Assert.Single(offer.Fingerprints)[0]);
    }

    public static TheoryData<string, string, int, bool, string> Faults => new()
    {
        { "", "", 0, false, "empty" },
        { "v=0", "v=1", 1, false, "v=0" },
        { "v=0", "{}", 1, false, "small letter" },
        { "s=-", "s", 3, false, "small letter" },
        { "a=ice-ufrag:tT3w\r\n", "", 0, false, "ice-ufrag" },
        { "a=ice-ufrag:tT3w", "a=ice-ufrag:tT3", 12, false, "4 to 256" },
        { "a=ice-ufrag:tT3w", "a=ice-ufrag:tT w", 12, false, "4 to 256" },
        { "a=ice-pwd:1pjCQmRcPvH7OQkvgWTI5HPE", "a=ice-pwd:short", 13, false, "22 to 256" },
        { "a=ice-options:trickle", "a=ice-lite", 14, true, "full agent" },
        { "a=fingerprint:sha-256 AA", "a=fingerprint:sha-256 AG", 15, false, "32 pairs" },
        { "a=fingerprint:sha-256", "a=fingerprint:sha-1", 15, true, "sha-256 is needed" },
        { $"a=fingerprint:sha-256 {Digits}\r\n", "", 0, false, "a=fingerprint is missing" },
        { "a=setup:actpass", "a=setup:passive", 16, true, "actpass" },
        { "a=setup:actpass", "a=setup:both", 16, false, "actpass" },
        { "a=setup:actpass\r\n", "", 0, false, "setup is missing" },
        { "a=mid:0", "a=mid:a b", 17, false, "token" },
        { "a=sctp-port:5000", "a=sctp-port:0", 18, false, "1 to 65535" },
        { "a=sctp-port:5000\r\n", "", 0, false, "sctp-port is missing" },
        { "a=max-message-size:262144", "a=max-message-size:-1", 19, false, "whole number" },
        { "m=application 40001 UDP/DTLS/SCTP", "m=audio 40001 UDP/TLS/RTP/SAVPF", 8, true, "webrtc-datachannel" },
        { "UDP/DTLS/SCTP webrtc-datachannel", "DTLS/SCTP 5000", 8, true, "webrtc-datachannel" },
        { "UDP/DTLS/SCTP", "TCP/DTLS/SCTP", 8, true, "webrtc-datachannel" },
        { "m=application 40001", "m=application 0", 8, true, "port 9" },
        { "m=application 40001", "m=application many", 8, true, "webrtc-datachannel" },
        { "a=mid:0", "m=video 9 UDP/TLS/RTP/SAVPF 96", 17, true, "one section" },
        { "1 udp 2122260223", "1 udp", 10, false, "priority" },
        { "1 udp 2122260223 192.0.2.4 40001", "1 udp 2122260223 192.0.2.4 70000", 10, false, "port" },
        { "1 udp 2122260223", "1 tcp 2122260223", 11, true, "no candidate is of UDP" },
        { "udp 2122260223 192.0.2.4", "udp 2122260223 2001:db8::4", 11, true, "IPv4" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void What_is_wrong_with_an_offer_is_said_by_line(string right, string wrong, int line, bool isUnusable, string says)
    {
        Assert.True(right.Length == 0 || Chromium.Contains(right, StringComparison.Ordinal));
        string sdp = right.Length == 0 ? "" : Chromium.Replace(right, wrong, StringComparison.Ordinal);
        Assert.False(TryRead(sdp, out _, out SdpFault? fault));
        Assert.Equal((line, isUnusable), (fault!.Line, fault.IsUnusable));
        Assert.Contains(says, fault.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void An_offer_without_a_section_is_told_how_a_page_makes_one()
    {
        Assert.False(TryRead(Chromium[..Chromium.IndexOf("m=", StringComparison.Ordinal)], out _, out SdpFault? fault));
        Assert.True(fault!.IsUnusable);
        Assert.Contains("createDataChannel", fault.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void An_offer_that_is_too_long_is_refused()
    {
        Assert.False(TryRead(Chromium + new string('a', SdpOffer.MaxBytes), out _, out SdpFault? fault));
        Assert.Contains("16384", fault!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_comes_is_read_or_refused_with_a_line_that_is_there()
    {
        byte[] genuine = Encoding.UTF8.GetBytes(Chromium);
        Gen.Select(Gen.Int[0, genuine.Length - 1], Gen.Byte.Array[0, 4], Gen.Int[0, 20]).Sample((at, put, cut) =>
        {
            byte[] changed = [.. genuine[..at], .. put, .. genuine[Math.Min(genuine.Length, at + cut)..]];
            if (!SdpOfferReader.TryRead(changed, true, true, out _, out SdpFault? fault))
            {
                Assert.InRange(fault.Line, 0, changed.Count(static octet => octet == '\n') + 1);
                Assert.NotEmpty(fault.Detail);
            }
        });
    }

    private static bool TryRead(string sdp, out SdpOffer? offer, out SdpFault? fault) => SdpOfferReader.TryRead(Encoding.UTF8.GetBytes(sdp), hasV4: true, hasV6: false, out offer, out fault);

    private static string Lines(params string[] lines) => string.Join("\r\n", lines) + "\r\n";
}
