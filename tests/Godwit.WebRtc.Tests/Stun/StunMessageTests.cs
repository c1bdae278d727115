using CsCheck;
using Godwit.WebRtc.Ice;
using Godwit.WebRtc.Stun;

namespace Godwit.WebRtc.Tests.Stun;

public sealed class StunMessageTests
{
    private static readonly byte[] Password = "0123456789abcdef01234567"u8.ToArray();

    [Fact]
    public void What_stands_behind_MESSAGE_INTEGRITY_does_not_count()
    {
        byte[] octets = new byte[256];
        var writer = new StunWriter(octets, StunMessage.BindingRequest, new byte[12]);
        writer.Add(StunAttribute.Username, "AAAAAAAAAA:abcd"u8);
        writer.Add(StunAttribute.MessageIntegrity, new byte[20]);
        writer.Add(StunAttribute.UseCandidate, []);
        writer.AddFingerprint();
        Assert.True(StunMessage.TryRead(octets.AsSpan(0, writer.Length), out StunMessage message));
        Assert.True(message.TryFind(StunAttribute.Username, out _));
        Assert.False(message.TryFind(StunAttribute.UseCandidate, out _));
    }

    [Fact]
    public void Nothing_may_stand_behind_FINGERPRINT()
    {
        byte[] octets = new byte[256];
        var writer = new StunWriter(octets, StunMessage.BindingRequest, new byte[12]);
        writer.AddFingerprint();
        writer.Add(StunAttribute.UseCandidate, []);
        Assert.False(StunMessage.TryRead(octets.AsSpan(0, writer.Length), out _));
    }

    [Fact]
    public void An_attribute_longer_than_the_message_makes_it_none()
    {
        byte[] octets = new byte[64];
        var writer = new StunWriter(octets, StunMessage.BindingRequest, new byte[12]);
        writer.Add(StunAttribute.Username, "abcd"u8);
        octets[StunMessage.HeaderLength + 3] = 5;
        Assert.False(StunMessage.TryRead(octets.AsSpan(0, writer.Length), out _));
    }

    [Fact]
    public void Whatever_comes_is_read_or_refused()
    {
        Gen.Byte.Array[0, 200].Sample(octets =>
        {
            BindingCheck.TryRead(octets, out _);
        });
    }

    [Fact]
    public void Whatever_is_changed_in_a_check_it_is_genuine_only_as_it_was()
    {
        byte[] genuine = Genuine();
        Gen.Select(Gen.Int[0, genuine.Length - 1], Gen.Byte, Gen.Int[0, genuine.Length]).Sample((at, octet, length) =>
        {
            byte[] changed = genuine[..length];
            if (at < length)
            {
                changed[at] = octet;
            }

            bool isSame = changed.AsSpan().SequenceEqual(genuine);
            bool isGenuine = BindingCheck.TryRead(changed, out BindingCheck check) && check.IsGenuine(Password, "abcd"u8);

            // Behind MESSAGE-INTEGRITY stands FINGERPRINT: without it the check is as genuine as with it.
            Assert.True(isGenuine == isSame || !check.Message.Octets.IsEmpty && check.Message.FingerprintOffset == 0, $"{at} {octet} {length}");
        });
    }

    private static byte[] Genuine()
    {
        byte[] octets = new byte[256];
        var writer = new StunWriter(octets, StunMessage.BindingRequest, new byte[12]);
        writer.Add(StunAttribute.Username, "AAAAAAAAAA:abcd"u8);
        writer.Add(StunAttribute.IceControlling, new byte[8]);
        writer.Seal(Password);
        return octets[..writer.Length];
    }
}
