using System.Net;
using Godwit.Server.Configuration;
using Godwit.Server.Pages;
using Godwit.Server.Tls;
using Godwit.Sqlite;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Console;

namespace Godwit.Server.Hosting;

/// <summary>The web server: Kestrel, Godwit's endpoints, and what is answered beside them.</summary>
internal static class ServerHost
{
    /// <summary>Serves until a signal or the token stops it.</summary>
    public static async Task RunAsync(LoadedConfiguration configuration, ListenSockets sockets, TextWriter output, CancellationToken cancel)
    {
        await using WebApplication application = Build(configuration, sockets);
        application.OpenDataChannels(configuration.Settings.WebRtc);
        await application.StartAsync(cancel);
        await Greeting.WriteAsync(output, configuration.Settings, sockets.Addresses);
        await Stop.WaitAsync(application, cancel);
        application.Services.GetService<SqliteBrokerStart>()?.ThrowIfFailed();
    }

    private static WebApplication Build(LoadedConfiguration configuration, ListenSockets sockets)
    {
        // Empty: no appsettings.json of the directory it happens to run in and no ASPNETCORE_ variable changes the server.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseSockets(transport =>
        {
            transport.CreateBoundListenSocket = sockets.Take;

            // A flush then sends on the shard that flushed, where another thread would be woken for each. It is unsafe only
            // for code that blocks, and nothing here does.
            transport.UnsafePreferInlineScheduling = true;
            KestrelLimits.Set(transport);
        }).ConfigureKestrel(kestrel =>
        {
            KestrelLimits.Set(kestrel, configuration.Settings.Engine, configuration.Settings.HeadBytes);
            foreach ((EndPoint endPoint, ListenScheme scheme) in sockets.EndPoints)
            {
                kestrel.Listen(endPoint, listen => Speak(listen, scheme, configuration.Settings.SocketLane));
            }
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, SignalLifetime>();
        if (configuration.Settings is { TlsFiles: { } files, Tls: { } material })
        {
            builder.Services.AddSingleton(services => new TlsReload(files, material, TimeProvider.System, services.GetRequiredService<ILogger<TlsReload>>()));
            builder.Services.AddHostedService(services => services.GetRequiredService<TlsReload>());
        }

        if (configuration.Settings.CollectWhenQuiet)
        {
            builder.Services.AddHostedService(services => new QuietCollection(services.GetRequiredService<TimeProvider>(), configuration.Settings.CollectRest));
        }

        AddLogs(builder.Logging, configuration.Settings.Verbose);
        builder.Services.AddGodwit(configuration.ApplyTo, configuration.ApplyTo);
        if (configuration.Settings.Data is { } data)
        {
            builder.Services.UseSqliteBroker(data, sqlite =>
            {
                sqlite.Sync = configuration.Settings.DataSync;
                sqlite.WaitLock = configuration.Settings.WaitLock;
            });
        }

        if (configuration.Settings.Redis is { IsUsed: true } redis)
        {
            builder.Services.UseRedisBroker(string.Join(',', redis.Servers.Select(static server => server.Value)), redis.ApplyTo);
        }

        builder.Services.AddDataChannels(configuration.Settings.WebRtc);
        MetricsEndpoint.ReadVariables(builder.Configuration);
        builder.Services.AddInstruments();

        WebApplication application = builder.Build();
        application.UseRouting();
        application.Use(new UnknownPath(configuration.Settings.Mount).InvokeAsync);
        application.MapGodwit(configuration.Settings.Mount);
        application.MapHealth();
        application.MapMetrics();
        application.MapLabPages(configuration.Settings.Lab, configuration.Settings.Mount);
        return application;
    }

    private static void Speak(ListenOptions listen, ListenScheme scheme, bool socketLane)
    {
        listen.Protocols = scheme switch
        {
            ListenScheme.Https => HttpProtocols.Http1AndHttp2,
            ListenScheme.H2c => HttpProtocols.Http2,
            _ => HttpProtocols.Http1,
        };
        if (scheme == ListenScheme.Http && socketLane)
        {
            listen.UseGodwitSockets();
        }
        else if (scheme == ListenScheme.Https)
        {
            listen.UseHttps(listen.ApplicationServices.GetRequiredService<TlsReload>().Handshake);
        }
    }

    // On standard error, so that what the server says and what it logs can be told apart.
    private static void AddLogs(ILoggingBuilder logging, bool verbose)
    {
        logging.SetMinimumLevel(LogLevel.Warning);
        if (!verbose)
        {
            // With any level on, the host makes an activity and a scope for each request, which a stream holds for its life.
            logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        }

        // Why it does not start is told in one line, by whoever started it.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        logging.AddFilter("Godwit", verbose ? LogLevel.Debug : LogLevel.Information);
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
    }
}
