using System.Net;
using System.Net.Sockets;
using Godwit.Server.Verifying.Deployments;

namespace Godwit.Server.Tests.Verifying;

public sealed class RelayTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_sent_arrives_both_ways()
    {
        await using var scene = await Scene.StartAsync();
        await scene.Client.SendAsync("question"u8.ToArray(), Cancel);
        Assert.Equal("question"u8.ToArray(), await ReceiveAsync(scene.Server, 8));
        await scene.Server.SendAsync("answer"u8.ToArray(), Cancel);
        Assert.Equal("answer"u8.ToArray(), await ReceiveAsync(scene.Client, 6));
    }

    [Fact]
    public async Task An_orderly_end_arrives_as_one()
    {
        await using var scene = await Scene.StartAsync();
        scene.Server.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await scene.Client.ReceiveAsync(new byte[1], Cancel));
    }

    [Fact]
    public async Task A_cut_is_a_reset_on_both_sides()
    {
        await using var scene = await Scene.StartAsync();
        Assert.Equal(1, scene.Relay.Cut());
        await Assert.ThrowsAsync<SocketException>(() => scene.Client.ReceiveAsync(new byte[1], Cancel).AsTask());
        await Assert.ThrowsAsync<SocketException>(() => scene.Server.ReceiveAsync(new byte[1], Cancel).AsTask());
    }

    [Fact]
    public async Task A_cut_at_an_octet_lets_no_more_through_than_was_drawn()
    {
        await using var scene = await Scene.StartAsync(static relay => relay.CutAfter(500, 1));
        await scene.Server.SendAsync(new byte[20_000], Cancel);
        int received = 0;
        for (byte[] buffer = new byte[4096]; await scene.Client.ReceiveAsync(buffer, Cancel) is var octets and > 0; received += octets)
        {
        }

        Assert.Equal(new Random(1).Next(1, 501), received);
    }

    [Fact]
    public async Task What_is_held_arrives_when_it_is_released()
    {
        await using var scene = await Scene.StartAsync();
        scene.Relay.Hold();
        await scene.Server.SendAsync("late"u8.ToArray(), Cancel);
        Task<byte[]> arrives = ReceiveAsync(scene.Client, 4);
        Assert.NotSame(arrives, await Task.WhenAny(arrives, Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Cancel)));
        scene.Relay.Release();
        Assert.Equal("late"u8.ToArray(), await arrives);
    }

    [Fact]
    public async Task A_client_is_reset_while_there_is_no_server()
    {
        await using var scene = await Scene.StartAsync();
        scene.Relay.Target = null;
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);

        // The reset may come while the connection is still being made.
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            await client.ConnectAsync(scene.Relay.Address, Cancel);
            await client.ReceiveAsync(new byte[1], Cancel);
        });
    }

    private static async Task<byte[]> ReceiveAsync(Socket socket, int octets)
    {
        byte[] received = new byte[octets];
        for (int at = 0; at < octets;)
        {
            int some = await socket.ReceiveAsync(received.AsMemory(at), Cancel);
            Assert.NotEqual(0, some);
            at += some;
        }

        return received;
    }

    private sealed class Scene : IAsyncDisposable
    {
        private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);

        public Relay Relay { get; } = new();

        public Socket Client { get; } = new(SocketType.Stream, ProtocolType.Tcp);

        public Socket Server { get; private set; } = null!;

        public static async Task<Scene> StartAsync(Action<Relay>? prepare = null)
        {
            var scene = new Scene();
            scene._listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            scene._listener.Listen();
            scene.Relay.Target = scene._listener.LocalEndPoint;
            prepare?.Invoke(scene.Relay);
            await scene.Client.ConnectAsync(scene.Relay.Address, Cancel);
            scene.Server = await scene._listener.AcceptAsync(Cancel);
            return scene;
        }

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            Server.Dispose();
            _listener.Dispose();
            await Relay.DisposeAsync();
        }
    }
}
