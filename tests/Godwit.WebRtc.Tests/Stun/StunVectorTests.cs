using System.Net;
using System.Text;
using Godwit.WebRtc.Stun;

namespace Godwit.WebRtc.Tests.Stun;

/// <summary>The test vectors of RFC 5769 that are of short-term credentials.</summary>
public sealed class StunVectorTests
{
    private const string Request =
        "00010058 2112a442 b7e7a701 bc34d686 fa87dfae 80220010 5354554e 20746573 7420636c 69656e74 00240004 6e0001ff 80290008 932ff9b1 51263b36 00060009 6576746a 3a683676 59202020 00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2 80280004 e57a3bcf";

    private const string V4Response =
        "0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200008 0001a147 e112a643 00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 80280004 c07d4c96";

    private const string V6Response =
        "01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9 00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c";

    private static readonly byte[] Password = "VOkJxbRl1RmTxUk/WvJxBt"u8.ToArray();

    [Theory]
    [InlineData(Request)]
    [InlineData(V4Response)]
    [InlineData(V6Response)]
    public void A_message_of_RFC_5769_is_genuine_by_its_password_and_by_no_other(string hex)
    {
        Assert.True(StunMessage.TryRead(Octets(hex), out StunMessage message));
        Assert.True(StunIntegrity.IsGenuine(message, Password));
        Assert.True(StunIntegrity.HasRightFingerprint(message));
        Assert.False(StunIntegrity.IsGenuine(message, "VOkJxbRl1RmTxUk/WvJxBu"u8));
    }

    [Theory]
    [InlineData(Request)]
    [InlineData(V4Response)]
    [InlineData(V6Response)]
    public void A_message_with_any_octet_changed_is_not_genuine(string hex)
    {
        byte[] octets = Octets(hex);
        for (int i = 0; i < octets.Length; i++)
        {
            byte[] changed = [.. octets];
            changed[i] ^= 0x40;
            Assert.False(StunMessage.TryRead(changed, out StunMessage message) && StunIntegrity.IsGenuine(message, Password) && message.FingerprintOffset != 0 && StunIntegrity.HasRightFingerprint(message), $"octet {i}");
        }
    }

    [Fact]
    public void The_user_of_the_request_is_found()
    {
        Assert.True(StunMessage.TryRead(Octets(Request), out StunMessage message));
        Assert.Equal(StunMessage.BindingRequest, message.Type);
        Assert.True(message.TryFind(StunAttribute.Username, out ReadOnlySpan<byte> user));
        Assert.Equal("evtj:h6vY", Encoding.UTF8.GetString(user));
        Assert.False(message.TryFind(StunAttribute.UseCandidate, out _));
    }

    [Theory]
    [InlineData(V4Response, "192.0.2.1")]
    [InlineData(V6Response, "2001:db8:1234:5678:11:2233:4455:6677")]
    public void An_address_is_written_as_in_RFC_5769(string hex, string address)
    {
        Assert.True(StunMessage.TryRead(Octets(hex), out StunMessage expected));
        Assert.True(expected.TryFind(StunAttribute.XorMappedAddress, out ReadOnlySpan<byte> value));
        var writer = new StunWriter(new byte[128], StunMessage.BindingSuccess, expected.TransactionId);
        byte[] octets = new byte[128];
        writer = new StunWriter(octets, StunMessage.BindingSuccess, expected.TransactionId);
        writer.AddXorMappedAddress(IPAddress.Parse(address).GetAddressBytes(), 32853);
        Assert.Equal(value.ToArray(), octets[(StunMessage.HeaderLength + 4)..writer.Length]);
    }

    [Fact]
    public void What_is_sealed_here_is_genuine()
    {
        byte[] octets = new byte[128];
        var writer = new StunWriter(octets, StunMessage.BindingRequest, new byte[12]);
        writer.Add(StunAttribute.Username, "abc:defgh"u8);
        writer.Seal(Password);
        Assert.True(StunMessage.TryRead(octets.AsSpan(0, writer.Length), out StunMessage message));
        Assert.True(StunIntegrity.IsGenuine(message, Password));
        Assert.NotEqual(0, message.FingerprintOffset);
        Assert.True(StunIntegrity.HasRightFingerprint(message));
    }

    private static byte[] Octets(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
