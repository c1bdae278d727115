using System.Net.Sockets;
using System.Text;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.WebSockets;

/// <summary>A handshake written out by hand on a bare TCP connection, right or wrong.</summary>
internal sealed class RawHandshake : IAsyncDisposable
{
    public const string Key = "dGhlIHNhbXBsZSBub25jZQ==";

    private readonly TcpClient _client;

    private RawHandshake(TcpClient client, int status, Dictionary<string, string> headers, WebSocketWire wire, NetworkStream stream)
    {
        _client = client;
        Status = status;
        Headers = headers;
        Wire = wire;
        Stream = stream;
    }

    public int Status { get; }

    public IReadOnlyDictionary<string, string> Headers { get; }

    public WebSocketWire Wire { get; }

    public NetworkStream Stream { get; }

    /// <summary>The header lines of a right handshake.</summary>
    public static string[] Right { get; } =
    [
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: " + Key,
        "Sec-WebSocket-Version: 13",
    ];

    public static async Task<RawHandshake> SendAsync(ProbeTarget target, IEnumerable<string> headers, string method = "GET", string version = "HTTP/1.1")
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        Uri address = target.Address();
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(address.Host, address.Port, cancel);
        NetworkStream stream = client.GetStream();
        var request = new StringBuilder();
        request.Append($"{method} {address.PathAndQuery} {version}\r\nHost: {address.Authority}\r\n");
        foreach (string header in headers)
        {
            request.Append(header).Append("\r\n");
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(request.Append("\r\n").ToString()), cancel);

        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            Assert.True(await stream.ReadAsync(one, cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(20), cancel) == 1, "The connection ended within the head of the answer.");
            head.Append((char)one[0]);
        }

        string[] lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var answered = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string line in lines[1..])
        {
            answered[line[..line.IndexOf(':')]] = line[(line.IndexOf(':') + 1)..].Trim();
        }

        return new RawHandshake(client, int.Parse(lines[0].Split(' ')[1]), answered, new WebSocketWire(stream), stream);
    }

    /// <summary>Connects to a room and reads its <c>joined</c> frame.</summary>
    public static async Task<RawHandshake> JoinAsync(ProbeTarget target)
    {
        RawHandshake handshake = await SendAsync(target, Right);
        Assert.Equal(101, handshake.Status);
        WebSocketFrame joined = await handshake.NextAsync();
        Assert.Equal(WebSocketWire.Text, joined.Opcode);
        Assert.Contains("\"joined\"", Encoding.UTF8.GetString(joined.Payload), StringComparison.Ordinal);
        return handshake;
    }

    /// <summary>The next frame; the connection must not end before it.</summary>
    public async Task<WebSocketFrame> NextAsync() =>
        await ReceiveAsync() ?? throw new InvalidOperationException("The connection ended without a frame.");

    /// <summary>Expects a close frame with this code.</summary>
    public async Task AssertClosedAsync(int code)
    {
        WebSocketFrame close = await NextAsync();
        Assert.Equal((WebSocketWire.Close, code), (close.Opcode, close.CloseCode));
    }

    /// <summary>Expects the server to end the connection, without another frame.</summary>
    public async Task AssertEndAsync()
    {
        try
        {
            Assert.Null(await ReceiveAsync());
        }
        catch (IOException)
        {
            // A reset ends it as well.
        }
    }

    /// <summary>Sends laid-out frames.</summary>
    public Task SendAsync(params byte[][] frames) => Wire.SendAsync(frames.SelectMany(frame => frame).ToArray(), TestContext.Current.CancellationToken);

    /// <summary>Expects an entry with this data.</summary>
    public async Task AssertEntryAsync(string data)
    {
        WebSocketFrame frame = await NextAsync();
        Assert.Equal(WebSocketWire.Text, frame.Opcode);
        Assert.Contains($"\"data\":{data}", Encoding.UTF8.GetString(frame.Payload), StringComparison.Ordinal);
    }

    /// <summary>Makes sure that the connection still publishes.</summary>
    public async Task AssertAliveAsync()
    {
        await SendAsync(WebSocketWire.Frame(WebSocketWire.Text, "\"alive\""u8));
        await AssertEntryAsync("\"alive\"");
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<WebSocketFrame?> ReceiveAsync() =>
        await Wire.ReceiveAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
}
