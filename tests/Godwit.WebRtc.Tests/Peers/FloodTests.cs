using System.Net;
using Godwit.WebRtc.Client;
using System.Net.Sockets;
using Godwit.WebRtc.Dtls;
using Godwit.WebRtc.Ice;
using Godwit.WebRtc.Peers;
using Godwit.WebRtc.Tests.Ice;
using Godwit.WebRtc.Udp;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.WebRtc.Tests.Peers;

/// <summary>What bogus packets cost: nothing that stays, and nothing that the collector sees.</summary>
public sealed class FloodTests : IAsyncLifetime
{
    private const int Packets = 20_000;

    private readonly ServerScene _scene = new();
    private readonly ClientPeer _client = new();

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        _scene.Dispose();
    }

    [Fact]
    public async Task Bogus_packets_allocate_nothing_and_make_no_state_be_they_from_strangers_or_in_the_name_of_a_live_peer()
    {
        Peer peer = await _scene.ConnectAsync(_client);
        await ServerScene.EchoAsync(_client, [1]);
        byte[] genuine = _client.Seal(DtlsRecord.ApplicationData, new byte[100]);

        // Of another number: one that has come before is not even opened.
        byte[] tampered = _client.Seal(DtlsRecord.ApplicationData, new byte[100]);
        tampered[^1] ^= 1;
        byte[] again = [.. genuine];
        _client.SendRaw(genuine);
        byte[] forged = CheckText.For(peer, user: $"{peer.Credentials.Fragment}:{_client.Fragment}", password: new string('x', 24));
        byte[] stranger = CheckText.For(peer, user: $"{IceCredentials.Make().Fragment}:abcd");
        byte[] noise = new byte[300];
        new Random(1).NextBytes(noise);
        byte[][] packets = [tampered, again, forged, stranger, noise, Hello(), [23], []];
        SocketAddress known = _client.EndPoint.Serialize();
        SocketAddress unknown = IPEndPoint.Parse("203.0.113.5:4000").Serialize();
        var socket = new NoSocket();
        var demux = new DatagramDemux(_scene.Server.Peers, new FailureLog(NullLogger.Instance, _scene.Server.Deadlines));
        byte[] buffer = new byte[2048];

        long Flood(int count)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < count; i++)
            {
                byte[] packet = packets[i % packets.Length];
                packet.CopyTo(buffer.AsSpan());
                demux.OnDatagram(socket, buffer.AsSpan(0, packet.Length), known);
                packet.CopyTo(buffer.AsSpan());
                demux.OnDatagram(socket, buffer.AsSpan(0, packet.Length), unknown);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Flood(2_000);
        int deadlines = _scene.Server.Deadlines.Count;
        Assert.Equal(0, Flood(Packets));
        Assert.Equal(0, socket.Sent);
        Assert.Equal((1, 1, deadlines), (_scene.Server.Peers.Count, _scene.Server.Peers.AddressCount, _scene.Server.Deadlines.Count));

        // And the peer is as it was.
        await ServerScene.EchoAsync(_client, [2]);
    }

    [Fact]
    public async Task Forged_senders_of_whatever_number_leave_nothing()
    {
        Peer peer = await _scene.ConnectAsync(_client);
        byte[][] packets =
        [
            Hello(),
            CheckText.For(peer, user: $"{peer.Credentials.Fragment}:{_client.Fragment}", password: new string('x', 24)),
            CheckText.For(peer, user: $"{IceCredentials.Make().Fragment}:abcd"),
            [0x13, 0x88, 0x13, 0x88, .. new byte[40]],
            [23, 0xFE, 0xFD, 0, 1, .. new byte[60]],
        ];
        var socket = new NoSocket();
        var demux = new DatagramDemux(_scene.Server.Peers, new FailureLog(NullLogger.Instance, _scene.Server.Deadlines));
        SocketAddress from = IPEndPoint.Parse("0.0.0.0:0").Serialize();
        var random = new Random(2);
        byte[] buffer = new byte[2048];

        void Flood(int count)
        {
            for (int i = 0; i < count; i++)
            {
                random.NextBytes(from.Buffer.Span[2..8]);
                byte[] packet = packets[i % packets.Length];
                packet.CopyTo(buffer.AsSpan());
                demux.OnDatagram(socket, buffer.AsSpan(0, packet.Length), from);
            }
        }

        Flood(2_000);
        int deadlines = _scene.Server.Deadlines.Count;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Flood(5 * Packets);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(0, socket.Sent);
        Assert.Equal((1, 1, deadlines), (_scene.Server.Peers.Count, _scene.Server.Peers.AddressCount, _scene.Server.Deadlines.Count));
        await ServerScene.EchoAsync(_client, [2]);
    }

    [Fact]
    public async Task The_thread_that_receives_allocates_nothing_for_what_comes_to_the_socket()
    {
        var taker = new CountingTaker(new DatagramDemux(_scene.Server.Peers, new FailureLog(NullLogger.Instance, _scene.Server.Deadlines)));
        using UdpPort port = UdpPort.Bind([IPAddress.Loopback], 0, taker);
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        byte[][] packets = [Hello(), [0x13, 0x88, .. new byte[60]], new byte[1200], new byte[3000], []];
        for (int i = 0; i < 4_000; i++)
        {
            sender.SendTo(packets[i % packets.Length], port.EndPoints[0]);
            if (i % 20 == 19)
            {
                // Not faster than they are taken: those that the kernel drops prove nothing, and what it keeps for a starved thread is little. The one of 3,000 octets is too large to be given on.
                await ServerScene.UntilAsync(() => taker.Count == (i + 1) * 4 / 5);
            }
        }

        Assert.Equal(0, taker.Allocated);
    }

    private static byte[] Hello()
    {
        byte[] hello = new byte[200];
        new byte[] { 22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 187, 1 }.CopyTo(hello.AsSpan());
        return hello;
    }

    /// <summary>Counts what the thread that receives has allocated between datagrams and for them.</summary>
    private sealed class CountingTaker(IDatagramTaker next) : IDatagramTaker
    {
        private const int WarmUp = 500;

        private long _before;
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public long Allocated { get; private set; }

        public void OnDatagram(IDatagramSocket socket, Span<byte> datagram, SocketAddress from)
        {
            next.OnDatagram(socket, datagram, from);
            long now = GC.GetAllocatedBytesForCurrentThread();
            if (_count == WarmUp)
            {
                _before = now;
            }

            Allocated = _count < WarmUp ? 0 : now - _before;
            Volatile.Write(ref _count, _count + 1);
        }
    }

    private sealed class NoSocket : IDatagramSocket
    {
        public byte Number => 0;

        public int Sent { get; private set; }

        public void Send(ReadOnlySpan<byte> datagram, SocketAddress to) => Sent++;
    }
}
