using System.Net;
using Godwit.WebRtc.Dtls;
using Godwit.WebRtc.Ice;
using Godwit.WebRtc.Stun;
using Godwit.WebRtc.Udp;

namespace Godwit.WebRtc.Peers;

/// <summary>Gives each datagram to the peer that it is for (RFC 7983). What is for nobody is gone at once: it is not answered, and nothing is kept of it.</summary>
internal sealed class DatagramDemux(PeerTable peers) : IDatagramTaker
{
    /// <inheritdoc/>
    public void OnDatagram(IDatagramSocket socket, Span<byte> datagram, SocketAddress from)
    {
        if (DtlsRecord.IsMeant(datagram))
        {
            UdpAddress address = UdpAddress.Of(from, socket.Number);
            if (peers.TryFind(address, out Peer? peer))
            {
                peer.TakeRecords(datagram, address);
            }
        }
        else if (StunMessage.IsMeant(datagram) && BindingCheck.TryRead(datagram, out BindingCheck check) && peers.TryFind(check.Key, out Peer? peer))
        {
            peer.TakeCheck(check, socket, from);
        }
    }
}
