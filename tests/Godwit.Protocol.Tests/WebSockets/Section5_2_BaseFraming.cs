using Godwit.Protocol.WebSockets;

namespace Godwit.Protocol.Tests.WebSockets;

public class Section5_2_BaseFraming
{
    public static TheoryData<int> Lengths => [0, 1, 2, 124, 125, 126, 127, 128, 255, 256, 65534, 65535, 65536, 65537, 200_000];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void A_message_of_any_length_is_read_whole(int length)
    {
        byte[] text = new byte[length];
        text.AsSpan().Fill((byte)'*');
        byte[] octets = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];
        Assert.Equal([$"Text: {Convert.ToHexString(text)}"], Reading.ByServer(RawFrame.Masked(RawFrame.Fin | RawFrame.Text, text)));
        Assert.Equal([Reading.Binary(octets)], Reading.ByClient(RawFrame.Unmasked(RawFrame.Fin | RawFrame.Binary, octets)));
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void The_writer_uses_the_shortest_length(int length)
    {
        byte[] payload = new byte[length];
        byte[] expected = RawFrame.Unmasked(RawFrame.Fin | RawFrame.Binary, payload);
        byte[] frame = new byte[WebSocketFrameWriter.FrameLength(length)];

        Assert.Equal(expected.Length, frame.Length);
        Assert.Equal(expected.Length - length, WebSocketFrameWriter.HeaderLength(length));
        Assert.Equal(expected.Length, WebSocketFrameWriter.WriteFrame(frame, WebSocketOpcode.Binary, fin: true, payload));
        Assert.Equal(expected, frame);

        byte[] header = new byte[WebSocketFrameWriter.MaxHeaderLength];
        int written = WebSocketFrameWriter.WriteHeader(header, WebSocketOpcode.Text, fin: false, length);
        Assert.Equal(expected.Length - length, written);
        Assert.Equal(RawFrame.Text, header[0]);
        Assert.Equal(expected[1..written], header[1..written]);
    }

    [Fact]
    public void The_writer_takes_lengths_up_to_63_bits_and_no_negative_ones()
    {
        byte[] header = new byte[WebSocketFrameWriter.MaxHeaderLength];
        Assert.Equal(10, WebSocketFrameWriter.WriteHeader(header, WebSocketOpcode.Binary, fin: true, long.MaxValue));
        Assert.Equal("827F7FFFFFFFFFFFFFFF", Convert.ToHexString(header[..10]));
        Assert.Throws<ArgumentOutOfRangeException>(() => WebSocketFrameWriter.HeaderLength(-1));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 126)]
    [InlineData(9, 65536)]
    public void The_writer_refuses_a_destination_that_is_too_short(int room, int length)
    {
        byte[] header = new byte[room];
        Assert.Throws<ArgumentException>(() => WebSocketFrameWriter.WriteHeader(header, WebSocketOpcode.Binary, fin: true, length));
        Assert.All(header, octet => Assert.Equal(0, octet));
        Assert.Throws<ArgumentException>(() => WebSocketFrameWriter.WriteFrame(new byte[5], WebSocketOpcode.Binary, fin: true, new byte[4]));
        Assert.Throws<ArgumentException>(() => WebSocketFrameWriter.WriteFrame(new byte[9], WebSocketOpcode.Binary, fin: true, new byte[4], WebSocketRole.Client));
    }

    [Fact]
    public void Each_reserved_bit_alone_and_together_is_a_violation_on_every_opcode()
    {
        foreach (int bits in new[] { 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70 })
        {
            foreach (byte opcode in new[] { RawFrame.Text, RawFrame.Binary, RawFrame.Close, RawFrame.Ping, RawFrame.Pong })
            {
                byte[] frame = RawFrame.Masked(RawFrame.Fin | bits | opcode, RawFrame.Utf8("ab"));
                Assert.Equal(
                    [Reading.Text("*"), "Violation 1002: A reserved bit is set and no extension was agreed on."],
                    Reading.ByServer(RawFrame.Masked(RawFrame.Fin | RawFrame.Text, RawFrame.Utf8("*")), frame, RawFrame.Masked(RawFrame.Fin | RawFrame.Ping)));
                Assert.Equal(1, Reading.OctetsUntilViolation(frame));
            }
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(15)]
    public void A_reserved_opcode_is_a_violation(int opcode)
    {
        string[] expected = [Reading.Text("*"), $"Violation 1002: The opcode {opcode} is reserved."];
        byte[] message = RawFrame.Masked(RawFrame.Fin | RawFrame.Text, RawFrame.Utf8("*"));
        Assert.Equal(expected, Reading.ByServer(message, RawFrame.Masked(RawFrame.Fin | opcode)));
        Assert.Equal(expected, Reading.ByServer(message, RawFrame.Masked(RawFrame.Fin | opcode, RawFrame.Utf8("payload")), RawFrame.Masked(RawFrame.Fin | RawFrame.Ping)));
        Assert.Equal(expected, Reading.ByServer(message, RawFrame.Masked(opcode)));
        Assert.Equal(1, Reading.OctetsUntilViolation(RawFrame.Masked(RawFrame.Fin | opcode)));
    }

    [Theory]
    [InlineData(0, 16)]
    [InlineData(1, 16)]
    [InlineData(125, 16)]
    [InlineData(0, 64)]
    [InlineData(125, 64)]
    [InlineData(126, 64)]
    [InlineData(65535, 64)]
    public void A_length_that_is_not_in_its_shortest_form_is_a_violation(int length, int bits)
    {
        byte[] head = RawFrame.MaskedHead(RawFrame.Fin | RawFrame.Binary, (ulong)length, bits);
        Assert.Equal(["Violation 1002: A length is not in its shortest form."], Reading.ByServer(head));
        Assert.Equal(head.Length - 4, Reading.OctetsUntilViolation(head));
    }

    [Theory]
    [InlineData(0x8000000000000000)]
    [InlineData(0x8000000000010000)]
    [InlineData(ulong.MaxValue)]
    public void A_64_bit_length_with_the_highest_bit_is_a_violation(ulong length)
    {
        byte[] head = RawFrame.MaskedHead(RawFrame.Fin | RawFrame.Binary, length, 64);
        Assert.Equal(["Violation 1002: The highest bit of a 64-bit length is set."], Reading.ByServer(head));
        Assert.Equal(3, Reading.OctetsUntilViolation(head));
    }
}
