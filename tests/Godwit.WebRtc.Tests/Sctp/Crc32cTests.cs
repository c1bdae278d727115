using CsCheck;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Tests.Sctp;

public sealed class Crc32cTests
{
    // RFC 3720 B.4: 32 octets of zero and of ones; the field of the checksum would count as zero, so that the vectors are checked by the second opinion.
    [Fact]
    public void The_second_opinion_knows_the_published_vectors()
    {
        Assert.Equal(0x8A9136AAu, RawPacket.Checksum(new byte[32]));
        byte[] ascending = [.. Enumerable.Range(0, 32).Select(static at => (byte)at)];
        ascending.AsSpan(8, 4).Clear();
        Assert.Equal(RawPacket.Checksum(ascending), Crc32c.Of(ascending));
    }

    [Fact]
    public void A_packet_of_any_length_has_the_checksum_that_is_found_bit_by_bit() =>
        Gen.Byte.Array[12, 1500].Sample(packet => Crc32c.Of(packet) == RawPacket.Checksum(packet));

    [Fact]
    public void A_packet_with_any_bit_changed_is_not_taken() => Gen.Select(Gen.Byte.Array[16, 300], Gen.Int[0, 10_000]).Sample((packet, at) =>
    {
        CommonHeader.Seal(packet);
        Assert.True(CommonHeader.TryRead(packet, out _));
        packet[at / 8 % packet.Length] ^= (byte)(1 << (at % 8));
        Assert.False(CommonHeader.TryRead(packet, out _));
    });
}
