using System.Net;
using Godwit.AspNetCore;
using Godwit.Server.Probes;
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
    private readonly WebApplication _application;

    private RunningServer(WebApplication application, Uri root)
    {
        _application = application;
        Root = root;
        Mount = new Uri(root, "rt");
    }

    /// <summary>The server's address.</summary>
    public Uri Root { get; }

    /// <summary>Where rooms are.</summary>
    public Uri Mount { get; }

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
            options.Listen(IPAddress.Loopback, 0);
            kestrel?.Invoke(options);
        });
        if (time is not null)
        {
            builder.Services.AddSingleton(time);
        }

        services?.Invoke(builder.Services);
        builder.Services.AddGodwit(engine, http);
        WebApplication application = builder.Build();
        application.MapGodwit("/rt");
        await application.StartAsync(TestContext.Current.CancellationToken);
        string address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new RunningServer(application, new Uri(address));
    }

    /// <summary>What the server is made of.</summary>
    public IServiceProvider Services => _application.Services;

    /// <summary>A room that no other test knows.</summary>
    /// <param name="kind">The part before the colon, which chooses the policy.</param>
    public ProbeTarget Room(string kind = "room") => new() { Mount = Mount, Room = $"{kind}:{Guid.NewGuid():N}" };

    public async ValueTask DisposeAsync()
    {
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
    }
}
