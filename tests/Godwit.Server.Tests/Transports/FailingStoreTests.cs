using System.Globalization;
using System.Net;
using System.Text.Json;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Server.Probes;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Tests.Transports;

/// <summary>What requests get while the store is away, and when the server itself fails.</summary>
public sealed class FailingStoreTests : IAsyncLifetime
{
    private readonly FailingBroker _broker = new();
    private readonly HttpClient _client = new();
    private RunningServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Failures() => ["store.away", "internal"];

    public async ValueTask InitializeAsync() =>
        _server = await RunningServer.StartAsync(services: services => services.AddSingleton<IBroker>(_broker));

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task An_event_stream_that_cannot_begin_now_is_a_200_with_retry_and_one_error_so_that_an_EventSource_comes_back(string code)
    {
        _broker.Failure = Failure(code);
        using HttpResponseMessage answer = await GetAsync(_server.Room(), "", "text/event-stream");
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.True(answer.Headers.CacheControl!.NoStore);

        string[] lines = (await answer.Content.ReadAsStringAsync(Cancel)).Split('\n');
        Assert.Equal(code == "store.away" ? "retry: 2500" : "retry: 1000", lines[0]);
        Assert.Equal("event: godwit", lines[1]);
        JsonElement error = JsonDocument.Parse(lines[2]["data: ".Length..]).RootElement;
        Assert.Equal(("error", code), (error.GetProperty("op").GetString(), error.GetProperty("code").GetString()));
        Assert.Equal(["", ""], lines[3..]);
    }

    [Theory]
    [InlineData("application/json", "")]
    [InlineData("application/json", "?after=now&wait=20")]
    [InlineData("application/x-ndjson", "")]
    public async Task Every_other_GET_that_holds_no_position_is_answered_503_at_once(string accept, string query)
    {
        _broker.Failure = FailingBroker.Away;
        using HttpResponseMessage answer = await GetAsync(_server.Room(), query, accept);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(3), answer.Headers.RetryAfter!.Delta);
        Assert.Contains("\"code\":\"store.away\"", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_poll_with_a_position_is_held_until_the_store_is_back_and_misses_nothing()
    {
        ProbeTarget room = _server.Room();
        string position = (await Reading.FillAsync(room, 2))[0];
        _broker.Failure = FailingBroker.Away;

        // Another room's position, so that only the store could judge it.
        Task<HttpResponseMessage> poll = GetAsync(_server.Room(), $"?after={position}&wait=30", "application/json");
        await _broker.Failed.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        Assert.False(poll.IsCompleted);

        _broker.Failure = null;
        using HttpResponseMessage answer = await poll.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        Assert.Contains("\"verdict\":\"reset\"", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_poll_with_a_position_is_answered_503_when_its_wait_is_over()
    {
        string position = (await Reading.FillAsync(_server.Room(), 1))[0];
        _broker.Failure = FailingBroker.Away;
        using HttpResponseMessage answer = await GetAsync(_server.Room(), $"?after={position}&wait=0.2", "application/json");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
    }

    [Fact]
    public async Task A_message_that_the_store_does_not_take_is_an_error_and_the_WebSocket_stays()
    {
        await using var reader = new WebSocketReader(_server.Room(), ProbeStart.Now);
        await reader.JoinAsync();
        _broker.Failure = FailingBroker.Away;
        await reader.SendAsync("1", Cancel);
        Assert.Equal("store.away", (await reader.NextAsync(ProbeFrameKind.Error)).Code);

        _broker.Failure = null;
        await reader.SendAsync("2", Cancel);
        Assert.Equal("2", (await reader.NextAsync(ProbeFrameKind.Entry)).Data);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_publish_that_the_server_fails_at_closes_the_WebSocket_with_internal(bool ofUsualKind)
    {
        await using var reader = new WebSocketReader(_server.Room(), ProbeStart.Now);
        await reader.JoinAsync();
        _broker.Failure = ofUsualKind ? new InvalidOperationException("out of order") : new NotSupportedException("never heard of");
        await reader.SendAsync("1", Cancel);
        ProbeFrame end = await reader.NextAsync(ProbeFrameKind.End);
        Assert.Equal(ErrorCode.Internal.Close, end.Status);
    }

    private static Exception Failure(string code) => code == "store.away" ? FailingBroker.Away : new NotSupportedException("never heard of");

    private async Task<HttpResponseMessage> GetAsync(ProbeTarget room, string query, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"{room.Mount}/rooms/{room.Room}{query}"));
        request.Headers.Accept.ParseAdd(accept);
        return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
    }
}
