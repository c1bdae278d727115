using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.AspNetCore;
using Godwit.AspNetCore.Requests;
using Godwit.Brokers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Tests.Http;

/// <summary>Godwit's endpoints in a real Kestrel on a free port, before a broker and transports that record.</summary>
internal sealed class RoomServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RoomServer(WebApplication app, RecordingBroker broker, ConcurrentQueue<RoomRequest> requests, RecordingLog log)
    {
        _app = app;
        Broker = broker;
        Requests = requests;
        Log = log;
        Uri = new Uri(app.Urls.First());
        Client = new HttpClient { BaseAddress = Uri };
    }

    public RecordingBroker Broker { get; }

    public ConcurrentQueue<RoomRequest> Requests { get; }

    public RecordingLog Log { get; }

    public Uri Uri { get; }

    public HttpClient Client { get; }

    public static async Task<RoomServer> StartAsync(
        Action<GodwitHttpOptions>? http = null,
        Action<GodwitOptions>? engine = null,
        Action<KestrelServerOptions>? kestrel = null,
        Action<WebApplication>? map = null,
        Action<IServiceCollection>? services = null)
    {
        var broker = new RecordingBroker();
        var requests = new ConcurrentQueue<RoomRequest>();
        var log = new RecordingLog();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Listen(IPAddress.Loopback, 0);
            kestrel?.Invoke(options);
        });
        builder.Logging.ClearProviders().AddProvider(log);
        foreach (TransportKind kind in Enum.GetValues<TransportKind>())
        {
            builder.Services.AddKeyedSingleton<IRoomTransport>(kind, new RecordingTransport(kind, requests));
        }

        builder.Services.AddSingleton<IBroker>(broker);
        services?.Invoke(builder.Services);
        builder.Services.AddGodwit(
            options =>
            {
                // What a test leaves open does not keep it waiting.
                options.DrainDelay = options.DrainWindow = TimeSpan.Zero;
                engine?.Invoke(options);
            },
            http);
        WebApplication app = builder.Build();
        (map ?? (routes => routes.MapGodwit()))(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new RoomServer(app, broker, requests, log);
    }

    public RecordingTransport Transport(TransportKind kind) => (RecordingTransport)_app.Services.GetRequiredKeyedService<IRoomTransport>(kind);

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach ((string name, string value) in headers)
        {
            if (name == "Host")
            {
                request.Headers.Host = value;
            }
            else if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                throw new ArgumentException(name);
            }
        }

        using HttpResponseMessage response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return await Answer.ReadAsync(response);
    }

    public Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    public Task<Answer> PostAsync(string path, string body, string contentType, params (string Name, string Value)[] headers) =>
        PostAsync(path, Encoding.UTF8.GetBytes(body), contentType, headers);

    public Task<Answer> PostAsync(string path, byte[] body, string? contentType, params (string Name, string Value)[] headers)
    {
        var content = new ByteArrayContent(body);
        if (contentType is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        return SendAsync(HttpMethod.Post, path, content, headers);
    }

    public async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Uri.Port, TestContext.Current.CancellationToken);
        return socket;
    }

    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync(TestContext.Current.CancellationToken);
        await _app.DisposeAsync();
    }
}
