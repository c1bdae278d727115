using Godwit.Access;
using Godwit.Access.Links;
using Godwit.Access.Tickets;
using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Access.Origins;
using Godwit.AspNetCore.Limits;
using Godwit.AspNetCore.Access.Tokens;
using Godwit.AspNetCore.Endpoints.Administration;
using Godwit.AspNetCore.Requests;
using Godwit.Rooms;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Endpoints;

/// <summary>The services that the endpoints are made of.</summary>
internal static class EndpointServices
{
    /// <summary>Adds the endpoints. The broker and one <c>IRoomTransport</c> for each <c>TransportKind</c> are added elsewhere.</summary>
    public static void AddEndpoints(this IServiceCollection services)
    {
        services.TryAddSingleton(provider => new RoomPolicies(provider.GetRequiredService<IOptions<GodwitOptions>>().Value.Policies));
        services.TryAddSingleton(provider => new RoomAccess(provider.GetRequiredService<RoomPolicies>(), provider.GetRequiredService<GodwitEngine>().Limits, provider.GetRequiredService<GodwitEngine>().Orders.Revocations));
        services.TryAddSingleton(static provider => provider.GetRequiredService<GodwitEngine>().Orders);
        services.AddHostedService<OrderWatch>();
        services.TryAddSingleton<AllowedOrigins>();
        services.TryAddSingleton<KeySets>();
        services.AddHostedService(static provider => provider.GetRequiredService<KeySets>());
        services.TryAddSingleton<Tickets>();
        services.TryAddSingleton(static provider => new TicketIssuer(provider.GetRequiredService<Tickets>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<SignedLinks>();
        services.TryAddSingleton<ICredentials, CheckedCredentials>();
        services.TryAddSingleton<TicketEndpoint>();
        services.TryAddSingleton<LinkEndpoint>();
        services.TryAddSingleton<AdminEndpoints>();
        services.TryAddSingleton<RoomListEndpoint>();
        services.TryAddSingleton<ConnectionListEndpoint>();
        services.TryAddSingleton<OrderEndpoint>();
        services.TryAddSingleton<RoomEndEndpoint>();
        services.TryAddSingleton<AccessGate>();
        services.TryAddSingleton<RequestTurns>();
        services.TryAddSingleton<TrustedProxies>();
        services.TryAddSingleton<AddressLimits>();
        services.TryAddSingleton<ConnectionCap>();
        services.TryAddSingleton<BodyLimits>();
        services.TryAddSingleton<PublishEndpoint>();
        services.TryAddSingleton<PublishStreamEndpoint>();
        services.TryAddSingleton<RoomEndpoint>();
        services.TryAddSingleton<SessionEndpoint>();
        services.TryAddSingleton<PeerEndpoint>();
        services.TryAddSingleton<ClientEndpoint>();
        services.TryAddSingleton<MountEndpoint>();
    }
}
