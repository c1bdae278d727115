using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Sessions;

/// <summary>A client of a session's WebSocket.</summary>
internal sealed class SessionSocket : IDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[2 << 20];

    public string? Subprotocol => _socket.SubProtocol;

    public static Task<SessionSocket> OpenAsync(RunningServer server, params string[] subprotocols) => OpenFromAsync(server, null, subprotocols);

    /// <summary>Opens one as a proxy passes it on from an address.</summary>
    public static async Task<SessionSocket> OpenFromAsync(RunningServer server, string? address, params string[] subprotocols)
    {
        var client = new SessionSocket();
        if (address is not null)
        {
            client._socket.Options.SetRequestHeader("X-Forwarded-For", address);
        }

        foreach (string subprotocol in subprotocols)
        {
            client._socket.Options.AddSubProtocol(subprotocol);
        }

        var uri = new UriBuilder(server.Mount) { Scheme = "ws", Path = "/rt/session" };
        await client._socket.ConnectAsync(uri.Uri, TestContext.Current.CancellationToken);
        return client;
    }

    public Task SendAsync(string frame) => SendAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text);

    public Task SendAsync(byte[] payload, WebSocketMessageType type) => _socket.SendAsync(payload, type, endOfMessage: true, TestContext.Current.CancellationToken);

    /// <summary>The next frame; a close is <c>{"op":"close","code","reason"}</c>.</summary>
    public async Task<JsonElement> ReceiveAsync()
    {
        int length = 0;
        while (true)
        {
            WebSocketReceiveResult received = await _socket.ReceiveAsync(new ArraySegment<byte>(_buffer, length, _buffer.Length - length), TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                return JsonDocument.Parse($$"""{"op":"close","code":{{(int)received.CloseStatus!}},"reason":"{{received.CloseStatusDescription}}"}""").RootElement;
            }

            length += received.Count;
            if (received.EndOfMessage)
            {
                return JsonDocument.Parse(_buffer.AsMemory(0, length).ToArray()).RootElement;
            }
        }
    }

    /// <summary>Sends a frame and returns the next one that comes.</summary>
    public async Task<JsonElement> AskAsync(string frame)
    {
        await SendAsync(frame);
        return await ReceiveAsync();
    }

    public void Dispose() => _socket.Dispose();
}
