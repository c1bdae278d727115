using System.Net;
using Godwit.WebRtc.Dtls;
using Godwit.WebRtc.Peers;
using Godwit.WebRtc.Tests.Ice;

namespace Godwit.WebRtc.Tests.Peers;

/// <summary>Peers whose handshake waits for a thread: none ever comes here.</summary>
public sealed class WaitingPeerTests : IDisposable
{
    private readonly HandshakeThreads _threads = new(start: static _ => { });
    private readonly PeerScene _scene;

    public WaitingPeerTests() => _scene = new PeerScene(_threads);

    public void Dispose() => _scene.Dispose();

    [Fact]
    public void An_address_has_few_places_to_wait_and_a_peer_that_ends_leaves_its_place()
    {
        Peer[] crowd = [.. Enumerable.Range(0, HandshakeThreads.MostWaitingOfOne + 5).Select(i => Hello("192.0.2.7", 4000 + i))];
        Assert.Equal(HandshakeThreads.MostWaitingOfOne, _threads.Waiting);
        Hello("198.51.100.9", 4000);
        Assert.Equal(HandshakeThreads.MostWaitingOfOne + 1, _threads.Waiting);
        foreach (Peer one in crowd)
        {
            one.End(PeerEnd.Removed);
        }

        Assert.Equal(1, _threads.Waiting);
    }

    private Peer Hello(string address, int port)
    {
        Peer peer = _scene.Add();
        var from = new IPEndPoint(IPAddress.Parse(address), port);
        _scene.Receive(CheckText.For(peer), from);
        _scene.Receive([22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0], from);
        return peer;
    }
}
