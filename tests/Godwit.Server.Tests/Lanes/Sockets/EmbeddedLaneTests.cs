using System.IO.Pipelines;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Godwit.Feeds.Pump;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Tests.Lanes.Sockets;

/// <summary>The socket lane in an application of somebody else.</summary>
public sealed class EmbeddedLaneTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_is_there_whichever_of_Godwit_and_the_web_server_was_added_first(bool godwitFirst)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        if (godwitFirst)
        {
            builder.Services.AddGodwit();
        }

        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.UseGodwitSockets());
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddGodwit();
        await using WebApplication application = builder.Build();
        application.UseRouting();
        application.MapGodwit();
        await application.StartAsync(Cancel);
        Uri[] addresses = Addresses(application);

        using ClientWebSocket onSockets = await JoinAsync(new Uri(addresses[0], "rt/rooms/lobby"));
        using ClientWebSocket onKestrel = await JoinAsync(new Uri(addresses[1], "rt/rooms/lobby"));

        GodwitEngine engine = application.Services.GetRequiredService<GodwitEngine>();
        Assert.Equal((1, 1), (engine.Held(ReadTransport.WebSocket, Lane.Socket), engine.Held(ReadTransport.WebSocket, Lane.Kestrel)));
    }

    [Fact]
    public async Task Websockets_of_the_application_itself_work_at_such_an_end_point()
    {
        await using WebApplication application = await StartAsync(static listen => listen.UseGodwitSockets());
        using ClientWebSocket client = await ConnectAsync(new Uri(Addresses(application)[0], "echo"));
        byte[] buffer = new byte[1 << 20];
        foreach (int length in (int[])[0, 1, 200, 70_000, 500_000])
        {
            byte[] sent = new byte[length];
            new Random(length).NextBytes(sent);
            Task sending = client.SendAsync(sent, WebSocketMessageType.Binary, endOfMessage: true, Cancel);
            int received = 0;
            for (bool isWhole = false; !isWhole;)
            {
                ValueWebSocketReceiveResult result = await client.ReceiveAsync(buffer.AsMemory(received), Cancel);
                received += result.Count;
                isWhole = result.EndOfMessage;
            }

            await sending;
            Assert.Equal(sent, buffer[..received]);
        }

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancel);
    }

    [Fact]
    public async Task An_endpoint_that_answers_without_an_upgrade_learns_that_its_client_has_gone()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.UseGodwitSockets()));
        builder.Services.AddRoutingCore();
        builder.Services.AddGodwit();
        await using WebApplication application = builder.Build();
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        application.UseRouting();
        application.MapGet("/events", (RequestDelegate)(async context =>
        {
            await context.Response.WriteAsync("begun", Cancel);
            await context.Response.Body.FlushAsync(Cancel);
            await using CancellationTokenRegistration end = context.RequestAborted.Register(gone.SetResult);
            await gone.Task;
        }));
        await application.StartAsync(Cancel);
        using (var client = new System.Net.Sockets.TcpClient())
        {
            await client.ConnectAsync(IPAddress.Loopback, Addresses(application)[0].Port, Cancel);
            await client.GetStream().WriteAsync("GET /events HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"u8.ToArray(), Cancel);
            using var answer = new StreamReader(client.GetStream(), Encoding.ASCII, leaveOpen: true);
            while (await answer.ReadLineAsync(Cancel) is { } line && line != "begun")
            {
            }
        }

        await gone.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    [Fact]
    public async Task Connection_middleware_that_stands_in_between_keeps_a_websocket_on_kestrel()
    {
        await using WebApplication application = await StartAsync(static listen =>
        {
            listen.UseGodwitSockets();
            listen.Use(static next => connection =>
            {
                connection.Transport = new Between(connection.Transport);
                return next(connection);
            });
        });
        using ClientWebSocket client = await JoinAsync(new Uri(Addresses(application)[0], "rt/rooms/lobby"));

        GodwitEngine engine = application.Services.GetRequiredService<GodwitEngine>();
        Assert.Equal((0, 1), (engine.Held(ReadTransport.WebSocket, Lane.Socket), engine.Held(ReadTransport.WebSocket, Lane.Kestrel)));
        await client.SendAsync("1"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Cancel);
        Assert.Contains("\"data\":1", await ReceiveAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_middleware_sees_the_request_of_a_websocket_end_with_101()
    {
        var ended = new TaskCompletionSource<int>();
        await using WebApplication application = await StartAsync(static listen => listen.UseGodwitSockets(), async (context, next) =>
        {
            await next(context);
            ended.TrySetResult(context.Response.StatusCode);
        });
        using ClientWebSocket client = await JoinAsync(new Uri(Addresses(application)[0], "rt/rooms/lobby"));

        Assert.Equal(101, await ended.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel));
        await client.SendAsync("1"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Cancel);
        Assert.Contains("\"data\":1", await ReceiveAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_of_localhost_has_it_for_both_addresses()
    {
        using var free = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        free.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        int port = ((IPEndPoint)free.LocalEndPoint!).Port;
        free.Dispose();
        var lane = new AspNetCore.Lanes.Sockets.SocketLane();
        lane.Add(new IPEndPoint(IPAddress.Loopback, port));

        Assert.True(lane.Has(new IPEndPoint(IPAddress.Loopback, port)));
        Assert.True(lane.Has(new IPEndPoint(IPAddress.IPv6Loopback, port)));
        Assert.False(lane.Has(new IPEndPoint(IPAddress.Loopback, port + 1)));
        Assert.False(lane.Has(new IPEndPoint(IPAddress.Any, port)));
        await Task.CompletedTask;
    }

    [Fact]
    public async Task Without_AddGodwit_it_says_what_is_missing()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.UseGodwitSockets()));
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await using WebApplication application = builder.Build();
            await application.StartAsync(Cancel);
        });
        Assert.Contains("AddGodwit()", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Behind_a_transport_that_was_added_later_it_says_so()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddGodwit();
        builder.Services.AddSingleton<IConnectionListenerFactory, SocketTransportFactory>();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.UseGodwitSockets()));
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await using WebApplication application = builder.Build();
            await application.StartAsync(Cancel);
        });
        Assert.Contains("before AddGodwit()", fault.Message, StringComparison.Ordinal);
    }

    private static async Task<WebApplication> StartAsync(Action<ListenOptions> listen, Func<HttpContext, RequestDelegate, Task>? middleware = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen));
        builder.Services.AddGodwit(static options => options.DrainDelay = options.DrainWindow = TimeSpan.Zero);
        WebApplication application = builder.Build();
        if (middleware is not null)
        {
            application.Use(middleware);
        }

        application.UseWebSockets();
        application.MapGodwit();
        application.Map("/echo", static async (HttpContext context) =>
        {
            using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
            byte[] buffer = new byte[16 << 10];
            while (true)
            {
                ValueWebSocketReceiveResult result = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
                    return;
                }

                await socket.SendAsync(buffer.AsMemory(0, result.Count), result.MessageType, result.EndOfMessage, context.RequestAborted);
            }
        });
        await application.StartAsync(Cancel);
        return application;
    }

    private static Uri[] Addresses(WebApplication application) =>
        [.. application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(static address => new Uri(address))];

    private static async Task<ClientWebSocket> ConnectAsync(Uri address)
    {
        var client = new ClientWebSocket();
        await client.ConnectAsync(new UriBuilder(address) { Scheme = "ws" }.Uri, Cancel);
        return client;
    }

    private static async Task<ClientWebSocket> JoinAsync(Uri address)
    {
        ClientWebSocket client = await ConnectAsync(address);
        Assert.Contains("joined", await ReceiveAsync(client), StringComparison.Ordinal);
        return client;
    }

    private static async Task<string> ReceiveAsync(ClientWebSocket client)
    {
        byte[] buffer = new byte[4096];
        ValueWebSocketReceiveResult result = await client.ReceiveAsync(buffer.AsMemory(), Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        return Encoding.UTF8.GetString(buffer, 0, result.Count);
    }

    private sealed class Between(IDuplexPipe pipe) : IDuplexPipe
    {
        public PipeReader Input => pipe.Input;

        public PipeWriter Output => pipe.Output;
    }
}
