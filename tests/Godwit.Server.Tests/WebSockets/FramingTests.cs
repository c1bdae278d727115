using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.WebSockets;

/// <summary>RFC 6455 §5.1 to §5.6: framing, masking, fragmentation, data.</summary>
public abstract class FramingTests(SharedServer shared, Carrier carrier)
{
    private ProbeTarget Room() => shared.Room().Over(carrier);

    [Theory]
    [InlineData(1)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(65535)]
    [InlineData(65536)]
    public async Task Messages_of_every_length_encoding_go_through(int length)
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        string digits = new('7', length);
        await socket.SendAsync(WebSocketWire.Frame(WebSocketWire.Text, System.Text.Encoding.ASCII.GetBytes(digits)));
        await socket.AssertEntryAsync(digits);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task A_message_is_put_together_from_its_fragments(int size)
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        byte[] message = "[\"fragmented\",\"ü😀\",1,2,3]"u8.ToArray();
        await socket.SendAsync(Fragments(message, size));
        await socket.AssertEntryAsync("[\"fragmented\",\"ü😀\",1,2,3]");
    }

    [Fact]
    public async Task Empty_fragments_are_fragments()
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        await socket.SendAsync(
            WebSocketWire.Frame(WebSocketWire.Text, [], final: false),
            WebSocketWire.Frame(WebSocketWire.Continuation, "12"u8, final: false),
            WebSocketWire.Frame(WebSocketWire.Continuation, [], final: true));
        await socket.AssertEntryAsync("12");
    }

    [Fact]
    public async Task Frames_are_understood_however_they_are_cut_on_the_way()
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        foreach (byte[] frame in Fragments("\"octet by octet\""u8.ToArray(), 4))
        {
            foreach (byte octet in frame)
            {
                await socket.SendAsync([octet]);
            }
        }

        await socket.AssertEntryAsync("\"octet by octet\"");
    }

    [Fact]
    public async Task Control_frames_between_fragments_are_answered_at_once()
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        await socket.SendAsync(WebSocketWire.Frame(WebSocketWire.Text, "[1,"u8, final: false), WebSocketWire.Frame(WebSocketWire.Ping, "between"u8));
        WebSocketFrame pong = await socket.NextAsync();
        Assert.Equal(WebSocketWire.Pong, pong.Opcode);
        Assert.Equal("between"u8.ToArray(), pong.Payload);
        await socket.SendAsync(WebSocketWire.Frame(WebSocketWire.Pong, "unasked"u8), WebSocketWire.Frame(WebSocketWire.Continuation, "2]"u8));
        await socket.AssertEntryAsync("[1,2]");
    }

    [Fact]
    public async Task A_frame_without_mask_is_1002_and_the_connection_ends()
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        await socket.SendAsync(WebSocketWire.Frame(WebSocketWire.Text, "1"u8, masked: false));
        await socket.AssertClosedAsync(1002);
        await socket.AssertEndAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(7)]
    public async Task A_reserved_bit_is_1002(int reserved)
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        await socket.SendAsync(WebSocketWire.Frame(WebSocketWire.Text, "1"u8, reserved: reserved));
        await socket.AssertClosedAsync(1002);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(11)]
    [InlineData(15)]
    public async Task A_reserved_opcode_is_1002(int opcode)
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        await socket.SendAsync(WebSocketWire.Frame(opcode, "1"u8));
        await socket.AssertClosedAsync(1002);
    }

    [Fact]
    public async Task A_continuation_of_nothing_is_1002()
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        await socket.SendAsync(WebSocketWire.Frame(WebSocketWire.Continuation, "1"u8));
        await socket.AssertClosedAsync(1002);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_new_message_within_another_is_1002(int opcode)
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        await socket.SendAsync(WebSocketWire.Frame(WebSocketWire.Text, "1"u8, final: false), WebSocketWire.Frame(opcode, "2"u8));
        await socket.AssertClosedAsync(1002);
    }

    [Fact]
    public async Task A_length_whose_highest_bit_is_set_is_refused()
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        await socket.SendAsync([0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4]);
        WebSocketFrame close = await socket.NextAsync();
        Assert.Equal(WebSocketWire.Close, close.Opcode);
        Assert.Contains(close.CloseCode, new[] { 1002, 1009 });
    }

    [Theory]
    [InlineData(new byte[] { 0x81, 0xFE, 0, 1, 0, 0, 0, 0, (byte)'1' })]
    [InlineData(new byte[] { 0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, (byte)'1' })]
    public async Task A_length_that_is_not_in_its_shortest_form_is_1002(byte[] frame)
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        await socket.SendAsync(frame);
        await socket.AssertClosedAsync(1002);
    }

    internal static byte[][] Fragments(byte[] message, int size)
    {
        byte[][] parts = [.. message.Chunk(size)];
        return [.. parts.Select((part, i) => WebSocketWire.Frame(i == 0 ? WebSocketWire.Text : WebSocketWire.Continuation, part, final: i == parts.Length - 1))];
    }
}

public sealed class FramingTestsOnKestrel(SharedServer shared) : FramingTests(shared, Carrier.Http1);

public sealed class FramingTestsOnSockets(SharedServer shared) : FramingTests(shared, Carrier.Sockets);
