using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.AspNetCore;
using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Limits;
using Godwit.Limits;
using Godwit.Server.Hosting;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Limits;

/// <summary>What one address may begin and have open: where connections are accepted, and behind a proxy that is trusted.</summary>
public sealed class AddressLimitsTests
{
    private const string Poll = "GET {0}?after=now&wait=30 HTTP/1.1\r\n";
    private const string EventStream = "GET {0} HTTP/1.1\r\nAccept: text/event-stream\r\n";
    private const string Ndjson = "GET {0} HTTP/1.1\r\nAccept: application/x-ndjson\r\n";
    private const string WebSocket = "GET {0} HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    private const string Session = "GET /rt/session HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    private const string Publish = "POST /rt/publish HTTP/1.1\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n";

    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Held => [Poll, EventStream, Ndjson, WebSocket, Session, Publish];

    [Fact]
    public void Whoever_connects_too_often_is_closed_at_once_and_served_again_later()
    {
        (AcceptGuard guard, AddressLimits limits) = Guard(new AddressLimitOptions { Attempts = new Rate(100, 500), Connections = null });
        Assert.Equal(500, Enumerable.Range(0, 600).Count(_ => new Client(guard, "192.0.2.1").IsServed));
        Assert.True(new Client(guard, "192.0.2.2").IsServed);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(100, Enumerable.Range(0, 600).Count(_ => new Client(guard, "192.0.2.1").IsServed));
        Assert.Equal(2, limits.Count);
    }

    [Fact]
    public void An_address_has_so_many_connections_and_one_that_ends_makes_room()
    {
        (AcceptGuard guard, AddressLimits limits) = Guard(new AddressLimitOptions { Attempts = null, Connections = 2 });
        Client one = new(guard, "2001:db8:0:1::1"), two = new(guard, "2001:db8:0:1:ffff::2");
        Assert.True(one.IsServed && two.IsServed);
        Assert.False(new Client(guard, "2001:db8:0:1::3").IsServed);
        Assert.True(new Client(guard, "2001:db8:0:2::1").IsServed);

        one.End();
        Assert.True(new Client(guard, "2001:db8:0:1::3").IsServed);
        Assert.False(new Client(guard, "2001:db8:0:1::4").IsServed);
        Assert.Equal(2, limits.Count);
    }

    [Fact]
    public void Loopback_addresses_and_proxies_that_are_named_have_no_limit()
    {
        (AcceptGuard guard, AddressLimits limits) = Guard(new AddressLimitOptions { Attempts = new Rate(1, 1), Connections = 1 }, "10.0.0.0/8");
        foreach (string free in (string[])["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.2.3", "::ffff:10.1.2.3"])
        {
            Assert.All(Enumerable.Range(0, 10), _ => Assert.True(new Client(guard, free).IsServed));
        }

        Assert.Equal(0, limits.Count);
    }

    [Theory]
    [MemberData(nameof(Held))]
    public async Task Behind_a_proxy_a_client_holds_so_many_whatever_it_holds_and_other_clients_hold_their_own(string request)
    {
        await using RunningServer server = await StartAsync(new AddressLimitOptions { Connections = 1 });
        using TcpClient first = await SendAsync(server, request, "203.0.113.7");
        await HeldAsync(server, 1);

        await AssertRefusedAsync(server, request, "203.0.113.7", "connections.limit", "([5-9]|10)");

        using TcpClient other = await SendAsync(server, request, "203.0.113.8");
        await HeldAsync(server, 2);

        first.Client.LingerState = new LingerOption(true, 0);
        first.Dispose();
        await HeldAsync(server, 1);
        using TcpClient next = await SendAsync(server, request, "203.0.113.7");
        await HeldAsync(server, 2);
        Assert.Equal(2, server.Services.GetRequiredService<AddressLimits>().Count);
    }

    [Theory]
    [MemberData(nameof(Held))]
    public async Task Behind_a_proxy_a_client_that_connects_too_often_is_told_when_to_come_back(string request)
    {
        await using RunningServer server = await StartAsync(new AddressLimitOptions { Attempts = new Rate(1, 1) }, time: _time);
        using TcpClient first = await SendAsync(server, request, "203.0.113.7");
        await HeldAsync(server, 1);

        await AssertRefusedAsync(server, request, "203.0.113.7", "connections.rate", "1");
    }

    [Fact]
    public async Task A_request_that_only_claims_to_come_through_a_proxy_counts_as_its_peer()
    {
        await using RunningServer server = await StartAsync(new AddressLimitOptions { Connections = 1 }, proxy: "192.0.2.0/24");
        using TcpClient one = await SendAsync(server, Ndjson, "203.0.113.7");
        using TcpClient two = await SendAsync(server, Ndjson, "203.0.113.7");
        await HeldAsync(server, 2);
        Assert.Equal(0, server.Services.GetRequiredService<AddressLimits>().Count);
    }

    [Fact]
    public async Task What_one_connection_of_HTTP_2_holds_counts_each_though_the_connection_was_counted()
    {
        await using RunningServer server = await RunningServer.StartAsync(
            http: static http =>
            {
                http.Anonymous = AnonymousAccess.Everyone;
                http.Limits.Connections = 3;
            },
            services: static services => services.AddSingleton<IStartupFilter>(new FromAfar("203.0.113.7")));
        var limits = server.Services.GetRequiredService<AddressLimits>();
        limits.CountAtAccept(static () => { });
        ProbeTarget room = server.Room().Over(Carrier.H2c);
        using var connection = new ProbeConnection(room);
        var held = new List<HttpResponseMessage>();
        for (int i = 0; i < 4; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{room.Mount}/rooms/{room.Room}")) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            request.Headers.Accept.ParseAdd("application/x-ndjson");
            held.Add(await connection.SendAsync(request, Cancel));
        }

        Assert.Equal([200, 200, 200, 429], held.Select(static answer => (int)answer.StatusCode));
        Assert.Contains("connections.limit", await held[3].Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        using TcpClient alone = await SendAsync(server, Ndjson, "203.0.113.7");
        await HeldAsync(server, 4);
        held.ForEach(static answer => answer.Dispose());
    }

    private static Task<RunningServer> StartAsync(AddressLimitOptions limits, string proxy = "127.0.0.0/8", TimeProvider? time = null) => RunningServer.StartAsync(time: time, http: http =>
    {
        http.Anonymous = AnonymousAccess.Everyone;
        http.Proxies.Add(IPNetwork.Parse(proxy));
        (http.Limits.Attempts, http.Limits.Connections) = (limits.Attempts, limits.Connections);
    });

    private (AcceptGuard Guard, AddressLimits Limits) Guard(AddressLimitOptions limits, params string[] proxies)
    {
        var options = new GodwitHttpOptions();
        (options.Limits.Attempts, options.Limits.Connections) = (limits.Attempts, limits.Connections);
        foreach (string proxy in proxies)
        {
            options.Proxies.Add(IPNetwork.Parse(proxy));
        }

        IOptions<GodwitHttpOptions> given = Options.Create(options);
        var addresses = new AddressLimits(given, new TrustedProxies(given, NullLogger<TrustedProxies>.Instance), _time, NullLogger<AddressLimits>.Instance);
        return (new AcceptGuard(int.MaxValue, addresses, NullLogger.Instance), addresses);
    }

    private static async Task AssertRefusedAsync(RunningServer server, string request, string from, string code, string after)
    {
        using TcpClient client = await SendAsync(server, request, from);
        var answer = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (!answer.ToString().Contains("\"code\":\"", StringComparison.Ordinal))
        {
            int read = await client.GetStream().ReadAsync(buffer, Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancel);
            Assert.True(read > 0, $"The connection ended after: {answer}");
            answer.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }

        Assert.Contains($"\"code\":\"{code}\"", answer.ToString(), StringComparison.Ordinal);
        if (request == EventStream)
        {
            // Any status but 200 would end an EventSource for ever.
            Assert.StartsWith("HTTP/1.1 200 ", answer.ToString(), StringComparison.Ordinal);
            Assert.Matches("retry: [0-9]+\n", answer.ToString());
        }
        else
        {
            Assert.StartsWith("HTTP/1.1 429 ", answer.ToString(), StringComparison.Ordinal);
            Assert.Matches($"Retry-After: {after}\r\n", answer.ToString());
        }
    }

    private static async Task HeldAsync(RunningServer server, int count)
    {
        ConnectionCap cap = server.Services.GetRequiredService<ConnectionCap>();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        while (cap.Held != count)
        {
            Assert.False(patience.IsCancellationRequested, $"{cap.Held} are held instead of {count}.");
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<TcpClient> SendAsync(RunningServer server, string request, string from)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(server.Root.Host, server.Root.Port, Cancel);
        string head = string.Format(null, request, server.Room().Address().AbsolutePath) + $"Host: {server.Root.Authority}\r\nX-Forwarded-For: {from}\r\n\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), Cancel);
        return client;
    }

    private sealed class Accepted : DefaultConnectionContext
    {
        public bool IsAborted { get; private set; }

        public override void Abort(ConnectionAbortedException abortReason) => IsAborted = true;
    }

    /// <summary>A connection that was accepted of an address.</summary>
    private sealed class Client
    {
        private readonly TaskCompletionSource _ends = new();

        public Client(AcceptGuard guard, string address)
        {
            var connection = new Accepted { RemoteEndPoint = new IPEndPoint(IPAddress.Parse(address), 4711) };
            _ = guard.ServeAsync(connection, _ =>
            {
                IsServed = true;
                return _ends.Task;
            });
            Assert.NotEqual(IsServed, connection.IsAborted);
        }

        public bool IsServed { get; private set; }

        public void End() => _ends.SetResult();
    }

    /// <summary>Has every request come from an address.</summary>
    private sealed class FromAfar(string address) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => application =>
        {
            application.Use(async (context, following) =>
            {
                context.Connection.RemoteIpAddress = IPAddress.Parse(address);
                await following(context);
            });
            next(application);
        };
    }
}
