using Godwit.AspNetCore.Transports.WebSockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Godwit.AspNetCore.Lanes.Sockets;

/// <summary>The services of the socket lane.</summary>
internal static class SocketLaneServices
{
    /// <summary>Adds them; again it adds nothing.</summary>
    public static void AddSocketLane(this IServiceCollection services)
    {
        services.TryAddSingleton<SocketLane>();
        services.TryAddSingleton<Upgrades>();

        // The web server asks the one that was added last first.
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConnectionListenerFactory, SocketLaneListenerFactory>());
    }
}
