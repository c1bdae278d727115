using System.Net;
using Godwit.WebRtc.Dtls;
using Godwit.WebRtc.Ice;
using Godwit.WebRtc.Stun;
using Godwit.WebRtc.Udp;

namespace Godwit.WebRtc.Peers;

/// <summary>Gives each datagram to the peer that it is for (RFC 7983). What is for nobody is gone at once: it is not answered, and nothing is kept of it.</summary>
/// <param name="peers">Where they are found.</param>
/// <param name="failures">Where mistakes are told.</param>
internal sealed class DatagramDemux(PeerTable peers, FailureLog failures) : IDatagramTaker
{
    /// <inheritdoc/>
    public void OnDatagram(IDatagramSocket socket, Span<byte> datagram, SocketAddress from)
    {
        try
        {
            Give(socket, datagram, from);
        }
        catch (Exception failure)
        {
            failures.Tell(failure, null);
        }
    }

    private void Give(IDatagramSocket socket, Span<byte> datagram, SocketAddress from)
    {
        if (DtlsRecord.IsMeant(datagram))
        {
            UdpAddress address = UdpAddress.Of(from, socket.Number);
            if (peers.TryFind(address, out Peer? peer))
            {
                try
                {
                    peer.TakeRecords(datagram, address);
                }
                catch (Exception failure)
                {
                    // It stands somewhere in between; the others go on.
                    peer.OnFailure(failure);
                }
            }
        }
        else if (StunMessage.IsMeant(datagram) && BindingCheck.TryRead(datagram, out BindingCheck check) && peers.TryFind(check.Key, out Peer? peer))
        {
            peer.TakeCheck(check, socket, from);
        }
    }
}
