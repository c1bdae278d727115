using Godwit.Protocol;
using Godwit.WebRtc.Peers;
using Godwit.WebRtc.Udp;

namespace Godwit.WebRtc.Tests.Peers;

/// <summary>Sends back what comes, in records.</summary>
internal sealed class EchoAssociation(Peer peer) : IPeerAssociation
{
    public long Deadline => Deadlines.Never;

    public bool HasConnection => false;

    public PeerEnd? Ended { get; private set; }

    public void Receive(Span<byte> packet, long now) => peer.SendPacket(packet);

    public void OnDue(long now)
    {
    }

    public bool TryClose(ErrorCode why) => false;

    public void OnEnded(PeerEnd why) => Ended = why;

    public void SayFarewell()
    {
    }
}
