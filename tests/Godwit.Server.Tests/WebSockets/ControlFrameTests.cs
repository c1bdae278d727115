using System.Text;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.WebSockets;

/// <summary>RFC 6455 §5.5 and §7: control frames and the closing handshake.</summary>
public abstract class ControlFrameTests(SharedServer shared, Carrier carrier)
{
    private ProbeTarget Room() => shared.Room().Over(carrier);

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("125")]
    public async Task A_ping_is_answered_with_a_pong_of_the_same_payload(string kind)
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        byte[] payload = kind == "125" ? [.. Enumerable.Range(0, 125).Select(i => (byte)(i * 2))] : Encoding.ASCII.GetBytes(kind);
        await socket.SendAsync(WebSocketWire.Frame(WebSocketWire.Ping, payload));
        WebSocketFrame pong = await socket.NextAsync();
        Assert.Equal((WebSocketWire.Pong, true), (pong.Opcode, pong.Final));
        Assert.Equal(payload, pong.Payload);
    }

    [Fact]
    public async Task Ten_pings_in_one_write_have_ten_pongs_in_order_or_the_latest()
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        await socket.SendAsync([.. Enumerable.Range(0, 10).Select(i => WebSocketWire.Frame(WebSocketWire.Ping, [(byte)i]))]);

        // RFC 6455 §5.5.3 allows to answer only the latest of several.
        int latest = -1;
        while (latest < 9)
        {
            WebSocketFrame pong = await socket.NextAsync();
            Assert.Equal(WebSocketWire.Pong, pong.Opcode);
            Assert.True(pong.Payload[0] > latest);
            latest = pong.Payload[0];
        }
    }

    [Fact]
    public async Task A_pong_that_nobody_asked_for_is_passed_over()
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        await socket.SendAsync(WebSocketWire.Frame(WebSocketWire.Pong, "unasked"u8));
        await socket.AssertAliveAsync();
    }

    [Theory]
    [InlineData(WebSocketWire.Ping)]
    [InlineData(WebSocketWire.Pong)]
    [InlineData(WebSocketWire.Close)]
    public async Task A_control_frame_of_126_octets_is_1002(int opcode)
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        await socket.SendAsync(WebSocketWire.Frame(opcode, new byte[126]));
        await socket.AssertClosedAsync(1002);
    }

    [Theory]
    [InlineData(WebSocketWire.Ping)]
    [InlineData(WebSocketWire.Close)]
    public async Task A_control_frame_in_fragments_is_1002(int opcode)
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        await socket.SendAsync(WebSocketWire.Frame(opcode, "a"u8, final: false));
        await socket.AssertClosedAsync(1002);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(1001)]
    [InlineData(1003)]
    [InlineData(1007)]
    [InlineData(1011)]
    [InlineData(3000)]
    [InlineData(3999)]
    [InlineData(4000)]
    [InlineData(4999)]
    public async Task A_close_is_answered_with_its_code_and_the_connection_ends(int code)
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        await socket.SendAsync(WebSocketWire.Frame(WebSocketWire.Close, [(byte)(code >> 8), (byte)code, .. "done"u8]));
        WebSocketFrame close = await socket.NextAsync();
        Assert.Equal((WebSocketWire.Close, code), (close.Opcode, close.CloseCode));
        await socket.AssertEndAsync();
    }

    [Fact]
    public async Task A_close_without_a_code_is_answered_without_one_or_with_1000()
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        await socket.SendAsync(WebSocketWire.Frame(WebSocketWire.Close, []));
        WebSocketFrame close = await socket.NextAsync();
        Assert.Equal(WebSocketWire.Close, close.Opcode);
        Assert.Contains(close.CloseCode, new[] { 1005, 1000 });
        await socket.AssertEndAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(999)]
    [InlineData(1004)]
    [InlineData(1005)]
    [InlineData(1006)]
    [InlineData(1015)]
    [InlineData(1016)]
    [InlineData(1100)]
    [InlineData(2000)]
    [InlineData(2999)]
    [InlineData(5000)]
    [InlineData(65535)]
    public async Task A_close_with_a_code_that_must_not_be_sent_is_1002(int code)
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        await socket.SendAsync(WebSocketWire.Frame(WebSocketWire.Close, [(byte)(code >> 8), (byte)code]));
        await socket.AssertClosedAsync(1002);
    }

    [Fact]
    public async Task A_close_with_half_a_code_is_1002()
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        await socket.SendAsync(WebSocketWire.Frame(WebSocketWire.Close, [3]));
        await socket.AssertClosedAsync(1002);
    }

    [Fact]
    public async Task A_close_whose_reason_is_not_UTF8_is_1007()
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        await socket.SendAsync(WebSocketWire.Frame(WebSocketWire.Close, [3, 232, 0xC3, 0x28]));
        await socket.AssertClosedAsync(1007);
    }

    [Fact]
    public async Task Nothing_after_a_close_is_taken()
    {
        ProbeTarget target = Room();
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.HttpStream, target, ProbeStart.Now);
        await reader.JoinAsync();
        await using (RawHandshake socket = await RawHandshake.JoinAsync(target))
        {
            await socket.SendAsync(WebSocketWire.Frame(WebSocketWire.Close, [3, 232]), WebSocketWire.Frame(WebSocketWire.Text, "\"too late\""u8));
            Assert.Equal(WebSocketWire.Close, (await socket.NextAsync()).Opcode);
            await socket.AssertEndAsync();
        }

        await reader.AssertNothingElseAsync();
    }

    [Fact]
    public async Task What_was_sent_before_a_close_is_published()
    {
        ProbeTarget target = Room();
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.HttpStream, target, ProbeStart.Now);
        await reader.JoinAsync();
        await using RawHandshake socket = await RawHandshake.JoinAsync(target);
        await socket.SendAsync(WebSocketWire.Frame(WebSocketWire.Text, "\"in time\""u8), WebSocketWire.Frame(WebSocketWire.Close, [3, 232]));

        Assert.Equal("\"in time\"", (await reader.NextAsync(ProbeFrameKind.Entry)).Data);
    }
}

public sealed class ControlFrameTestsOnKestrel(SharedServer shared) : ControlFrameTests(shared, Carrier.Http1);

public sealed class ControlFrameTestsOnSockets(SharedServer shared) : ControlFrameTests(shared, Carrier.Sockets);
