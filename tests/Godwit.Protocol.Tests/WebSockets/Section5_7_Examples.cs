using Godwit.Protocol.WebSockets;

namespace Godwit.Protocol.Tests.WebSockets;

/// <summary>The octets that RFC 6455 gives as examples, so that reader and writer do not only agree with each other.</summary>
public class Section5_7_Examples
{
    private const string Unmasked = "810548656C6C6F";
    private const string Masked = "818537FA213D7F9F4D5158";

    [Fact]
    public void An_unmasked_text_message_is_read_and_written()
    {
        Assert.Equal([Reading.Text("Hello")], Reading.ByClient(Convert.FromHexString(Unmasked)));

        byte[] frame = new byte[7];
        Assert.Equal(7, WebSocketFrameWriter.WriteFrame(frame, WebSocketOpcode.Text, fin: true, "Hello"u8));
        Assert.Equal(Unmasked, Convert.ToHexString(frame));
    }

    [Fact]
    public void A_masked_text_message_is_read_and_written()
    {
        Assert.Equal([Reading.Text("Hello")], Reading.ByServer(Convert.FromHexString(Masked)));

        byte[] frame = new byte[11];
        Assert.Equal(11, WebSocketFrameWriter.WriteMaskedFrame(frame, WebSocketOpcode.Text, fin: true, "Hello"u8, 0x3D21FA37));
        Assert.Equal(Masked, Convert.ToHexString(frame));
    }

    [Fact]
    public void A_fragmented_text_message_is_read() =>
        Assert.Equal([Reading.Text("Hello")], Reading.ByClient(Convert.FromHexString("010348656C"), Convert.FromHexString("80026C6F")));

    [Fact]
    public void A_ping_and_its_masked_answer_are_read()
    {
        Assert.Equal([Reading.Ping("Hello"u8.ToArray())], Reading.ByClient(Convert.FromHexString("890548656C6C6F")));
        Assert.Equal([Reading.Pong("Hello"u8.ToArray())], Reading.ByServer(Convert.FromHexString("8A8537FA213D7F9F4D5158")));
    }

    [Theory]
    [InlineData("827E0100", 256)]
    [InlineData("827F0000000000010000", 65536)]
    public void Long_binary_messages_are_read_and_written(string header, int length)
    {
        byte[] octets = [.. Convert.FromHexString(header), .. new byte[length]];
        Assert.Equal([Reading.Binary(new byte[length])], Reading.ByClient(octets));

        byte[] frame = new byte[octets.Length];
        WebSocketFrameWriter.WriteFrame(frame, WebSocketOpcode.Binary, fin: true, new byte[length]);
        Assert.Equal(octets, frame);
    }
}
