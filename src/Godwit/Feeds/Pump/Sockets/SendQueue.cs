using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Godwit.Feeds.Pump.Sockets;

/// <summary>What the kernel keeps of a stream before it sends it.</summary>
/// <remarks>
/// A reader is a position in a log, so whatever waits in the kernel for a client that takes nothing is kept twice, and is
/// older by the time that it is sent. What is on its way is another matter: it may fill the network (<c>SO_SNDBUF</c> and
/// the kernel's own adaptation bound it).
/// </remarks>
internal static class SendQueue
{
    /// <summary>The most octets that the kernel takes of a stream beyond what it has sent.</summary>
    public const int UnsentLimit = 16 << 10;

    private const int TcpLevel = 6;
    private const int TcpNotSentLowWater = 25;

    /// <summary>Bounds what is not sent yet (<c>TCP_NOTSENT_LOWAT</c>, of Linux). Elsewhere, and for what is no TCP, nothing happens.</summary>
    /// <exception cref="SocketException">The connection is gone.</exception>
    public static void Bound(Socket socket)
    {
        if (OperatingSystem.IsLinux() && socket.ProtocolType == ProtocolType.Tcp)
        {
            int limit = UnsentLimit;
            socket.SetRawSocketOption(TcpLevel, TcpNotSentLowWater, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in limit)));
        }
    }
}
