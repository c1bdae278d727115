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
    /// <summary>When the kernel takes nothing more of a stream: as many octets of it are not sent yet. It looks before each segment, so it may take one of up to 64 KiB beyond that.</summary>
    public const int UnsentLimit = 16 << 10;

    private const int TcpLevel = 6;
    private const int TcpNotSentLowWater = 25;

    /// <summary>Bounds what is not sent yet (<c>TCP_NOTSENT_LOWAT</c>, of Linux). Elsewhere, and for what is no TCP, nothing happens.</summary>
    public static void Bound(Socket socket)
    {
        if (OperatingSystem.IsLinux() && socket.ProtocolType == ProtocolType.Tcp)
        {
            int limit = UnsentLimit;
            try
            {
                socket.SetRawSocketOption(TcpLevel, TcpNotSentLowWater, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in limit)));
            }
            catch (Exception without) when (without is SocketException or ObjectDisposedException)
            {
                // The client has gone, which whoever receives finds out; or what is called Linux here does not have it.
            }
        }
    }
}
