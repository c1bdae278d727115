using Godwit;
using Godwit.Sessions;
using Godwit.Sessions.Signalling;
using Godwit.WebRtc;
using Godwit.WebRtc.Peers;
using Godwit.WebRtc.Transport;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Carries Godwit's sessions over WebRTC data channels.</summary>
public static class DataChannelServiceCollectionExtensions
{
    /// <summary>Answers offers of data channels at <c>{mount}/session</c>: <c>services.AddGodwit().UseDataChannels(static options => options.Port = 3478)</c>.</summary>
    /// <remarks>
    /// Without <see cref="WebRtcOptions.Port"/> only local requests are answered. A port that cannot be had ends the application's start with an
    /// <see cref="IOException"/>.
    /// </remarks>
    /// <param name="services">The application's services, to which Godwit was added.</param>
    /// <param name="configure">Changes the settings.</param>
    /// <exception cref="ArgumentOutOfRangeException">A port below 1 or above 65535.</exception>
    public static IServiceCollection UseDataChannels(this IServiceCollection services, Action<WebRtcOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = new WebRtcOptions();
        configure?.Invoke(options);
        services.AddDataChannels(options);
        services.AddSingleton<IHostedService>(provider => new DataChannelStart(provider.GetRequiredService<PeerServer>(), options));
        return services;
    }

    /// <summary>Adds what the endpoints signal to; whoever does opens the UDP port before the first request.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="options">The settings.</param>
    /// <param name="time">The clock of what the network takes; the application's where null.</param>
    internal static void AddDataChannels(this IServiceCollection services, WebRtcOptions options, TimeProvider? time = null)
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
}
