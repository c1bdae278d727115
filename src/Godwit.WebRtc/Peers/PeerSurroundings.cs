using Godwit.WebRtc.Dtls;
using Godwit.WebRtc.Udp;
using Microsoft.Extensions.Logging;

namespace Godwit.WebRtc.Peers;

/// <summary>What all peers of a server share.</summary>
/// <param name="Table">Where datagrams find them.</param>
/// <param name="Deadlines">What is due by time.</param>
/// <param name="Threads">Where handshakes are made.</param>
/// <param name="Identity">Who the server is.</param>
/// <param name="Associate">Makes what is carried over the records of a peer that is connected; under its lock.</param>
/// <param name="Logger">Where it is told what becomes of peers.</param>
internal sealed record PeerSurroundings(PeerTable Table, Deadlines Deadlines, HandshakeThreads Threads, DtlsIdentity Identity, Func<Peer, IPeerAssociation> Associate, ILogger Logger)
{
    /// <summary>Where failures are told that nobody is above to take.</summary>
    public FailureLog Failures { get; } = new(Logger, Deadlines);
}
