using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.WebSockets;

/// <summary>RFC 6455 §4.2, the server's part of the opening handshake.</summary>
public abstract class HandshakeTests(SharedServer shared, Carrier carrier)
{
    private ProbeTarget Room() => shared.Room().Over(carrier);

    [Fact]
    public async Task The_example_of_the_RFC_is_answered_as_the_RFC_says()
    {
        await using RawHandshake handshake = await RawHandshake.SendAsync(Room(), RawHandshake.Right);
        Assert.Equal(101, handshake.Status);
        Assert.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", handshake.Headers["Sec-WebSocket-Accept"]);
        Assert.Equal("websocket", handshake.Headers["Upgrade"], ignoreCase: true);
        Assert.Equal("upgrade", handshake.Headers["Connection"], ignoreCase: true);
        Assert.False(handshake.Headers.ContainsKey("Sec-WebSocket-Extensions"));
    }

    [Theory]
    [InlineData("Upgrade: WebSocket", "Connection: keep-alive, upgrade")]
    [InlineData("Upgrade: WEBSOCKET", "Connection: UPGRADE")]
    public async Task Tokens_are_compared_without_case_and_found_in_lists(string upgrade, string connection)
    {
        await using RawHandshake handshake = await RawHandshake.SendAsync(Room(), [upgrade, connection, .. RawHandshake.Right[2..]]);
        Assert.Equal(101, handshake.Status);
    }

    [Fact]
    public async Task Extensions_and_subprotocols_that_are_offered_are_not_taken()
    {
        await using RawHandshake handshake = await RawHandshake.SendAsync(
            Room(),
            [.. RawHandshake.Right, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits", "Sec-WebSocket-Protocol: chat, superchat"]);
        Assert.Equal(101, handshake.Status);
        Assert.False(handshake.Headers.ContainsKey("Sec-WebSocket-Extensions"));
        Assert.False(handshake.Headers.ContainsKey("Sec-WebSocket-Protocol"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("c2hvcnQ=")]
    [InlineData("dGhlIHNhbXBsZSBub25jZSBsb25nZXI=")]
    [InlineData("!!!!!!!!!!!!!!!!!!!!!!==")]
    public async Task A_key_that_is_not_sixteen_octets_in_base64_is_refused(string? key)
    {
        string[] headers = [.. RawHandshake.Right.Where(header => !header.StartsWith("Sec-WebSocket-Key")), .. key is null ? [] : new[] { "Sec-WebSocket-Key: " + key }];
        await using RawHandshake handshake = await RawHandshake.SendAsync(Room(), headers);
        Assert.Equal((400, "application/problem+json"), (handshake.Status, handshake.Headers["Content-Type"]));
    }

    [Theory]
    [InlineData("8")]
    [InlineData("14")]
    [InlineData("x")]
    public async Task Another_version_is_told_which_one_is_spoken(string version)
    {
        await using RawHandshake handshake = await RawHandshake.SendAsync(Room(), [.. RawHandshake.Right[..3], "Sec-WebSocket-Version: " + version]);
        Assert.Equal((426, "13"), (handshake.Status, handshake.Headers["Sec-WebSocket-Version"]));
    }

    [Fact]
    public async Task A_handshake_without_a_version_is_refused()
    {
        await using RawHandshake handshake = await RawHandshake.SendAsync(Room(), RawHandshake.Right[..3]);
        Assert.Contains(handshake.Status, new[] { 400, 426 });
    }

    [Fact]
    public async Task An_upgrade_is_asked_for_with_GET_alone()
    {
        await using RawHandshake handshake = await RawHandshake.SendAsync(Room(), [.. RawHandshake.Right, "Content-Length: 0"], method: "POST");
        Assert.NotEqual(101, handshake.Status);
        Assert.InRange(handshake.Status, 400, 499);
    }

    [Fact]
    public async Task Frames_sent_together_with_the_handshake_are_not_lost()
    {
        ProbeTarget target = Room();
        await using RawHandshake handshake = await RawHandshake.SendAsync(target, RawHandshake.Right);
        await handshake.SendAsync(WebSocketWire.Frame(WebSocketWire.Text, "1"u8), WebSocketWire.Frame(WebSocketWire.Text, "2"u8));
        Assert.Equal(WebSocketWire.Text, (await handshake.NextAsync()).Opcode);
        await handshake.AssertEntryAsync("1");
        await handshake.AssertEntryAsync("2");
    }
}

public sealed class HandshakeTestsOnKestrel(SharedServer shared) : HandshakeTests(shared, Carrier.Http1);

public sealed class HandshakeTestsOnSockets(SharedServer shared) : HandshakeTests(shared, Carrier.Sockets);
