using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Http;
using Godwit.Server.Tests.Sessions;
using Godwit.Server.Tests.Transports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Draining;

/// <summary>A server that stops while clients take nothing of what they asked for.</summary>
public sealed class StalledStopTests
{
    private const int Clients = 12;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("websocket")]
    [InlineData("stream")]
    [InlineData("exchange")]
    [InlineData("poll")]
    public async Task A_clean_stop_under_clients_that_take_nothing_logs_no_error(string kind)
    {
        var log = new RecordingLog();
        var sockets = new List<Socket>();
        await using (RunningServer server = await RunningServer.StartAsync(SharedServer.Policies, services: services => services.AddSingleton<ILoggerProvider>(log)))
        {
            ProbeTarget room = server.Room("large");
            await using var publisher = new HttpPublisher(room);
            for (int i = 0; i < 5; i++)
            {
                await publisher.PublishAsync($"\"{new string('x', 200_000)}\"", Cancel);
            }

            for (int i = 0; i < Clients; i++)
            {
                sockets.Add(await StallAsync(server, room, kind));
            }

            AnswerBudget budget = server.Services.GetRequiredService<GodwitEngine>().Reads.Answers;
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            patience.CancelAfter(TimeSpan.FromSeconds(20));
            while (budget.Held < Clients * 500_000)
            {
                await Task.Delay(5, patience.Token);
            }
        }

        sockets.ForEach(static socket => socket.Dispose());
        Assert.DoesNotContain(log.Lines, static line => line.Level >= LogLevel.Error);
    }

    [Theory]
    [InlineData("session")]
    [InlineData("room")]
    [InlineData("poll")]
    public async Task What_comes_when_the_store_is_gone_already_is_not_logged_as_an_error(string kind)
    {
        var log = new RecordingLog();
        var broker = new FailingBroker();
        await using RunningServer server = await RunningServer.StartAsync(
            time: new FakeTimeProvider(), services: services => services.AddSingleton<ILoggerProvider>(log).AddSingleton<IBroker>(broker));
        using SessionSocket session = await SessionSocket.OpenAsync(server);
        await session.AskAsync("""{"op":"hello"}""");
        await using var room = new WebSocketReader(server.Room(), ProbeStart.Now);
        await room.JoinAsync();

        // Told to go, but not gone: no time passes.
        server.Services.GetRequiredService<GodwitEngine>().Drain(TimeSpan.FromHours(1));
        broker.Failure = new ObjectDisposedException(nameof(IBroker));
        switch (kind)
        {
            case "session":
                await session.SendAsync("""{"op":"read","room":"a"}""");
                await Assert.ThrowsAnyAsync<Exception>(session.ReceiveAsync);
                break;
            case "room":
                await room.SendAsync("1", Cancel);
                await room.NextAsync(ProbeFrameKind.End);
                break;
            default:
                using (var client = new HttpClient())
                {
                    using HttpResponseMessage answer = await client.GetAsync(server.Room().Address(), Cancel);
                    Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
                    Assert.Contains("\"drain\"", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
                }

                break;
        }

        Assert.True(broker.Failed.Task.IsCompleted);
        Assert.Empty(log.Lines);
    }

    private static async Task<Socket> StallAsync(RunningServer server, ProbeTarget room, string kind)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 4 << 10 };
        await socket.ConnectAsync(server.Root.Host, server.Root.Port, Cancel);
        string read = $$"""{"op":"read","room":"{{room.Room}}","after":"start","limit":1000}""";
        string[] reads = [.. Enumerable.Repeat(read, 12)];
        string body = $$"""{"send":[{{string.Join(',', reads)}}]}""";
        string post = $"POST /rt/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n";
        switch (kind)
        {
            case "websocket":
                await socket.SendAsync("GET /rt/session HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
                foreach (string frame in (string[])["""{"op":"hello"}""", .. reads])
                {
                    await socket.SendAsync(WebSocketWire.Frame(WebSocketWire.Text, Encoding.ASCII.GetBytes(frame)), Cancel);
                }

                break;
            case "stream":
                await socket.SendAsync(post + "Accept: text/event-stream\r\n\r\n" + body);
                break;
            default:
                for (int i = 0; i < 12; i++)
                {
                    await socket.SendAsync(kind == "poll" ? $"GET {room.Address("after=start").PathAndQuery} HTTP/1.1\r\nHost: localhost\r\n\r\n" : post + "\r\n" + body);
                }

                break;
        }

        return socket;
    }
}
