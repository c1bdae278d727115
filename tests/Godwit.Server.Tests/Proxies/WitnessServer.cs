using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Tests.Proxies;

/// <summary>A web server that says what of a request arrives behind a proxy, and is ready or not as the test has it.</summary>
internal sealed class WitnessServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConcurrentQueue<string> _asked = new();
    private volatile bool _ready = true;

    private WitnessServer(WebApplication application)
    {
        _application = application;
    }

    /// <summary>Host and port.</summary>
    public string Authority { get; private set; } = "";

    /// <summary>What /readyz answers: 200 or 503.</summary>
    public bool IsReady
    {
        get => _ready;
        set => _ready = value;
    }

    /// <summary>The paths that others than the proxy itself asked for, as the server understands them.</summary>
    public IReadOnlyCollection<string> Asked => _asked;

    public static async Task<WitnessServer> StartAsync(string name)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static options => options.Listen(IPAddress.Loopback, 0));
        WebApplication application = builder.Build();
        var server = new WitnessServer(application);
        application.Run(context => server.AnswerAsync(name, context));
        await application.StartAsync(TestContext.Current.CancellationToken);
        server.Authority = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Authority;
        return server;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private Task AnswerAsync(string name, HttpContext context)
    {
        IHeaderDictionary head = context.Request.Headers;
        if (context.Request.Path == "/readyz" && head["X-Forwarded-For"].Count == 0)
        {
            context.Response.StatusCode = IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        }

        _asked.Enqueue(context.Request.Path);
        return context.Response.WriteAsync($"{name} host={head.Host} for={head["X-Forwarded-For"]} proto={head["X-Forwarded-Proto"]}", context.RequestAborted);
    }
}
