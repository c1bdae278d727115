using System.Buffers.Binary;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Godwit.Server.Tests.Tls;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Http2;

/// <summary>What HTTP/2 clients see of a server that stops, octet by octet (RFC 9113 section 6.8).</summary>
public sealed class StopTests
{
    private const byte Data = 0;
    private const byte GoAway = 7;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_that_is_open_is_told_to_drain_and_the_connection_gets_GOAWAY()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Uri root = server.Room().Over(Carrier.H2c).Mount;
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(root.Host, root.Port, Cancel);
        using var stream = new NetworkStream(socket);
        await stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(), Cancel);
        await WriteAsync(stream, type: 4, flags: 0, id: 0, []);
        await WriteAsync(stream, type: 1, flags: 0x5, id: 1, Head($"{root.Host}:{root.Port}", "/rt/rooms/lobby"));

        (byte Type, byte[] Payload) frame;
        do
        {
            frame = await ReadAsync(stream);
        }
        while (frame.Type != Data);
        Assert.Contains("\"joined\"", Encoding.UTF8.GetString(frame.Payload), StringComparison.Ordinal);

        Task stopping = server.StopAsync();
        bool isTold = false;
        do
        {
            frame = await ReadAsync(stream);
            isTold |= frame.Type == Data && Encoding.UTF8.GetString(frame.Payload).Contains("\"drain\"", StringComparison.Ordinal);
        }
        while (frame.Type != GoAway);
        Assert.True(isTold, "The connection was dismissed before its stream was told.");
        await stopping;
    }

    [Fact]
    public async Task A_WebSocket_goes_over_TLS_with_HTTP_1_1_too()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Uri root = server.Room().Over(Carrier.Tls).Mount;
        using var socket = new ClientWebSocket();
        socket.Options.RemoteCertificateValidationCallback = static (_, shown, _, _) => shown!.GetCertHashString() == TestCertificate.Local.GetCertHashString();
        await socket.ConnectAsync(new Uri($"wss://{root.Host}:{root.Port}/rt/rooms/lobby"), Cancel);
        byte[] buffer = new byte[1024];
        WebSocketReceiveResult received = await socket.ReceiveAsync(buffer, Cancel);
        Assert.Contains("\"joined\"", Encoding.UTF8.GetString(buffer, 0, received.Count), StringComparison.Ordinal);
    }

    /// <summary>A header block without compression (RFC 7541 section 6.2.2) of a GET that accepts NDJSON.</summary>
    private static byte[] Head(string authority, string path) =>
    [
        0x82, 0x86,
        0x01, (byte)authority.Length, .. Encoding.ASCII.GetBytes(authority),
        0x04, (byte)path.Length, .. Encoding.ASCII.GetBytes(path),
        0x0f, 0x04, 20, .. "application/x-ndjson"u8,
    ];

    private static async Task WriteAsync(NetworkStream stream, byte type, byte flags, int id, byte[] payload)
    {
        byte[] frame = [(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, 0, 0, 0, 0, .. payload];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), id);
        await stream.WriteAsync(frame, Cancel);
    }

    private static async Task<(byte Type, byte[] Payload)> ReadAsync(NetworkStream stream)
    {
        byte[] head = new byte[9];
        await stream.ReadExactlyAsync(head, Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        byte[] payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
        await stream.ReadExactlyAsync(payload, Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        return (head[3], payload);
    }
}
