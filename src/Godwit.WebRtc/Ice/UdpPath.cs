using System.Net;
using Godwit.WebRtc.Udp;

namespace Godwit.WebRtc.Ice;

/// <summary>One address of a peer that was proven by a check, and the socket that reaches it.</summary>
/// <param name="address">The address.</param>
/// <param name="socket">The socket that the check came to: what is sent from another, the peer does not take.</param>
/// <param name="to">The address as the system wants it.</param>
internal sealed class UdpPath(UdpAddress address, IDatagramSocket socket, SocketAddress to)
{
    /// <summary>The address.</summary>
    public UdpAddress Address => address;

    /// <summary>When the last genuine check came from there.</summary>
    public long CheckedAt { get; set; }

    /// <summary>Sends a datagram.</summary>
    public void Send(ReadOnlySpan<byte> datagram) => socket.Send(datagram, to);
}
