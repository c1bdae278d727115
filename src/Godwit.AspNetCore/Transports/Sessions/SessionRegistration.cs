using Godwit.Access;
using Godwit.Brokers;
using Godwit.Presence;
using Godwit.Rooms;
using Godwit.Rooms.Requests;
using Godwit.Sessions;
using Godwit.Sessions.Exchanges;
using Godwit.Sessions.Tokens;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Transports.Sessions;

/// <summary>The services that sessions are made of.</summary>
internal static class SessionRegistration
{
    /// <summary>Adds what sessions share, and their transports.</summary>
    public static void AddSessions(this IServiceCollection services)
    {
        services.TryAddSingleton(static provider => provider.GetRequiredService<GodwitEngine>().Tokens);
        services.TryAddSingleton<RequestHandlers>();
        services.TryAddSingleton(static provider => new RoomPresence(
            provider.GetRequiredService<IBroker>(),
            provider.GetRequiredService<RoomPolicies>(),
            provider.GetRequiredService<RoomAccess>(),
            provider.GetRequiredService<GodwitEngine>().Attendances,
            provider.GetRequiredService<GodwitEngine>().MemberShares,
            provider.GetRequiredService<GodwitEngine>().Reads.Answers));
        services.TryAddSingleton(static provider => new SessionCalls(
            provider.GetRequiredService<IBroker>(),
            provider.GetRequiredService<RoomPolicies>(),
            provider.GetRequiredService<GodwitEngine>().Reads,
            provider.GetRequiredService<RoomAccess>(),
            provider.GetRequiredService<RoomPresence>(),
            provider.GetRequiredService<ICredentials>(),
            new ApplicationRequests(
                provider.GetRequiredService<RequestHandlers>(),
                provider.GetRequiredService<GodwitEngine>().Reads.Answers,
                provider.GetRequiredService<IOptions<GodwitOptions>>().Value.RequestTimeout,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<ApplicationRequests>>())));
        services.TryAddSingleton(static provider =>
        {
            GodwitOptions options = provider.GetRequiredService<IOptions<GodwitOptions>>().Value;
            return new SessionServices(
                provider.GetRequiredService<GodwitEngine>().Reads,
                provider.GetRequiredService<RoomPolicies>(),
                provider.GetRequiredService<RoomAccess>(),
                provider.GetRequiredService<ICredentials>(),
                provider.GetRequiredService<SessionTokens>(),
                provider.GetRequiredService<SessionCalls>(),
                provider.GetRequiredService<RoomPresence>(),
                provider.GetRequiredService<GodwitEngine>().Orders.Revocations,
                options.Session.MaxRooms ?? int.MaxValue,
                options.Session.HelloTimeout,
                options.Heartbeat);
        });
        services.TryAddSingleton(static provider => new SessionExchange(
            provider.GetRequiredService<SessionServices>(),
            provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<SessionWebSocketTransport>();
        services.TryAddSingleton<SessionStreamTransport>();
        services.TryAddSingleton<SessionExchangeTransport>();
    }
}
