using System.Net.Sockets;
using Godwit.Sessions;
using Godwit.Sessions.Signalling;
using Godwit.WebRtc;
using Godwit.WebRtc.Peers;
using Godwit.WebRtc.Transport;

namespace Godwit.Server.Hosting;

/// <summary>Sessions over data channels: what the endpoints signal to, and the UDP port.</summary>
internal static class DataChannels
{
    /// <summary>Adds them.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="options">The settings.</param>
    /// <param name="time">The clock of what the network takes; the application's where null.</param>
    public static void AddDataChannels(this IServiceCollection services, WebRtcOptions options, TimeProvider? time = null)
    {
        services.AddSingleton(provider =>
        {
            var engine = provider.GetRequiredService<GodwitEngine>();
            ILogger<PeerServer> logger = provider.GetRequiredService<ILogger<PeerServer>>();
            var sessions = new SessionPeers(engine, provider.GetRequiredService<SessionServices>(), logger);
            var server = new PeerServer(options, time ?? provider.GetRequiredService<TimeProvider>(), sessions.Associate, engine.Orders.Revocations.Covers, logger);
            engine.Orders.Peers = server;
            return server;
        });
        services.AddSingleton<IPeerConnections>(static provider => provider.GetRequiredService<PeerServer>());
    }

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
