using System.Net;
using System.Net.Sockets;
using Godwit.Server.Links;

namespace Godwit.Server.Tests.Links;

/// <summary>A TCP connection from the client's end of a link to the server's.</summary>
internal sealed class StreamFlow : IDisposable
{
    private const int Tcp = 6, Congestion = 13;

    private StreamFlow(Socket client, Socket server, TimeSpan connected)
    {
        (Client, Server, Connected) = (client, server, connected);
    }

    /// <summary>The client's socket.</summary>
    public Socket Client { get; }

    /// <summary>The server's.</summary>
    public Socket Server { get; }

    /// <summary>How long it took the client to be connected.</summary>
    public TimeSpan Connected { get; }

    /// <summary>Connects. Both ends slow down on loss, as Reno does, whatever this machine prefers.</summary>
    public static async Task<StreamFlow> ConnectAsync(PacketLink link)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        using Socket listener = link.Server.OpenSocket();
        listener.Bind(new IPEndPoint(link.Server.Address, 0));
        listener.Listen();
        Socket client = link.Client.OpenSocket();
        client.NoDelay = true;
        client.SetRawSocketOption(Tcp, Congestion, "reno"u8);
        long begun = TimeProvider.System.GetTimestamp();
        await client.ConnectAsync(listener.LocalEndPoint!, cancel).AsTask().WaitAsync(TestLink.Patience, cancel);
        TimeSpan connected = TimeProvider.System.GetElapsedTime(begun);
        Socket server = await listener.AcceptAsync(cancel).AsTask().WaitAsync(TestLink.Patience, cancel);
        server.NoDelay = true;
        return new StreamFlow(client, server, connected);
    }

    /// <summary>Sends octets from the client to the server, and gives what came out.</summary>
    public async Task<byte[]> SendAsync(byte[] octets, Action<int>? progress = null)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        Task sending = Task.Run(
            async () =>
            {
                for (int sent = 0; sent < octets.Length;)
                {
                    sent += await Client.SendAsync(octets.AsMemory(sent), cancel);
                }
            },
            cancel);
        byte[] received = await TakeAsync(Server, octets.Length, progress);
        await sending;
        return received;
    }

    /// <summary>Sends an octet there and back.</summary>
    public async Task<TimeSpan> RoundTripAsync()
    {
        long begun = TimeProvider.System.GetTimestamp();
        await Client.SendAsync(new byte[1], TestContext.Current.CancellationToken);
        await TakeAsync(Server, 1, null);
        await Server.SendAsync(new byte[1], TestContext.Current.CancellationToken);
        await TakeAsync(Client, 1, null);
        return TimeProvider.System.GetElapsedTime(begun);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }

    private static async Task<byte[]> TakeAsync(Socket socket, int count, Action<int>? progress)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        byte[] received = new byte[count];
        for (int taken = 0; taken < count;)
        {
            int octets = await socket.ReceiveAsync(received.AsMemory(taken), cancel).AsTask().WaitAsync(TestLink.Patience, cancel);
            Assert.NotEqual(0, octets);
            taken += octets;
            progress?.Invoke(taken);
        }

        return received;
    }
}
