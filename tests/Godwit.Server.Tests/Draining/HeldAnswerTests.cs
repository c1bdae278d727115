using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.AspNetCore.Access;
using Godwit.Brokers;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Http;
using Godwit.Server.Tests.Transports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Draining;

/// <summary>What was held already when the drain begins: it is answered, and goes elsewhere. No time passes here by itself.</summary>
public sealed class HeldAnswerTests : IAsyncLifetime
{
    private readonly FailingBroker _broker = new();
    private readonly FakeTimeProvider _time = new();
    private readonly HttpClient _client = new();
    private RunningServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private GodwitEngine Engine => _server.Services.GetRequiredService<GodwitEngine>();

    private ConnectionCap Cap => _server.Services.GetRequiredService<ConnectionCap>();

    public async ValueTask InitializeAsync() =>
        _server = await RunningServer.StartAsync(time: _time, services: services => services.AddSingleton<IBroker>(_broker));

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("poll")]
    [InlineData("exchange")]
    public async Task An_answer_that_the_drain_releases_has_Connection_close(string kind)
    {
        Task<HttpResponseMessage> held = AskAsync(kind, "now");
        await UntilAsync(() => Cap.Held == 1);

        Engine.Drain(TimeSpan.Zero);
        await UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            return held.IsCompleted;
        });

        using HttpResponseMessage answer = await held;
        Assert.Equal((HttpStatusCode.OK, true), (answer.StatusCode, answer.Headers.ConnectionClose));
    }

    [Theory]
    [InlineData("poll")]
    [InlineData("exchange")]
    public async Task Who_waits_for_the_store_is_answered_as_soon_as_the_drain_begins(string kind)
    {
        string position = (await Reading.FillAsync(_server.Room(), 1))[0];
        using (HttpResponseMessage known = await AskAsync("exchange", "now", wait: 0))
        {
            Assert.Equal(HttpStatusCode.OK, known.StatusCode);
        }

        _broker.Failure = FailingBroker.Away;
        Task<HttpResponseMessage> held = AskAsync(kind, position);
        await UntilAsync(() => Cap.Held == 1);

        Engine.Drain(TimeSpan.FromSeconds(15));

        using HttpResponseMessage answer = await held.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (answer.StatusCode, answer.Headers.ConnectionClose));
        Assert.Contains("store.away", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/x-ndjson", 503)]
    [InlineData("text/event-stream", 200)]
    [InlineData(null, 503)]
    public async Task A_stream_that_waits_for_the_store_to_begin_is_refused_as_soon_as_the_drain_begins(string? accept, int status)
    {
        _broker.Answer = new TaskCompletionSource();
        using Socket socket = await BeginAsync(accept);
        await _broker.Asked.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        Assert.Equal(1, Cap.Held);

        Engine.Drain(TimeSpan.FromSeconds(15));

        string answer = await socket.ReadUntilAsync("drain");
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close", answer, StringComparison.Ordinal);
        await UntilAsync(() => Cap.Held == 0);
        _broker.Answer.SetResult();
    }

    [Theory]
    [InlineData("application/x-ndjson")]
    [InlineData(null)]
    public async Task Who_goes_away_while_the_store_does_not_answer_gives_his_place_back(string? accept)
    {
        _broker.Answer = new TaskCompletionSource();
        using (Socket socket = await BeginAsync(accept))
        {
            await _broker.Asked.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
            Assert.Equal(1, Cap.Held);
        }

        await UntilAsync(() => Cap.Held == 0);
        _broker.Answer.SetResult();
    }

    private async Task<Socket> BeginAsync(string? accept)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_server.Root.Host, _server.Root.Port, Cancel);
        string headers = accept is null
            ? "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            : $"Accept: {accept}\r\n";
        await socket.SendAsync($"GET /rt/rooms/waits HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
        return socket;
    }

    private Task<HttpResponseMessage> AskAsync(string kind, string after, int wait = 50)
    {
        string room = $"held:{Guid.NewGuid():N}";
        return kind == "poll"
            ? _client.GetAsync(new Uri($"{_server.Mount}/rooms/{room}?after={after}&wait={wait}"), Cancel)
            : _client.PostAsync(
                new Uri(_server.Mount + "/session"), new StringContent($$"""{"rooms":{"{{room}}":"{{after}}"},"wait":{{wait}}}""", Encoding.UTF8, "application/json"), Cancel);
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        while (!isSo())
        {
            await Task.Delay(5, patience.Token);
        }
    }
}
