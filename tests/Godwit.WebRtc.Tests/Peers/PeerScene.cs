using System.Net;
using Godwit.Access;
using Godwit.WebRtc.Dtls;
using Godwit.WebRtc.Ice;
using Godwit.WebRtc.Peers;
using Godwit.WebRtc.Sdp;
using Godwit.WebRtc.Udp;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.WebRtc.Tests.Peers;

/// <summary>Peers without a network: datagrams are handed in, and what is sent is looked at.</summary>
internal sealed class PeerScene : IDisposable
{
    private static readonly DtlsIdentity Identity = DtlsIdentity.Make(TimeProvider.System);

    public PeerScene(HandshakeThreads? threads = null)
    {
        All = new PeerSurroundings(new PeerTable(), new Deadlines(Time), threads ?? new HandshakeThreads(), Identity, static peer => new EchoAssociation(peer), NullLogger.Instance);
        Demux = new DatagramDemux(All.Table, All.Failures);
    }

    public FakeTimeProvider Time { get; } = new();

    public PeerSurroundings All { get; }

    public DatagramDemux Demux { get; }

    public SentDatagrams Socket { get; } = new();

    public int Ends { get; private set; }

    /// <summary>An answer was made: the peer is waited for.</summary>
    /// <param name="maxMessage">The largest message that it takes.</param>
    public Peer Add(long maxMessage = 1)
    {
        var offer = new SdpOffer { Fragment = "abcd", Password = new string('p', 22), Fingerprints = [new byte[32]], Mid = "0", IsBundled = false, SctpPort = 5000, MaxMessage = maxMessage };
        var peer = new Peer(new PeerPlan((UInt128)Random.Shared.NextInt64(), Caller.Nobody, null, offer, IceCredentials.Make(), () => Ends++), All);
        Assert.True(All.Table.TryAdd(peer));
        peer.Start();
        return peer;
    }

    /// <summary>A datagram comes.</summary>
    public void Receive(byte[] datagram, IPEndPoint from) => Demux.OnDatagram(Socket, datagram, from.Serialize());

    public void Dispose()
    {
        All.Threads.Dispose();
        All.Deadlines.Dispose();
    }
}
