using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Godwit.Feeds.Pump;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Lanes.Sockets;

/// <summary>The lane decides nothing but how octets travel: whatever is sent is answered as on Kestrel's own transport.</summary>
public sealed partial class ParityTests(SharedServer shared)
{
    private const string Host = "Host: localhost\r\n";
    private const string Upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
    private const string Get = "GET {room} HTTP/1.1\r\n" + Host;
    private const string Last = "GET /rt/nothing HTTP/1.1\r\n" + Host + "Connection: close\r\n\r\n";

    private static readonly string Close = Encoding.Latin1.GetString(LaneClient.Close);
    private static readonly string Ping = Encoding.Latin1.GetString(WebSocketWire.Frame(WebSocketWire.Ping, "p"u8));
    private static readonly string Entry = Encoding.Latin1.GetString(WebSocketWire.Frame(WebSocketWire.Text, "\"entry\""u8));

    /// <summary>What is sent, by what it is. The server ends each of these connections by itself.</summary>
    private static readonly IReadOnlyDictionary<string, string> Sent = new Dictionary<string, string>
    {
        ["a handshake"] = Get + Upgrade + "\r\n" + Close,
        ["frames in the same segment"] = Get + Upgrade + "\r\n" + Ping + Entry + Entry + Close,
        ["a frame without a mask"] = Get + Upgrade + "\r\n\u0081\u0001x",
        ["a frame of a reserved kind"] = Get + Upgrade + "\r\n\u0083\u0080\0\0\0\0",
        ["an HTTP request behind a handshake"] = Get + Upgrade + "\r\n" + Last,
        ["a session's handshake"] = "GET /rt/session HTTP/1.1\r\n" + Host + Upgrade + "\r\n" + Close,
        ["a session's subprotocol"] = "GET /rt/session HTTP/1.1\r\n" + Host + Upgrade + "Sec-WebSocket-Protocol: chat, godwit.v1\r\n\r\n" + Close,
        ["another subprotocol"] = "GET /rt/session HTTP/1.1\r\n" + Host + Upgrade + "Sec-WebSocket-Protocol: chat\r\n\r\n" + Last,
        ["the absolute form"] = "GET http://localhost{room} HTTP/1.1\r\n" + Host + Upgrade + "\r\n" + Close,
        ["Connection: close"] = Get + Upgrade.Replace("Connection: Upgrade", "Connection: Upgrade, close", StringComparison.Ordinal) + "\r\n" + Close,
        ["a long head"] = Get + "Cookie: " + new string('c', 7000) + "\r\n" + Upgrade + "\r\n" + Close,
        ["a head longer than is looked at"] = Get + "Cookie: " + new string('c', 9000) + "\r\n" + Upgrade + "\r\n" + Close,
        ["a head over the limit"] = Get + "Cookie: " + new string('c', 20_000) + "\r\n" + Upgrade + "\r\n",
        ["too many fields"] = Get + string.Concat(Enumerable.Repeat("A: b\r\n", 110)) + Upgrade + "\r\n",
        ["no key"] = Get + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n" + Last,
        ["another version"] = Get + Upgrade.Replace("13", "8", StringComparison.Ordinal) + "\r\n" + Last,
        ["no Connection"] = Get + Upgrade.Replace("Connection: Upgrade\r\n", "", StringComparison.Ordinal) + "\r\n" + Last,
        ["a refused handshake and a right one behind it"] = Get + "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n" + Get + Upgrade + "\r\n" + Ping + Close,
        ["a poll and a handshake behind it"] = Get + "\r\n" + Get + Upgrade + "\r\n" + Ping + Close,
        ["an unknown room path"] = "GET /rt/rooms/no%20room HTTP/1.1\r\n" + Host + Upgrade + "\r\n" + Last,
        ["an unknown path"] = "GET /elsewhere HTTP/1.1\r\n" + Host + Upgrade + "\r\n" + Last,
        ["POST"] = "POST {room} HTTP/1.1\r\n" + Host + Upgrade + "Content-Length: 0\r\n\r\n" + Last,
        ["HTTP/1.0"] = "GET {room} HTTP/1.0\r\n" + Host + Upgrade + "\r\n",
        ["HTTP/1.2"] = "GET {room} HTTP/1.2\r\n" + Host + Upgrade + "\r\n",
        ["no Host"] = "GET {room} HTTP/1.1\r\n" + Upgrade + "\r\n",
        ["two Hosts"] = Get + Host + Upgrade + "\r\n",
        ["a method in small letters"] = "get {room} HTTP/1.1\r\n" + Host + Upgrade + "\r\n" + Last,
        ["two spaces in the request line"] = "GET  {room} HTTP/1.1\r\n" + Host + Upgrade + "\r\n",
        ["no version"] = "GET {room}\r\n" + Host + Upgrade + "\r\n",
        ["an empty line before the request"] = "\r\n" + Get + Upgrade + "\r\n" + Close,
        ["a foreign Host"] = "GET {room} HTTP/1.1\r\nHost: rt.example\r\n" + Upgrade + "\r\n" + Last,
        ["a foreign Origin"] = Get + "Origin: https://evil.example\r\n" + Upgrade + "\r\n" + Last,
        ["a forwarded client"] = Get + "X-Forwarded-For: 203.0.113.7\r\n" + Upgrade + "\r\n" + Last,
        ["lines that end with LF"] = (Get + Upgrade + "\r\n").Replace("\r\n", "\n", StringComparison.Ordinal) + Close,
        ["one line that ends with LF"] = Get + "A: b\n" + Upgrade + "\r\n" + Close,
        ["a head that LF ends before the field"] = Get + "A: b\n\n" + Upgrade + "\r\n",
        ["a CR within a field"] = Get + "A: b\rc\r\n" + Upgrade + "\r\n",
        ["a NUL within a field"] = Get + "A: b\0c\r\n" + Upgrade + "\r\n",
        ["a folded field"] = Get + "A: b\r\n c\r\n" + Upgrade + "\r\n",
        ["a folded Upgrade"] = Get + "Upgrade:\r\n websocket\r\nConnection: Upgrade\r\n\r\n",
        ["a space before the colon"] = Get + Upgrade.Replace("Upgrade: w", "Upgrade : w", StringComparison.Ordinal) + "\r\n",
        ["a field without a colon"] = Get + "nothing\r\n" + Upgrade + "\r\n",
        ["two protocols"] = Get + Upgrade.Replace("websocket", "websocket, h2c", StringComparison.Ordinal) + "\r\n" + Close,
        ["two Upgrades"] = Get + "Upgrade: h2c\r\n" + Upgrade + "\r\n" + Close,
        ["a body"] = Get + Upgrade + "Content-Length: 5\r\n\r\nhello" + Last,
        ["a chunked body that hides a request"] = Get + Upgrade + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + Last,
        ["two lengths"] = Get + Upgrade + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello" + Last,
        ["a length and chunks"] = Get + Upgrade + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + Last,
        ["the preface of HTTP/2"] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ["a TLS hello"] = "\u0016\u0003\u0001\u0000\u0005\u0001\u0000\u0000\u0001\u0000",
        ["noise"] = "\u00ff\u0000\u0001\u0002\r\n\r\n",
    };

    public static TheoryData<string> Kinds() => [.. Sent.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_is_sent_is_answered_alike_on_both_lanes(string kind)
    {
        string onKestrel = await AskAsync(Carrier.Http1, kind);
        string onSockets = await AskAsync(Carrier.Sockets, kind);

        Assert.Equal(onKestrel, onSockets);
        Assert.DoesNotContain("(and then nothing)", onSockets, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_of_which_no_more_comes_is_answered_alike_wherever_it_ends()
    {
        string head = LaneClient.Handshake(shared.Room());
        int[] lengths = [0, 1, 3, 4, 10, head.IndexOf("\r\n", StringComparison.Ordinal) + 1, head.Length - 3, head.Length - 1];
        foreach (int length in lengths)
        {
            // Whether Kestrel says something before it sees that the client has gone is a race of its own.
            foreach (Carrier carrier in (Carrier[])[Carrier.Http1, Carrier.Sockets])
            {
                Assert.Matches("^(HTTP/1\\.1 400 [^(]*)?$", await EndAsync(carrier));
            }

            async Task<string> EndAsync(Carrier carrier)
            {
                using Socket socket = await LaneClient.ConnectAsync(shared.Server.RootOf(carrier));
                await socket.SendAsync(Encoding.Latin1.GetBytes(head[..length]), TestContext.Current.CancellationToken);
                socket.Shutdown(SocketShutdown.Send);
                return await socket.AnswerAsync();
            }
        }
    }

    [Fact]
    public async Task A_handshake_is_told_apart_from_all_that_only_looks_like_one()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        ProbeTarget target = server.Room().Over(Carrier.Sockets);
        using Socket taken = await LaneClient.ConnectAsync(target.Mount);
        await taken.SendAsync(Encoding.Latin1.GetBytes(LaneClient.Handshake(target)), TestContext.Current.CancellationToken);
        using Socket left = await LaneClient.ConnectAsync(target.Mount);
        await left.SendAsync(Encoding.Latin1.GetBytes("\r\n" + LaneClient.Handshake(target)), TestContext.Current.CancellationToken);

        await LaneClient.UntilAsync(() => server.WebSockets(Lane.Socket) == 1 && server.WebSockets(Lane.Kestrel) == 1);
    }

    private async Task<string> AskAsync(Carrier carrier, string kind)
    {
        ProbeTarget target = shared.Room().Over(carrier);
        using Socket socket = await LaneClient.ConnectAsync(target.Mount);
        string text = Sent[kind].Replace("{room}", target.Address().PathAndQuery, StringComparison.Ordinal);
        await socket.SendAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);
        string answer = (await socket.AnswerAsync()).Replace(target.Room, "ROOM", StringComparison.Ordinal);

        // Whether a client that closes at once still gets what it published itself is a race on either lane.
        return Delivered().Replace(answer, "");
    }

    [GeneratedRegex("\u0081(~..|[\0-}])\\{\"op\":\"entry\"[^\u0081\u0088\u008a]*", RegexOptions.Singleline)]
    private static partial Regex Delivered();
}
