using System.Collections.Concurrent;
using System.Net;
using Godwit.AspNetCore;
using Godwit.Brokers;
using Godwit.Server.Hosting;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Tls;
using Godwit.Sqlite;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
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

    private RunningServer(WebApplication application, Uri[] roots, string? directory)
    {
        _application = application;
        _directory = directory;
        _roots = roots;
        Running[Mount] = this;
    }

    /// <summary>The server's address in clear text, HTTP/1.1.</summary>
    public Uri Root => _roots[(int)Carrier.Http1];

    /// <summary>Where rooms are, in clear text, HTTP/1.1.</summary>
    public Uri Mount => new(Root, "rt");

    public static async Task<RunningServer> StartAsync(
        Action<GodwitOptions>? engine = null,
        Action<GodwitHttpOptions>? http = null,
        TimeProvider? time = null,
        Action<KestrelServerOptions>? kestrel = null,
        Action<IServiceCollection>? services = null)
    {
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
        if (time is not null)
        {
            builder.Services.AddSingleton(time);
        }

        services?.Invoke(builder.Services);
        string? directory = TestedBroker.IsSqlite && builder.Services.All(static service => service.ServiceType != typeof(IBroker)) ? Directory.CreateTempSubdirectory("godwit-").FullName : null;
        builder.Services.AddGodwit(
            options =>
            {
                // Readers that a test leaves open do not keep it waiting.
                options.DrainDelay = options.DrainWindow = TimeSpan.Zero;
                engine?.Invoke(options);
            },
            http);
        if (directory is not null)
        {
            builder.Services.UseSqliteBroker(directory, static sqlite => (sqlite.Sync, sqlite.EntriesOver) = (DataSync.Normal, 1));
        }

        WebApplication application = builder.Build();
        application.MapGodwit("/rt");
        await application.StartAsync(TestContext.Current.CancellationToken);
        ICollection<string> addresses = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return new RunningServer(application, [.. addresses.Select(address => new Uri(address))], directory);
    }

    /// <summary>What the server is made of.</summary>
    public IServiceProvider Services => _application.Services;

    /// <summary>The address over a carrier.</summary>
    public Uri RootOf(Carrier carrier) => _roots[(int)carrier];

    /// <summary>A room that no other test knows.</summary>
    /// <param name="kind">The part before the colon, which chooses the policy.</param>
    public ProbeTarget Room(string kind = "room") => new() { Mount = Mount, Room = $"{kind}:{Guid.NewGuid():N}" };

    /// <summary>The server that a target is of, over another carrier.</summary>
    public static ProbeTarget Over(ProbeTarget target, Carrier carrier)
    {
        if (carrier == Carrier.Http1)
        {
            return target;
        }

        Uri root = Running[target.Mount]._roots[(int)carrier];
        return carrier == Carrier.Sockets
            ? target with { Mount = new Uri(root, "rt") }
            : target with { Mount = new Uri(root, "rt"), Carrier = ProbeCarrier.Http2 with { Certificate = carrier == Carrier.Tls ? TestCertificate.Local : null } };
    }

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
    }
}

internal static class CarriedTargets
{
    /// <summary>The same room of the same <see cref="RunningServer"/> over another carrier.</summary>
    public static ProbeTarget Over(this ProbeTarget target, Carrier carrier) => RunningServer.Over(target, carrier);
}
