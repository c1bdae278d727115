using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.AspNetCore;
using Godwit.AspNetCore.Access;
using Godwit.Server.Probes;
using Godwit.Server.Tests.WebSockets;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Tests.Transports;

/// <summary>The cap on what is held: who is over it is told to come back, and no place is ever lost.</summary>
public sealed class ConnectionCapTests
{
    private const string Poll = "GET {0}?after=now&wait=30 HTTP/1.1\r\n";
    private const string EventStream = "GET {0} HTTP/1.1\r\nAccept: text/event-stream\r\n";
    private const string Ndjson = "GET {0} HTTP/1.1\r\nAccept: application/x-ndjson\r\n";
    private const string WebSocket = "GET {0} HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    private const string Session = "GET /rt/session HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    private const string Publish = "POST /rt/publish HTTP/1.1\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Held => [Poll, EventStream, Ndjson, WebSocket, Session, Publish];

    [Theory]
    [MemberData(nameof(Held))]
    public async Task At_the_cap_every_connection_that_would_be_held_is_refused_with_a_time_to_come_back(string request)
    {
        await using RunningServer server = await StartAsync(most: 1);
        await using RawHandshake first = await RawHandshake.JoinAsync(server.Room());

        string answer = await AskAsync(server, request);

        if (request == EventStream)
        {
            // Any status but 200 would end an EventSource for ever.
            Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
            Assert.Matches("retry: ([5-9][0-9]{3}|10000)\n", answer);
        }
        else
        {
            Assert.StartsWith("HTTP/1.1 503 ", answer, StringComparison.Ordinal);
            Assert.Matches("Retry-After: ([5-9]|10)\r\n", answer);
        }

        Assert.Contains("\"code\":\"server.overloaded\"", answer, StringComparison.Ordinal);
        Assert.Equal(1, Cap(server).Held);
    }

    [Theory]
    [MemberData(nameof(Held))]
    public async Task When_a_connection_leaves_the_next_is_taken_whichever_they_are(string request)
    {
        await using RunningServer server = await StartAsync(most: 1);
        using (TcpClient leaves = await SendAsync(server, request))
        {
            await HeldAsync(server, 1);
            Assert.Contains("server.overloaded", await AskAsync(server, Ndjson), StringComparison.Ordinal);

            // A reset, as by a machine that loses its power and comes back.
            leaves.Client.LingerState = new LingerOption(true, 0);
        }

        await HeldAsync(server, 0);
        await using RawHandshake next = await RawHandshake.JoinAsync(server.Room());
        await next.AssertAliveAsync();
    }

    [Fact]
    public async Task What_is_answered_at_once_is_answered_at_the_cap_as_well()
    {
        await using RunningServer server = await StartAsync(most: 1);
        ProbeTarget room = server.Room();
        await using RawHandshake first = await RawHandshake.JoinAsync(room);
        using var client = new HttpClient();

        using HttpResponseMessage published = await client.PostAsync(room.Address(), new StringContent("1", Encoding.UTF8, "application/json"), Cancel);
        Assert.Equal(HttpStatusCode.Created, published.StatusCode);
        Assert.Contains("\"offset\":1", await client.GetStringAsync(room.Address(), Cancel), StringComparison.Ordinal);

        // A long poll that need not wait is not held.
        Assert.Contains("\"offset\":1", await client.GetStringAsync($"{room.Address()}?after=start&wait=30", Cancel), StringComparison.Ordinal);
        await first.AssertEntryAsync("1");
    }

    [Fact]
    public async Task A_handshake_that_fails_keeps_no_place()
    {
        await using RunningServer server = await StartAsync(most: 1);
        for (int i = 0; i < 3; i++)
        {
            Assert.StartsWith("HTTP/1.1 426 ", await AskAsync(server, WebSocket.Replace("13", "12", StringComparison.Ordinal)), StringComparison.Ordinal);
            Assert.StartsWith("HTTP/1.1 400 ", await AskAsync(server, Poll.Replace("now", "never", StringComparison.Ordinal)), StringComparison.Ordinal);
        }

        await HeldAsync(server, 0);
    }

    [Fact]
    public async Task A_join_that_fails_keeps_no_place()
    {
        await using RunningServer server = await RunningServer.StartAsync(
            http: options => options.Connections = 1,
            services: services => services.AddSingleton<Godwit.Brokers.IBroker>(new FailingBroker { Failure = FailingBroker.Away }));
        foreach (string request in (string[])[EventStream, Ndjson, WebSocket])
        {
            Assert.Contains("\"code\":\"store.away\"", await AskAsync(server, request), StringComparison.Ordinal);
        }

        await HeldAsync(server, 0);
    }

    [Fact]
    public async Task Held_polls_give_their_places_back_when_they_are_answered()
    {
        await using RunningServer server = await StartAsync(most: 2);
        ProbeTarget room = server.Room();
        using TcpClient one = await SendAsync(server, Poll, room);
        using TcpClient two = await SendAsync(server, Poll, room);
        await HeldAsync(server, 2);

        await Reading.PublishAsync(room, "1");

        await HeldAsync(server, 0);
    }

    [Fact]
    public void The_limit_of_open_files_is_read_as_the_system_writes_it()
    {
        Assert.Equal(20000, DescriptorLimit.Parse(["Limit   Soft Limit  Hard Limit  Units", "Max processes             93989                93989                processes", "Max open files            20000                524288               files     "]));
        Assert.Null(DescriptorLimit.Parse(["Max open files            unlimited            unlimited            files"]));
        Assert.Null(DescriptorLimit.Parse([]));
    }

    [Theory]
    [InlineData(1024, 768, 729)]
    [InlineData(20_000, 19_000, 18_000)]
    [InlineData(1_048_576, 996_148, 943_718)]
    public void Of_the_open_files_some_are_left_for_the_server_itself_and_some_for_what_is_answered_at_once(int limit, int accepted, int held)
    {
        Assert.Equal((accepted, held), (DescriptorLimit.AcceptedOf(limit), DescriptorLimit.HeldOf(limit)));
    }

    private static Task<RunningServer> StartAsync(int most) => RunningServer.StartAsync(http: options => options.Connections = most);

    private static ConnectionCap Cap(RunningServer server) => server.Services.GetRequiredService<ConnectionCap>();

    private static async Task HeldAsync(RunningServer server, int count)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        while (Cap(server).Held != count)
        {
            Assert.False(patience.IsCancellationRequested, $"{Cap(server).Held} are held instead of {count}.");
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<TcpClient> SendAsync(RunningServer server, string request, ProbeTarget? room = null)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(server.Root.Host, server.Root.Port, Cancel);
        string head = string.Format(null, request, (room ?? server.Room()).Address().AbsolutePath) + $"Host: {server.Root.Authority}\r\n\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), Cancel);
        return client;
    }

    /// <summary>Asks and reads the answer as far as its body ends or says its code.</summary>
    private static async Task<string> AskAsync(RunningServer server, string request)
    {
        using TcpClient client = await SendAsync(server, request);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        var answer = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (!answer.ToString().Contains("\"code\":\"", StringComparison.Ordinal))
        {
            int read = await client.GetStream().ReadAsync(buffer, patience.Token);
            Assert.True(read > 0, $"The connection ended after: {answer}");
            answer.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }

        return answer.ToString();
    }
}
