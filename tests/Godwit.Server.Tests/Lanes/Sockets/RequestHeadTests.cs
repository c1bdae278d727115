using System.Text;
using Godwit.AspNetCore.Lanes.Sockets;

namespace Godwit.Server.Tests.Lanes.Sockets;

/// <summary>Which first octets of a connection are a handshake for the socket lane.</summary>
public sealed class RequestHeadTests
{
    private const string Handshake = "GET /rt/rooms/lobby HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

    [Theory]
    [InlineData("Upgrade: websocket")]
    [InlineData("upgrade:websocket")]
    [InlineData("UPGRADE: \t WebSocket \t")]
    public void A_whole_head_that_asks_for_a_websocket_is_taken_to_its_empty_line_and_no_further(string line)
    {
        string head = Handshake.Replace("Upgrade: websocket", line, StringComparison.Ordinal);
        Assert.Equal((HeadKind.Handshake, head.Length), Look(head + "\u0081\u0082more"));
        Assert.Equal((HeadKind.Handshake, head.Length), Look(head));
    }

    [Fact]
    public void A_head_that_was_cut_anywhere_is_incomplete()
    {
        for (int length = 1; length < Handshake.Length; length++)
        {
            Assert.Equal((HeadKind.Incomplete, 0), Look(Handshake[..length]));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("POST / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")]
    [InlineData("get / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    [InlineData("PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\nGET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")]
    [InlineData("\r\nGET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")]
    [InlineData("GET / HTTP/1.0\r\nUpgrade: websocket\r\n\r\n")]
    [InlineData("GET /\r\nUpgrade: websocket\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\n\r\nUpgrade: websocket\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nUpgrade: websocket, h2c\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nUpgrade : websocket\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\n Upgrade: websocket\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\nUpgrade: websocket\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nUpgrade: websocket\n\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nA: b\n\nGET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nA: b\rc\r\nUpgrade: websocket\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001")]
    public void Anything_else_is_left_to_the_web_server(string first) => Assert.Equal((HeadKind.Other, 0), Look(first));

    private static (HeadKind Kind, int Length) Look(string first) => (RequestHead.Look(Encoding.Latin1.GetBytes(first), out int length), length);
}
