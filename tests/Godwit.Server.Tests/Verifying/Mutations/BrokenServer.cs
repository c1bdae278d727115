using System.Text;
using System.Text.Json;
using Godwit.Access;
using Godwit.AspNetCore;
using Godwit.AspNetCore.Access;
using Godwit.Rooms;
using Godwit.Server.Hosting;
using Godwit.Server.Tests.Access;
using Godwit.Server.Tests.Servers;
using Godwit.Server.Verifying.Deployments;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Tests.Verifying.Mutations;

/// <summary>An application with Godwit in it that stands behind a mutation: what clients are sent is not what Godwit sends.</summary>
internal sealed class BrokenServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly Mutation _mutation;
    private int _links;

    private BrokenServer(Mutation mutation, string key, byte[] secret, string? redis)
    {
        _mutation = mutation;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static options =>
        {
            KestrelLimits.Set(options, new GodwitOptions());
            options.Listen(System.Net.IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddGodwit(
            options =>
            {
                options.DrainDelay = options.DrainWindow = TimeSpan.Zero;
                options.Limits.Requests = null;
                options.Policies.Add(new RoomPolicy { Pattern = RoomPattern.Parse(ServerConfiguration.ShortRooms + "**"), Users = Rights.Read | Rights.History, Retention = new Retention { Entries = ServerConfiguration.ShortEntries } });
                options.Policies.Add(new RoomPolicy { Pattern = RoomPattern.Parse(ServerConfiguration.PresenceRooms + "**"), Users = Rights.Read | Rights.Presence, Presence = new PresencePolicy { Enabled = true } });
                options.Policies.Add(new RoomPolicy
                {
                    Pattern = RoomPattern.Parse(ServerConfiguration.LatestRooms + "**"),
                    Users = Rights.Read | Rights.History,
                    Retention = new Retention { Entries = ServerConfiguration.ShortEntries },
                    Delivery = mutation.DeliversAll ? Delivery.All : Delivery.Latest,
                });
                options.Policies.Add(new RoomPolicy { Pattern = RoomPattern.Parse("**"), Users = Rights.Read | Rights.History });
            },
            http =>
            {
                http.Access.Secrets.Add(new SharedSecret(secret));
                http.Access.ApiKeys.Add(new ApiKey("verify", ApiKey.HashOf(key), Grants.Everything) { IsAdmin = true });
            });
        if (redis is not null)
        {
            builder.Services.UseRedisBroker(redis, static options => options.WaitBroker = true);
        }

        _application = builder.Build();
        _application.Use(AroundAsync);
        _application.MapGodwit("/rt");
    }

    /// <summary>Where it is.</summary>
    public Uri Mount => new(new Uri(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()), "rt");

    public static async Task<BrokenServer> StartAsync(Mutation mutation, string key, byte[] secret, string? redis, CancellationToken cancel)
    {
        var server = new BrokenServer(mutation, key, secret, redis);
        await server._application.StartAsync(cancel);
        await RedisOpening.UntilReadyAsync(server._application.Services, cancel);
        return server;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private Task AroundAsync(HttpContext context, RequestDelegate next) => _mutation.Around is { } around
        ? around(context, () => RewriteAsync(context, next))
        : RewriteAsync(context, next);

    private async Task RewriteAsync(HttpContext context, RequestDelegate next)
    {
        string path = context.Request.Path.Value!;
        string? room = path.StartsWith("/rt/rooms/", StringComparison.Ordinal) ? path["/rt/rooms/".Length..] : null;
        bool isSession = path == "/rt/session";
        if (!isSession && (room is null || !HttpMethods.IsGet(context.Request.Method)))
        {
            await next(context);
            return;
        }

        var link = new Link(Interlocked.Increment(ref _links), await PresentedAsync(context, room));
        var rewriting = new Rewriting(_mutation, link, room);
        string accept = context.Request.Headers.Accept.ToString();
        if (context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } upgrade)
        {
            context.Features.Set<IHttpUpgradeFeature>(new RewrittenUpgrade(upgrade, rewriting.Messages));
            await next(context);
        }
        else if (accept.Contains("text/event-stream", StringComparison.Ordinal) || accept.Contains("ndjson", StringComparison.Ordinal))
        {
            bool isEvents = accept.Contains("event-stream", StringComparison.Ordinal);
            context.Response.Body = new RewritingStream(context.Response.Body, octets =>
                context.Response.StatusCode != 200 ? octets.ToArray() : isEvents ? rewriting.Events(octets) : rewriting.Lines(octets));
            await next(context);
        }
        else
        {
            await AnswerAsync(context, next, rewriting, isSession);
        }
    }

    private static async Task AnswerAsync(HttpContext context, RequestDelegate next, Rewriting rewriting, bool isSession)
    {
        Stream body = context.Response.Body;
        using var kept = new MemoryStream();
        context.Response.Body = kept;
        await next(context);
        context.Response.Body = body;
        byte[] octets = kept.ToArray();
        if (context.Response.StatusCode == 200)
        {
            string text = Encoding.UTF8.GetString(octets);
            octets = Encoding.UTF8.GetBytes(isSession ? rewriting.Exchange(text) : rewriting.Poll(text));
        }

        context.Response.ContentLength = octets.Length;
        await body.WriteAsync(octets, context.RequestAborted);
    }

    // A session's WebSocket presents its positions in a frame; there nothing is known of them.
    private static async Task<IReadOnlyDictionary<string, string>> PresentedAsync(HttpContext context, string? room)
    {
        if (room is not null)
        {
            string after = context.Request.Query["after"].ToString();
            return after.Contains('-', StringComparison.Ordinal) ? new Dictionary<string, string> { [room] = after } : [];
        }

        if (!HttpMethods.IsPost(context.Request.Method))
        {
            return new Dictionary<string, string>();
        }

        context.Request.EnableBuffering();
        using JsonDocument body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        context.Request.Body.Position = 0;
        return body.RootElement.TryGetProperty("rooms", out JsonElement rooms)
            ? rooms.EnumerateObject().Where(static asked => asked.Value.ValueKind == JsonValueKind.String && asked.Value.GetString()!.Contains('-', StringComparison.Ordinal)).ToDictionary(static asked => asked.Name, static asked => asked.Value.GetString()!)
            : [];
    }

    private sealed class RewrittenUpgrade(IHttpUpgradeFeature upgrade, Func<ReadOnlyMemory<byte>, byte[]> rewrite) : IHttpUpgradeFeature
    {
        public bool IsUpgradableRequest => upgrade.IsUpgradableRequest;

        public async Task<Stream> UpgradeAsync() => new RewritingStream(await upgrade.UpgradeAsync(), rewrite);
    }
}
