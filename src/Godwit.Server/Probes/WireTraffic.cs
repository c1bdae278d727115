using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Godwit.Server.Probes;

/// <summary>Octets that connections have carried, with the headers of TCP and IP, as the kernel of this end counts them; of UDP each datagram with the headers of UDP and IP, as the client counts them.</summary>
/// <remarks>The few octets by which the options of a handshake are longer than those of later segments are not counted.</remarks>
/// <param name="Sent">Sent, what was sent again among them.</param>
/// <param name="Received">Received.</param>
internal readonly record struct WireTraffic(long Sent, long Received)
{
    private const int Tcp = 6, Info = 11, Timestamps = 1;
    private const int OptionsAt = 5, BytesReceivedAt = 128, SegmentsSentAt = 136, SegmentsReceivedAt = 140, BytesSentAt = 200, Needed = 208;
    private const int TcpHeader = 20, TimestampOption = 12, Ip4Header = 20, Ip6Header = 40;

    public static WireTraffic operator +(WireTraffic one, WireTraffic other) => new(one.Sent + other.Sent, one.Received + other.Received);

    public static WireTraffic operator -(WireTraffic one, WireTraffic other) => new(one.Sent - other.Sent, one.Received - other.Received);

    /// <summary>What a connection of TCP has carried; null where the system does not tell (Linux 4.19 and newer do), or when it is closed.</summary>
    public static WireTraffic? Of(Socket socket)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        try
        {
            // struct tcp_info of linux/tcp.h.
            Span<byte> info = stackalloc byte[Needed];
            if (socket.GetRawSocketOption(Tcp, Info, info) < Needed || socket.RemoteEndPoint is not IPEndPoint peer)
            {
                return null;
            }

            int header = TcpHeader + ((info[OptionsAt] & Timestamps) != 0 ? TimestampOption : 0)
                + (peer.AddressFamily == AddressFamily.InterNetworkV6 && !peer.Address.IsIPv4MappedToIPv6 ? Ip6Header : Ip4Header);
            return new WireTraffic(
                BinaryPrimitives.ReadInt64LittleEndian(info[BytesSentAt..]) + ((long)BinaryPrimitives.ReadUInt32LittleEndian(info[SegmentsSentAt..]) * header),
                BinaryPrimitives.ReadInt64LittleEndian(info[BytesReceivedAt..]) + ((long)BinaryPrimitives.ReadUInt32LittleEndian(info[SegmentsReceivedAt..]) * header));
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }
}
