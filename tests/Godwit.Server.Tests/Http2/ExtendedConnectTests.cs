using System.Net;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Http2;

/// <summary>RFC 8441: a WebSocket as a stream of an HTTP/2 connection.</summary>
public sealed class ExtendedConnectTests(SharedServer shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("websocket", "13", 200, null)]
    [InlineData("websocket", "8", 426, "handshake.version")]
    [InlineData("websocket", null, 400, "handshake.invalid")]
    [InlineData("connect-udp", "13", 400, "handshake.invalid")]
    [InlineData("WebSocket", "13", 400, "handshake.invalid")]
    public async Task The_version_is_checked_and_no_other_protocol_is_spoken(string protocol, string? version, int status, string? code)
    {
        ProbeTarget target = shared.Room().Over(Carrier.H2c);
        using var connection = new ProbeConnection(target);
        using HttpResponseMessage answer = await SendAsync(connection, target.Address(), protocol, version);

        Assert.Equal((status, HttpVersion.Version20), ((int)answer.StatusCode, answer.Version));
        Assert.Equal(status == 426 ? "13" : null, answer.Headers.TryGetValues("Sec-WebSocket-Version", out var versions) ? Assert.Single(versions) : null);
        if (code is not null)
        {
            Assert.Contains($"\"code\":\"{code}\"", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_answer_has_nothing_of_the_upgrade()
    {
        ProbeTarget target = shared.Room().Over(Carrier.Tls);
        using var connection = new ProbeConnection(target);
        using HttpResponseMessage answer = await SendAsync(connection, target.Address(), "websocket", "13");

        Assert.Equal(200, (int)answer.StatusCode);
        string headers = $"{answer.Headers}{answer.Content.Headers}";
        Assert.All((string[])["Upgrade", "Connection", "Sec-WebSocket-Accept", "Sec-WebSocket-Protocol", "Content-Length", "Transfer-Encoding"], name =>
            Assert.DoesNotContain($"{name}:", headers, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("/rt/publish", 405, "method.unsupported")]
    [InlineData("/rt/nothing", 404, "path.unknown")]
    [InlineData("/rt/rooms/a%20b", 400, "room.invalid")]
    [InlineData("/rt/rooms/lobby?after=17", 400, "position.invalid")]
    public async Task What_cannot_be_joined_is_refused_like_a_GET(string path, int status, string code)
    {
        ProbeTarget target = shared.Room().Over(Carrier.H2c);
        using var connection = new ProbeConnection(target);
        using HttpResponseMessage answer = await SendAsync(connection, new Uri(target.Mount, path), "websocket", "13");

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains($"\"code\":\"{code}\"", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Both_sides_send_and_the_close_handshake_ends_the_stream()
    {
        await using var reader = new WebSocketReader(shared.Room().Over(Carrier.Tls), ProbeStart.Now);
        await reader.JoinAsync();
        await reader.SendAsync("{\"text\":\"hi\"}", Cancel);
        Assert.Equal("{\"text\":\"hi\"}", (await reader.NextAsync(ProbeFrameKind.Entry)).Data);
        await reader.Wire.SendAsync(WebSocketWire.Ping, new byte[] { 1, 2, 3 }, Cancel);
        Assert.Equal(WebSocketWire.Pong, (await reader.Wire.ReceiveAsync(Cancel))!.Opcode);

        await reader.Wire.SendCloseAsync(1000, Cancel);

        WebSocketFrame close = (await reader.Wire.ReceiveAsync(Cancel))!;
        Assert.Equal((WebSocketWire.Close, 1000), (close.Opcode, close.CloseCode));
        Assert.Null(await reader.Wire.ReceiveAsync(Cancel));
    }

    [Fact]
    public async Task A_breach_of_the_framing_closes_its_stream_with_the_code_of_the_RFC()
    {
        await using var reader = new WebSocketReader(shared.Room().Over(Carrier.H2c), ProbeStart.Now);
        await reader.JoinAsync();
        await reader.Wire.SendAsync(WebSocketWire.Frame(WebSocketWire.Text, "1"u8, masked: false), Cancel);
        Assert.Equal(1002, (await reader.NextAsync(ProbeFrameKind.End)).Status);
    }

    private static Task<HttpResponseMessage> SendAsync(ProbeConnection connection, Uri address, string protocol, string? version)
    {
        var request = new HttpRequestMessage(HttpMethod.Connect, address);
        request.Headers.Protocol = protocol;
        if (version is not null)
        {
            request.Headers.TryAddWithoutValidation("Sec-WebSocket-Version", version);
        }

        return connection.SendAsync(request, Cancel);
    }
}
