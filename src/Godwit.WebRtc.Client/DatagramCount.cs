using System.Net.Sockets;

namespace Godwit.WebRtc.Client;

/// <summary>Octets that a socket of UDP has carried in one direction, each datagram with its headers of UDP and IP.</summary>
internal sealed class DatagramCount
{
    private const int UdpHeader = 8, Ip4Header = 20, Ip6Header = 40;

    private long _octets;

    /// <summary>The octets so far.</summary>
    public long Octets => Interlocked.Read(ref _octets);

    /// <summary>Counts a datagram.</summary>
    public void Add(int length, AddressFamily family) => Interlocked.Add(ref _octets, length + UdpHeader + (family == AddressFamily.InterNetworkV6 ? Ip6Header : Ip4Header));
}
