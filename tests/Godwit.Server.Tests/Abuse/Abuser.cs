using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Godwit.Server.Tests.Abuse;

/// <summary>A way to hurt a server, kept up until it is cancelled.</summary>
internal abstract class Abuser
{
    /// <summary>What it does, for reports.</summary>
    public abstract string Name { get; }

    /// <summary>How much of it there is: connections, mostly.</summary>
    public required int Count { get; init; }

    /// <summary>How often it had an effect: connections, requests, frames.</summary>
    public long Done => Interlocked.Read(ref _done);

    private long _done;

    /// <summary>Goes on until it is cancelled; what the server does to it is no failure.</summary>
    public Task RunAsync(Uri root, CancellationToken cancel) =>
        Task.WhenAll(Enumerable.Range(0, Count).Select(index => Task.Run(() => RepeatAsync(root, index, cancel), CancellationToken.None)));

    /// <summary>One life of one of them.</summary>
    protected abstract Task LiveAsync(Uri root, int index, CancellationToken cancel);

    protected void Count1() => Interlocked.Increment(ref _done);

    public static async Task<Socket> ConnectAsync(Uri root, CancellationToken cancel, int? receiveBuffer = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (receiveBuffer is { } octets)
            {
                socket.ReceiveBufferSize = octets;
            }

            await socket.ConnectAsync(IPAddress.Loopback, root.Port, cancel);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public static ValueTask<int> SendAsync(Socket socket, string text, CancellationToken cancel) =>
        socket.SendAsync(Encoding.ASCII.GetBytes(text), cancel);

    /// <summary>The head of a request as a proxy passes it on, so that it has the rates of an address.</summary>
    /// <param name="root">The server.</param>
    /// <param name="index">Who asks: each has an address of its own, up to 250.</param>
    /// <param name="line">What it asks for.</param>
    /// <param name="more">Further header fields.</param>
    protected static string Head(Uri root, int index, string line, string more = "") => $"{line} HTTP/1.1\r\nHost: {root.Authority}\r\nX-Forwarded-For: 203.0.113.{1 + (index % 250)}\r\n{more}\r\n";

    /// <summary>The head of a WebSocket's handshake.</summary>
    public static string Upgrade(Uri root, int index, string path) =>
        Head(root, index, $"GET {path}", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");

    /// <summary>Takes whatever comes, until nothing more does.</summary>
    public static async Task DrinkAsync(Socket socket, CancellationToken cancel)
    {
        byte[] buffer = new byte[64 << 10];
        while (await socket.ReceiveAsync(buffer, cancel) > 0)
        {
        }
    }

    private async Task RepeatAsync(Uri root, int index, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await LiveAsync(root, index, cancel);
            }
            catch (Exception end) when (end is SocketException or OperationCanceledException or IOException or HttpRequestException or ObjectDisposedException)
            {
                // Refused, cut or over.
                if (!cancel.IsCancellationRequested)
                {
                    await Task.Delay(5, CancellationToken.None);
                }
            }
        }
    }
}
