using CsCheck;
using Godwit.Protocol.WebSockets;

namespace Godwit.Protocol.Tests.WebSockets;

public class Section5_3_Masking
{
    [Fact]
    public void Masking_any_length_at_any_alignment_in_place_or_not_is_the_octet_wise_definition() =>
        Gen.Select(Gen.UInt, Gen.Byte.Array[0, 300], Gen.Int[0, 35]).Sample((key, source, offset) =>
        {
            byte[] expected = [.. source.Select((octet, i) => (byte)(octet ^ (key >> (8 * (i % 4)))))];
            byte[] input = [.. new byte[offset], .. source, 0x5A];
            byte[] output = new byte[source.Length + 3];
            output.AsSpan().Fill(0x5A);

            uint next = WebSocketMask.Apply(key, input.AsSpan(offset, source.Length), output.AsSpan(1));
            Assert.Equal(expected, output[1..^2]);
            Assert.Equal(new byte[] { 0x5A, 0x5A, 0x5A }, new[] { output[0], output[^2], output[^1] });
            Assert.Equal(System.Numerics.BitOperations.RotateRight(key, 8 * (source.Length % 4)), next);

            WebSocketMask.Apply(key, input.AsSpan(offset, source.Length), input.AsSpan(offset, source.Length));
            Assert.Equal(expected, input[offset..^1]);
            Assert.Equal(0x5A, input[^1]);
        });

    [Fact]
    public void Masking_refuses_a_destination_that_is_shorter_than_the_source() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => WebSocketMask.Apply(1, new byte[4], new byte[3]));

    [Theory]
    [InlineData(0u)]
    [InlineData(uint.MaxValue)]
    [InlineData(0x80000001u)]
    public void Any_key_is_taken(uint key)
    {
        byte[] frame = new byte[20];
        int length = WebSocketFrameWriter.WriteMaskedFrame(frame, WebSocketOpcode.Text, fin: true, "Hello"u8, key);
        Assert.Equal([Reading.Text("Hello")], Reading.ByServer(frame[..length]));
    }

    [Fact]
    public void A_client_draws_a_new_key_for_each_frame()
    {
        var keys = new HashSet<string>();
        byte[] frame = new byte[WebSocketFrameWriter.FrameLength(5, WebSocketRole.Client)];
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(frame.Length, WebSocketFrameWriter.WriteFrame(frame, WebSocketOpcode.Text, fin: true, "Hello"u8, WebSocketRole.Client));
            Assert.Equal([Reading.Text("Hello")], Reading.ByServer(frame));
            keys.Add(Convert.ToHexString(frame.AsSpan(2, 4)));
        }

        // Twenty of 2^32 may hardly repeat; that two do is one chance in twenty million.
        Assert.Equal(20, keys.Count);
    }
}
