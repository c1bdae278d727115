using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Godwit.WebRtc.Udp;

/// <summary>Where datagrams come from: an address and a port, and at which of our sockets. Made from what the system fills in, without allocating.</summary>
/// <param name="Ip">The address; one of IPv4 in the low 32 bits.</param>
/// <param name="Port">The port.</param>
/// <param name="Scope">The interface of a link-local address; else 0.</param>
/// <param name="IsV6">Whether it is one of IPv6.</param>
/// <param name="Socket">The number of the socket that received it.</param>
internal readonly record struct UdpAddress(UInt128 Ip, ushort Port, uint Scope, bool IsV6, byte Socket)
{
    private const int PortOffset = 2;
    private const int V4Offset = 4;
    private const int V6Offset = 8;
    private const int ScopeOffset = 24;

    /// <summary>The octets of the longer form.</summary>
    public const int MaxLength = 16;

    /// <summary>The address that the system filled in.</summary>
    public static UdpAddress Of(SocketAddress from, byte socket)
    {
        ReadOnlySpan<byte> octets = from.Buffer.Span;
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(octets[PortOffset..]);
        return from.Family == AddressFamily.InterNetworkV6
            ? new(BinaryPrimitives.ReadUInt128BigEndian(octets[V6Offset..]), port, BitConverter.ToUInt32(octets[ScopeOffset..]), true, socket)
            : new(BinaryPrimitives.ReadUInt32BigEndian(octets[V4Offset..]), port, 0, false, socket);
    }

    /// <summary>Writes the address's octets and returns how many.</summary>
    public int Write(Span<byte> octets)
    {
        if (IsV6)
        {
            BinaryPrimitives.WriteUInt128BigEndian(octets, Ip);
            return MaxLength;
        }

        BinaryPrimitives.WriteUInt32BigEndian(octets, (uint)Ip);
        return sizeof(uint);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<byte> octets = stackalloc byte[MaxLength];
        return new IPEndPoint(new IPAddress(octets[..Write(octets)]), Port).ToString();
    }
}
