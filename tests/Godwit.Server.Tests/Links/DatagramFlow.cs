using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Godwit.Server.Links;

namespace Godwit.Server.Tests.Links;

/// <summary>Numbered datagrams from one end of a link to the other.</summary>
internal sealed class DatagramFlow : IDisposable
{
    // More would not fit into the receiver's buffer if each came twice.
    private const int Burst = 50;

    private readonly PacketLink _link;
    private readonly LinkDirection _direction;
    private readonly Socket _sender;
    private readonly Socket _receiver;
    private int _sent;

    public DatagramFlow(PacketLink link, LinkDirection direction = LinkDirection.Up)
    {
        (_link, _direction) = (link, direction);
        (LinkEnd from, LinkEnd to) = direction == LinkDirection.Up ? (link.Client, link.Server) : (link.Server, link.Client);
        _receiver = to.OpenSocket(SocketType.Dgram, ProtocolType.Udp);
        _receiver.Bind(new IPEndPoint(to.Address, 0));
        _sender = from.OpenSocket(SocketType.Dgram, ProtocolType.Udp);
        _sender.Connect(_receiver.LocalEndPoint!);
    }

    /// <summary>Sends datagrams of some octets, numbered on from the last.</summary>
    public void Send(int count, int octets = 4)
    {
        byte[] datagram = new byte[octets];
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(datagram, _sent++);
            _sender.Send(datagram);
        }
    }

    /// <summary>Sends datagrams, some at a time, and gives the numbers of those that came out, in the order in which they did.</summary>
    /// <remarks>It takes from the receiver exactly as many as the link says that it delivered; if fewer are there the test ends by its patience, and if there are more by the next check.</remarks>
    public async Task<IReadOnlyList<int>> ExchangeAsync(int count)
    {
        List<int> numbers = [];
        for (int left = count; left > 0; left -= Burst)
        {
            LinkCounters before = _link.Counters(_direction);
            int burst = Math.Min(left, Burst);
            Send(burst);
            await TestLink.UntilAsync(() => _link.Counters(_direction) is var now && now.Seen - before.Seen == burst && now.Waiting == 0, "a burst to pass the link");
            for (long expected = _link.Counters(_direction).Delivered - before.Delivered; expected > 0; expected--)
            {
                numbers.Add(await ReceiveAsync());
            }

            Assert.Equal(0, _receiver.Available);
        }

        return numbers;
    }

    /// <summary>The number of the next datagram to come.</summary>
    public async Task<int> ReceiveAsync()
    {
        byte[] datagram = new byte[65_536];
        Assert.True(await _receiver.ReceiveAsync(datagram, TestContext.Current.CancellationToken).AsTask().WaitAsync(TestLink.Patience, TestContext.Current.CancellationToken) >= 4);
        return BinaryPrimitives.ReadInt32LittleEndian(datagram);
    }

    /// <summary>Whether a datagram has come that was not taken yet.</summary>
    public bool HasMore => _receiver.Available > 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
    }
}
