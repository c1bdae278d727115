using System.Net.Sockets;
using Godwit.WebRtc;
using Godwit.WebRtc.Peers;

namespace Godwit.Server.Hosting;

/// <summary>The UDP port of data channels.</summary>
internal static class DataChannels
{
    /// <summary>Binds the UDP port, where one is set: before the server starts, so that one that is not free is told like any other fault.</summary>
    /// <exception cref="UdpPortException">It cannot be had.</exception>
    public static void OpenDataChannels(this WebApplication application, WebRtcOptions options)
    {
        if (options.Port is not { } port)
        {
            return;
        }

        try
        {
            application.Services.GetRequiredService<PeerServer>().Open();
        }
        catch (SocketException cause)
        {
            throw new UdpPortException(port, cause);
        }
    }
}
