using Godwit.Access;
using Godwit.Administration;
using Godwit.AspNetCore.Endpoints;
using Godwit.AspNetCore.Endpoints.Administration;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps Godwit's endpoints.</summary>
public static class GodwitEndpointRouteBuilderExtensions
{
    /// <summary>Maps rooms under a mount point; <c>/rt</c> is the customary one.</summary>
    /// <remarks>
    /// <c>{mount}/rooms/{room}</c> is read with GET and published to with POST; <c>{mount}/session</c> is for many rooms over
    /// one connection; <c>{mount}/publish</c> takes many publishes in one request; <c>{mount}/client.js</c> is the JavaScript
    /// client, which everybody may fetch whose requests are answered at all, without a credential. Every other path under the mount is
    /// answered with 404 and a problem document, unless the application maps it more specifically.
    /// </remarks>
    /// <param name="endpoints">The application.</param>
    /// <param name="mount">The path that rooms are under; <c>/</c> is the root. A missing slash at the front is added, one at the end removed.</param>
    /// <returns>Conventions added to it hold for all endpoints of this mount.</returns>
    /// <exception cref="InvalidOperationException"><c>AddGodwit()</c> was not called.</exception>
    public static IEndpointConventionBuilder MapGodwit(this IEndpointRouteBuilder endpoints, string mount = "/rt")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(mount);
        MountEndpoint endpoint = endpoints.ServiceProvider.GetService<MountEndpoint>()
            ?? throw new InvalidOperationException("Call builder.Services.AddGodwit() before app.MapGodwit().");

        mount = "/" + mount.Trim('/');
        RouteGroupBuilder group = endpoints.MapGroup(mount);
        MountPaths within = MountPaths.Under("");
        Map(group, within.Rooms, endpoint.RunRoomAsync, "Godwit room");
        Map(group, within.Session, endpoint.RunSessionAsync, "Godwit session");
        Map(group, within.Session + "/{" + PeerEndpoint.NameParameter + "}", endpoint.RunPeerAsync, "Godwit peer");
        Map(group, within.Publish, endpoint.RunPublishAsync, "Godwit publish stream");

        group.Map(within.Tickets, (RequestDelegate)endpoint.RunTicketsAsync).WithDisplayName("Godwit tickets");
        group.Map(within.Links, (RequestDelegate)endpoint.RunLinksAsync).WithDisplayName("Godwit links");

        // A browser shows no credential when it imports a module.
        group.Map(within.Client, (RequestDelegate)endpoint.RunClientAsync).WithDisplayName("Godwit client").WithMetadata(new AllowAnonymousAttribute());
        group.Map("/client/{**" + ClientEndpoint.PathParameter + ":minlength(1)}", (RequestDelegate)endpoint.RunClientAsync).WithDisplayName("Godwit client module").WithMetadata(new AllowAnonymousAttribute());

        MapAdmin("rooms", lists: true, static (admin, context, _) => admin.RoomList.RunAsync(context));
        MapAdmin("connections", lists: true, static (admin, context, _) => admin.ConnectionList.RunAsync(context));
        MapAdmin("disconnect", lists: false, static (admin, context, caller) => admin.Orders.RunAsync(context, caller, OrderKind.Disconnect));
        MapAdmin("leave", lists: false, static (admin, context, caller) => admin.Orders.RunAsync(context, caller, OrderKind.Leave));
        MapAdmin("revoke", lists: false, static (admin, context, caller) => admin.Orders.RunAsync(context, caller, OrderKind.Revoke));

        // Last in order: with a mount at the root, what the application maps there comes first.
        MountPaths paths = MountPaths.Under(mount.TrimEnd('/'));
        IEndpointConventionBuilder unknown = group.Map("{**path}", context => endpoint.RunUnknownAsync(context, paths)).WithDisplayName("Godwit unknown path");
        unknown.Add(builder => ((RouteEndpointBuilder)builder).Order = int.MaxValue);
        return group;

        void MapAdmin(string name, bool lists, Func<AdminEndpoints, HttpContext, Caller, Task> answer) =>
            Map(group, $"{within.Admin}/{name}", context => endpoint.RunAdministrationAsync(context, lists, answer), $"Godwit administration: {name}");
    }

    /// <summary>Maps a path, its preflights apart: a browser shows no credential with them, so the application's authorization must let them by.</summary>
    private static void Map(RouteGroupBuilder group, string pattern, RequestDelegate answer, string name)
    {
        group.Map(pattern, answer).WithDisplayName(name);
        group.MapMethods(pattern, [HttpMethods.Options], answer).WithDisplayName($"{name} (OPTIONS)").WithMetadata(new AllowAnonymousAttribute());
    }
}
