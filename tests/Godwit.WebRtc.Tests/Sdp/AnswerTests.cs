using System.Net;
using Godwit.WebRtc.Dtls;
using Godwit.WebRtc.Ice;
using Godwit.WebRtc.Sdp;

namespace Godwit.WebRtc.Tests.Sdp;

public sealed class AnswerTests
{
    private static readonly byte[] Fingerprint = [.. Enumerable.Range(0, 32).Select(static i => (byte)i)];

    [Fact]
    public void An_answer_says_what_RFC_8829_and_8839_ask_of_an_agent_of_ICE_lite()
    {
        IceCredentials credentials = IceCredentials.Make();
        string[] lines = Compose(credentials, "0", true, "192.0.2.1:3478", "[2001:db8::1]:3478");
        Assert.Equal("v=0", lines[0]);
        Assert.Matches("^o=- [0-9]+ 1 IN IP4 192.0.2.1$", lines[1]);
        Assert.Equal(
            [
                "s=-",
                "t=0 0",
                "a=ice-lite",
                "a=group:BUNDLE 0",
                "m=application 3478 UDP/DTLS/SCTP webrtc-datachannel",
                "c=IN IP4 192.0.2.1",
                "a=mid:0",
                $"a=ice-ufrag:{credentials.Fragment}",
                $"a=ice-pwd:{credentials.Password}",
                $"a=fingerprint:sha-256 {DtlsFingerprint.Print(Fingerprint)}",
                "a=setup:passive",
                "a=sctp-port:5000",
                "a=max-message-size:262144",
                "a=candidate:1 1 udp 2130706431 192.0.2.1 3478 typ host",
                "a=candidate:2 1 udp 2130706175 2001:db8::1 3478 typ host",
                "a=end-of-candidates",
                "",
            ],
            lines[2..]);
    }

    [Fact]
    public void What_the_offer_does_not_name_the_answer_does_not_either()
    {
        string[] lines = Compose(IceCredentials.Make(), null, false, "[2001:db8::1]:3478");
        Assert.DoesNotContain(lines, static line => line.StartsWith("a=group", StringComparison.Ordinal) || line.StartsWith("a=mid", StringComparison.Ordinal));
        Assert.Contains("c=IN IP6 2001:db8::1", lines);
    }

    [Fact]
    public void A_fingerprint_is_read_as_it_is_written()
    {
        string text = DtlsFingerprint.Print(Fingerprint);
        Assert.StartsWith("00:01:02:", text, StringComparison.Ordinal);
        Assert.Equal(Fingerprint, DtlsFingerprint.Parse(text));
        Assert.Equal(Fingerprint, DtlsFingerprint.Parse(text.ToLowerInvariant()));
        Assert.Null(DtlsFingerprint.Parse(text.AsSpan(0, text.Length - 1)));
        Assert.Null(DtlsFingerprint.Parse(text.Replace(':', '-')));
    }

    [Fact]
    public void Credentials_are_found_by_their_fragment_and_are_never_the_same()
    {
        IceCredentials one = IceCredentials.Make();
        IceCredentials other = IceCredentials.Make();
        Assert.NotEqual(one.Key, other.Key);
        Assert.NotEqual(one.Password, other.Password);
        Assert.True(IceCredentials.TryReadKey(System.Text.Encoding.ASCII.GetBytes(one.Fragment), out ulong key));
        Assert.Equal(one.Key, key);
        Assert.False(IceCredentials.TryReadKey("AAAAAAAAA-"u8, out _));
        Assert.False(IceCredentials.TryReadKey("AAAAAAAAA"u8, out _));
    }

    private static string[] Compose(IceCredentials credentials, string? mid, bool isBundled, params string[] candidates)
    {
        var offer = new SdpOffer { Fragment = "abcd", Password = "p", Fingerprints = [], Mid = mid, IsBundled = isBundled, SctpPort = 5000, MaxMessage = 0 };
        return SdpAnswer.Compose(offer, credentials, Fingerprint, [.. candidates.Select(IPEndPoint.Parse)], 256 << 10).Split("\r\n");
    }
}
