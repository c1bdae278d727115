using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.WebSockets;

/// <summary>RFC 6455 §8.1: text is UTF-8, and what is not fails the connection as soon as it shows.</summary>
public abstract class Utf8Tests(SharedServer shared, Carrier carrier)
{
    private ProbeTarget Room() => shared.Room().Over(carrier);

    [Theory]
    [InlineData("22C328")]
    [InlineData("22A022")]
    [InlineData("22E28222")]
    [InlineData("22F0288CBC22")]
    [InlineData("22EDA08022")]
    [InlineData("22C0AF22")]
    [InlineData("22F490808022")]
    [InlineData("22FEFF22")]
    [InlineData("22E282")]
    public async Task Text_that_is_not_UTF8_is_1007(string hex)
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        await socket.SendAsync(WebSocketWire.Frame(WebSocketWire.Text, Convert.FromHexString(hex)));
        await socket.AssertClosedAsync(1007);
    }

    [Fact]
    public async Task A_fault_in_a_fragment_is_1007_before_the_message_is_complete()
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        await socket.SendAsync(WebSocketWire.Frame(WebSocketWire.Text, [0x22, 0xC3, 0x28], final: false));
        await socket.AssertClosedAsync(1007);
    }

    [Fact]
    public async Task A_fault_within_a_long_frame_is_1007_before_the_frame_is_complete()
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        byte[] frame = WebSocketWire.Frame(WebSocketWire.Text, [0x22, 0xC3, 0x28, .. new byte[1000]]);
        await socket.SendAsync(frame[..20]);
        await socket.AssertClosedAsync(1007);
    }

    [Fact]
    public async Task A_character_may_be_cut_anywhere_between_fragments()
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        for (int size = 1; size <= 4; size++)
        {
            await socket.SendAsync(FramingTests.Fragments("\"ü€😀\u07ff\uffff\""u8.ToArray(), size));
            await socket.AssertEntryAsync("\"ü€😀\u07ff\uffff\"");
        }
    }

    [Fact]
    public async Task Binary_need_not_be_UTF8()
    {
        await using RawHandshake socket = await RawHandshake.JoinAsync(Room());
        await socket.SendAsync(WebSocketWire.Frame(WebSocketWire.Binary, [0xC3, 0x28, 0xFF]));
        WebSocketFrame frame = await socket.NextAsync();
        Assert.Contains("\"bytes\":\"wyj/\"", System.Text.Encoding.UTF8.GetString(frame.Payload), StringComparison.Ordinal);
    }
}

public sealed class Utf8TestsOnKestrel(SharedServer shared) : Utf8Tests(shared, Carrier.Http1);

public sealed class Utf8TestsOnSockets(SharedServer shared) : Utf8Tests(shared, Carrier.Sockets);
