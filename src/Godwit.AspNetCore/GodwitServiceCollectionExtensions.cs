using Godwit;
using Godwit.AspNetCore;
using Godwit.AspNetCore.Draining;
using Godwit.AspNetCore.Endpoints;
using Godwit.AspNetCore.Lanes.Sockets;
using Godwit.AspNetCore.Requests;
using Godwit.AspNetCore.Settings;
using Godwit.AspNetCore.Transports.Polling;
using Godwit.AspNetCore.Transports.Sessions;
using Godwit.AspNetCore.Transports.Streams;
using Godwit.AspNetCore.Transports.WebSockets;
using Godwit.Brokers;
using Godwit.Brokers.Memory;
using Godwit.Presence;
using Godwit.Rooms;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds Godwit to an application.</summary>
public static class GodwitServiceCollectionExtensions
{
    /// <summary>The part of the process's memory that logs share where <see cref="GodwitOptions.LogMemory"/> is not set.</summary>
    private const int LogMemoryPart = 4;

    /// <summary>Adds the rooms of this server, with logs in memory.</summary>
    /// <remarks>An <see cref="IBroker"/> or a <see cref="TimeProvider"/> that the application has added is used instead of the memory broker and the system's clock. Settings out of their range end the application's start with an <see cref="OptionsValidationException"/> that names each of them. When the application stops, clients are let go as <see cref="GodwitOptions.DrainDelay"/> and <see cref="GodwitOptions.DrainWindow"/> say, and the host's shutdown limit is raised to fit; SIGINT or a second signal ends that at once. Whether the server is ready is the health check <c>godwit</c> with the tag <c>ready</c>.</remarks>
    /// <param name="services">The application's services.</param>
    /// <param name="engine">Changes the engine's settings.</param>
    /// <param name="http">Changes the settings of the HTTP endpoints.</param>
    public static IServiceCollection AddGodwit(this IServiceCollection services, Action<GodwitOptions>? engine = null, Action<GodwitHttpOptions>? http = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<GodwitOptions>().Configure(options => engine?.Invoke(options)).ValidateOnStart();
        services.AddOptions<GodwitHttpOptions>().Configure(options => http?.Invoke(options)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<GodwitOptions>, GodwitOptionsCheck>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<GodwitHttpOptions>, GodwitHttpOptionsCheck>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IBroker>(static provider => new MemoryBroker(
            provider.GetRequiredService<RoomPolicies>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IOptions<GodwitOptions>>().Value.LogMemory ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / LogMemoryPart));
        services.TryAddSingleton<RoomPublisher>();
        services.TryAddSingleton(static provider => new GodwitEngine(
            provider.GetRequiredService<IOptions<GodwitOptions>>().Value,
            provider.GetRequiredService<IBroker>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<ILogger<Attendances>>()));
        services.TryAddKeyedSingleton<IRoomTransport, PollingTransport>(TransportKind.Polling);
        services.TryAddKeyedSingleton<IRoomTransport, ServerSentEventsTransport>(TransportKind.ServerSentEvents);
        services.TryAddKeyedSingleton<IRoomTransport, HttpStreamingTransport>(TransportKind.HttpStreaming);
        services.TryAddKeyedSingleton<IRoomTransport, WebSocketTransport>(TransportKind.WebSocket);
        services.AddSocketLane();
        services.AddSessions();
        services.AddDrain();
        services.AddEndpoints();
        return services;
    }
}
