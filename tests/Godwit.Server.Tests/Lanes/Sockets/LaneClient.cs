using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Godwit.Feeds.Pump;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Http;
using Godwit.Server.Tests.Transports;
using Godwit.Server.Tests.WebSockets;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Tests.Lanes.Sockets;

/// <summary>What tests of the socket lane send and see.</summary>
internal static partial class LaneClient
{
    /// <summary>A close frame of a client, with the code 1000.</summary>
    public static readonly byte[] Close = WebSocketWire.Frame(WebSocketWire.Close, [0x03, 0xe8]);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The head of a right handshake.</summary>
    public static string Handshake(ProbeTarget target, params string[] more)
    {
        string headers = string.Concat(RawHandshake.Right.Concat(more).Select(static line => line + "\r\n"));
        return $"GET {target.Address().PathAndQuery} HTTP/1.1\r\nHost: {target.Address().Authority}\r\n{headers}\r\n";
    }

    /// <summary>A connection to where a target is.</summary>
    public static async Task<Socket> ConnectAsync(Uri address, int? receiveBuffer = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } octets)
        {
            socket.ReceiveBufferSize = octets;
        }

        await socket.ConnectAsync(address.Host, address.Port, Cancel);
        return socket;
    }

    /// <summary>Everything that comes until the server ends the connection, in Latin-1, with what changes from one request to the next taken out.</summary>
    public static async Task<string> AnswerAsync(this Socket socket)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        var all = new StringBuilder();
        byte[] buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, patience.Token) is > 0 and int length)
            {
                all.Append(Encoding.Latin1.GetString(buffer, 0, length));
            }
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Ended all the same.
        }
        catch (OperationCanceledException)
        {
            all.Append("(and then nothing)");
        }

        return Changing().Replace(all.ToString(), "$1…");
    }

    /// <summary>How many WebSockets of rooms are on a lane now.</summary>
    public static long WebSockets(this RunningServer server, Lane lane) => server.Services.GetRequiredService<GodwitEngine>().Held(ReadTransport.WebSocket, lane);

    /// <summary>Waits until something holds that nobody tells of.</summary>
    public static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (!holds())
        {
            await Task.Delay(5, patience.Token);
        }
    }

    [GeneratedRegex("(?<=Date: )[^\r]*|(\"position\":\"|\"next\":\"|\"instance\":\"|\"time\":)[^\"\r,}]*")]
    private static partial Regex Changing();
}
