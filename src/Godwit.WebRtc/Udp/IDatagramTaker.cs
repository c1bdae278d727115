using System.Net;

namespace Godwit.WebRtc.Udp;

/// <summary>Takes what comes to a UDP port.</summary>
internal interface IDatagramTaker
{
    /// <summary>Takes a datagram, on the thread that received it. It does not throw: nobody is above that thread.</summary>
    /// <param name="socket">Where it came to.</param>
    /// <param name="datagram">Its octets; the socket's again after the call, and the taker's to change until then.</param>
    /// <param name="from">The sender; the socket's again after the call.</param>
    void OnDatagram(IDatagramSocket socket, Span<byte> datagram, SocketAddress from);
}

/// <summary>What datagrams are sent by: a socket, or a network within a test.</summary>
internal interface IDatagramSocket
{
    /// <summary>Which of the port's sockets it is.</summary>
    byte Number { get; }

    /// <summary>Sends a datagram, or loses it, as networks do. Any thread; allocates nothing.</summary>
    void Send(ReadOnlySpan<byte> datagram, SocketAddress to);
}
