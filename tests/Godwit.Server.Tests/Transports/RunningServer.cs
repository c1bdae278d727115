using System.Collections.Concurrent;
using System.Net;
using Godwit.AspNetCore;
using Godwit.Brokers;
using Godwit.Redis;
using Godwit.Server.Hosting;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Servers;
using Godwit.Server.Tests.Tls;
using Godwit.Sqlite;
using Godwit.WebRtc;
using Godwit.WebRtc.Peers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Tests.Transports;

/// <summary>Godwit in Kestrel, in this process, on a port of its own.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<Uri, RunningServer> Running = new();

    private readonly WebApplication _application;
    private readonly Uri[] _roots;
    private readonly string? _directory;
    private readonly RunningServer? _twin;

    private RunningServer(WebApplication application, Uri[] roots, string? directory, RunningServer? twin)
    {
        _application = application;
        _directory = directory;
        _roots = roots;
        _twin = twin;
        Running[Mount] = this;
    }

    /// <summary>The server's address in clear text, HTTP/1.1.</summary>
    public Uri Root => _roots[(int)Carrier.Http1];

    /// <summary>Where rooms are, in clear text, HTTP/1.1.</summary>
    public Uri Mount => new(Root, "rt");

    /// <summary>Starts a server; with a twin two, which share a store, and to which requests of probes go in turn.</summary>
    /// <remarks>Redis takes the time that it takes: on a clock of the test's, whose leaps would look like silence, logs are in memory.</remarks>
    public static Task<RunningServer> StartAsync(
        Action<GodwitOptions>? engine = null,
        Action<GodwitHttpOptions>? http = null,
        TimeProvider? time = null,
        Action<KestrelServerOptions>? kestrel = null,
        Action<IServiceCollection>? services = null,
        string? redis = null,
        Action<RedisBrokerOptions>? redisOptions = null,
        bool withTwin = false,
        bool hasDataChannels = true) => StartAsync(engine, http, time, kestrel, services, redis ?? (TestedBroker.IsRedis && time is null ? TestedBroker.Redis : null), redisOptions, $"test-{Guid.NewGuid():N}", withTwin, hasDataChannels);

    private static async Task<RunningServer> StartAsync(
        Action<GodwitOptions>? engine,
        Action<GodwitHttpOptions>? http,
        TimeProvider? time,
        Action<KestrelServerOptions>? kestrel,
        Action<IServiceCollection>? services,
        string? redis,
        Action<RedisBrokerOptions>? redisOptions,
        string prefix,
        bool withTwin,
        bool hasDataChannels)
    {
        RunningServer? twin = withTwin ? await StartAsync(engine, http, time, kestrel, services, redis, redisOptions, prefix, withTwin: false, hasDataChannels) : null;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
        {
            KestrelLimits.Set(options, new GodwitOptions());
            options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            options.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(TestCertificate.Local);
            });
            options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            options.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.UseGodwitSockets();
            });
            kestrel?.Invoke(options);
        });
        builder.Services.Configure<SocketTransportOptions>(KestrelLimits.Set);
        if (time is not null)
        {
            builder.Services.AddSingleton(time);
        }

        services?.Invoke(builder.Services);
        if (hasDataChannels && !builder.Services.Any(static service => service.ServiceType == typeof(PeerServer)))
        {
            // A network takes the time that it takes, however a test's clock leaps.
            builder.Services.AddDataChannels(new WebRtcOptions(), TimeProvider.System);
        }

        bool hasBroker = builder.Services.Any(static service => service.ServiceType == typeof(IBroker));
        string? directory = TestedBroker.IsSqlite && redis is null && !hasBroker ? Directory.CreateTempSubdirectory("godwit-").FullName : null;
        builder.Services.AddGodwit(
            options =>
            {
                // Readers that a test leaves open do not keep it waiting.
                options.DrainDelay = options.DrainWindow = TimeSpan.Zero;

                // Nor is one closed because the machine is late.
                options.Session.HelloTimeout = TimeSpan.FromMinutes(1);
                engine?.Invoke(options);
            },
            http);
        if (directory is not null)
        {
            builder.Services.UseSqliteBroker(directory, static sqlite => (sqlite.Sync, sqlite.EntriesOver) = (DataSync.Normal, 1));
        }

        if (redis is not null && !hasBroker)
        {
            builder.Services.UseRedisBroker(redis, options =>
            {
                (options.Prefix, options.WaitBroker) = (prefix, true);

                // It is this process that is late, with the tests that run beside; those that want an outage say so.
                (options.CallTimeout, options.Tolerance) = (TimeSpan.FromSeconds(4.5), TimeSpan.FromSeconds(30));
                redisOptions?.Invoke(options);
            });
        }

        WebApplication application = builder.Build();
        application.MapGodwit("/rt");
        await application.StartAsync(TestContext.Current.CancellationToken);
        await RedisOpening.UntilReadyAsync(application.Services, TestContext.Current.CancellationToken);
        ICollection<string> addresses = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return new RunningServer(application, [.. addresses.Select(address => new Uri(address))], directory, twin);
    }

    /// <summary>The other of two servers.</summary>
    public RunningServer Twin => _twin ?? throw new InvalidOperationException("The server is alone.");

    /// <summary>What the server is made of.</summary>
    public IServiceProvider Services => _application.Services;

    /// <summary>The address over a carrier.</summary>
    public Uri RootOf(Carrier carrier) => _roots[(int)carrier];

    /// <summary>A room that no other test knows.</summary>
    /// <param name="kind">The part before the colon, which chooses the policy.</param>
    public ProbeTarget Room(string kind = "room") => new()
    {
        Mount = Mount,
        Room = $"{kind}:{Guid.NewGuid():N}",
        Others = Twins(Carrier.Http1),
    };

    /// <summary>The server that a target is of, over another carrier.</summary>
    public static ProbeTarget Over(ProbeTarget target, Carrier carrier)
    {
        if (carrier == Carrier.Http1)
        {
            return target;
        }

        RunningServer server = Running[target.Mount];
        Uri root = server._roots[(int)carrier];
        IReadOnlyList<Uri> others = target.Others.Count == 0 ? [] : server.Twins(carrier);
        return carrier == Carrier.Sockets
            ? target with { Mount = new Uri(root, "rt"), Others = others }
            : target with { Mount = new Uri(root, "rt"), Others = others, Carrier = ProbeCarrier.Http2 with { Certificate = carrier == Carrier.Tls ? TestCertificate.Local : null } };
    }

    private IReadOnlyList<Uri> Twins(Carrier carrier) => _twin is null ? [] : [_twin._roots[(int)carrier]];

    /// <summary>Stops it as a host does: with its drain.</summary>
    public Task StopAsync() => _application.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Running.TryRemove(Mount, out _);
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            await _application.StopAsync(soon.Token);
        }
        catch (OperationCanceledException)
        {
            // Readers that a test left open do not matter here.
        }

        await _application.DisposeAsync();
        if (_directory is not null)
        {
            Directory.Delete(_directory, recursive: true);
        }

        await (_twin?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}

internal static class CarriedTargets
{
    /// <summary>The same room of the same <see cref="RunningServer"/> over another carrier.</summary>
    public static ProbeTarget Over(this ProbeTarget target, Carrier carrier) => RunningServer.Over(target, carrier);
}
