using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Godwit.AspNetCore;
using Godwit.Limits;
using Godwit.Rooms;
using Godwit.Server.Tests.Sessions;
using Godwit.Server.Tests.Transports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Limits;

/// <summary>Rates and bounds over real connections, on each transport that they concern. Requests are not local: they say that a proxy was between.</summary>
public sealed class RateTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private readonly HttpClient _client = new() { DefaultRequestHeaders = { { "Via", "1.1 elsewhere" } } };
    private RunningServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync(
        engine: static options => (options.Limits.Publishes, options.Limits.NewRooms) = (new Rate(1, 3), new Rate(1, 3)),
        http: static options => options.Anonymous = AnonymousAccess.Everyone,
        time: _time);

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_POST_above_the_rate_is_429_with_the_time_to_come_back_and_is_taken_then()
    {
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.Created, (await PublishAsync()).StatusCode);
        }

        using HttpResponseMessage refused = await PublishAsync();
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
        JsonElement problem = JsonDocument.Parse(await refused.Content.ReadAsStringAsync(Cancel)).RootElement;
        Assert.Equal("publish.rate", problem.GetProperty("code").GetString());
        Assert.InRange(problem.GetProperty("retry").GetInt32(), 1, 1000);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.Created, (await PublishAsync()).StatusCode);
    }

    [Fact]
    public async Task Lines_of_a_publish_stream_above_the_rate_are_refused_in_their_place_and_the_stream_ends_when_they_go_on()
    {
        string[] answers = await LinesAsync(5);
        Assert.Equal(["position", "position", "position", "publish.rate", "publish.rate"], answers.Select(static answer => answer.Contains("\"position\"", StringComparison.Ordinal) ? "position" : Code(answer)));
        Assert.Contains("\"line\":4", answers[3], StringComparison.Ordinal);

        answers = await LinesAsync(1000);
        Assert.Equal(201, answers.Length);
    }

    [Fact]
    public async Task An_exchange_and_a_session_stream_refuse_in_the_place_of_the_item()
    {
        string item = """{"op":"publish","room":"lobby","data":1}""";
        string body = $$"""{"send":[{{string.Join(',', Enumerable.Repeat(item, 4))}}]}""";
        JsonElement answer = JsonDocument.Parse(await (await ExchangeAsync(body)).Content.ReadAsStringAsync(Cancel)).RootElement;
        Assert.Equal(["reply", "reply", "reply", "error"], answer.GetProperty("replies").EnumerateArray().Select(static reply => reply.GetProperty("op").GetString()));
        Assert.Equal("publish.rate", answer.GetProperty("replies")[3].GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_WebSocket_of_a_room_is_told_and_closed_only_when_it_goes_on()
    {
        using TcpClient client = await OpenAsync($"GET {_server.Room().Address().AbsolutePath} HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
        var received = new StringBuilder();
        Task reading = ReadAllAsync(client, received);
        try
        {
            for (int i = 0; i < 1000 && !reading.IsCompleted; i++)
            {
                await client.GetStream().WriteAsync((byte[])[0x81, 0x81, 0, 0, 0, 0, (byte)'1'], Cancel);
            }
        }
        catch (IOException)
        {
            // Closed.
        }

        await reading.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        string text = received.ToString();
        Assert.Equal(3, Count(text, "\"op\":\"entry\""));
        Assert.Equal(201, Count(text, "\"code\":\"publish.rate\""));
        Assert.EndsWith("publish.rate", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Accept: application/json", 429)]
    [InlineData("Accept: application/x-ndjson", 429)]
    [InlineData("Accept: text/event-stream", 200)]
    [InlineData("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", 429)]
    public async Task Reading_rooms_that_nobody_used_has_a_rate_and_rooms_that_are_there_have_none(string header, int status)
    {
        Godwit.Protocol.RoomName there = RoomName("there");
        await _server.Services.GetRequiredService<RoomPublisher>().PublishJsonAsync(there, "1"u8, cancel: Cancel);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await _client.GetAsync(_server.Room().Address(), Cancel)).StatusCode);
        }

        string refused = await HeadAsync($"GET {_server.Room().Address().AbsolutePath} HTTP/1.1\r\n{header}\r\n", "rooms.rate");
        Assert.StartsWith($"HTTP/1.1 {status} ", refused, StringComparison.Ordinal);
        Assert.Matches(status == 200 ? "retry: [0-9]+\n" : "Retry-After: 1\r\n", refused);

        string taken = await HeadAsync($"GET /rt/rooms/{there}?after=start HTTP/1.1\r\n{header}\r\n", status == 200 ? "data: 1\n" : "\"offset\":1");
        Assert.DoesNotContain("429", taken.Split('\n')[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_an_exchange_only_the_rooms_above_the_rate_are_refused_and_it_is_answered_at_once()
    {
        JsonElement answer = JsonDocument.Parse(await (await ExchangeAsync("""{"rooms":{"a":"now","b":"now","c":"now","d":"now"},"wait":30}""")).Content.ReadAsStringAsync(Cancel)).RootElement;
        Assert.Equal(["joined", "joined", "joined", "error"], answer.GetProperty("frames").EnumerateArray().Select(static frame => frame.GetProperty("op").GetString()));
        Assert.Equal("rooms.rate", answer.GetProperty("frames")[3].GetProperty("code").GetString());
        Assert.Equal(["a", "b", "c"], answer.GetProperty("rooms").EnumerateObject().Select(static room => room.Name));
    }

    [Fact]
    public async Task The_third_exchange_that_is_held_for_a_room_has_the_oldest_answered_and_none_refused()
    {
        JsonElement first = JsonDocument.Parse(await (await ExchangeAsync("""{"rooms":{"a":"now","b":"now"}}""")).Content.ReadAsStringAsync(Cancel)).RootElement;
        string session = first.GetProperty("session").GetString()!;
        string At(string room) => $"\"{room}\":\"{first.GetProperty("rooms").GetProperty(room).GetString()}\"";
        async Task<Task<HttpResponseMessage>> HoldAsync(string rooms, int held)
        {
            Task<HttpResponseMessage> asked = ExchangeAsync($$"""{"session":"{{session}}","rooms":{{{rooms}}},"wait":50}""");
            HeldExchanges exchanges = _server.Services.GetRequiredService<GodwitEngine>().Limits.HeldExchanges;
            while (exchanges.Count != held)
            {
                Assert.False(asked.IsCompleted);
                Cancel.ThrowIfCancellationRequested();
                await Task.Delay(1, TestContext.Current.CancellationToken);
            }

            return asked;
        }

        Task<HttpResponseMessage> one = await HoldAsync(At("a"), 1), other = await HoldAsync(At("b"), 2), two = await HoldAsync($"{At("a")},{At("b")}", 3);
        Assert.False(one.IsCompleted || other.IsCompleted || two.IsCompleted);

        Task<HttpResponseMessage> three = ExchangeAsync($$"""{"session":"{{session}}","rooms":{{{At("a")}}},"wait":50}""");
        JsonElement early = JsonDocument.Parse(await (await one.WaitAsync(TimeSpan.FromSeconds(30), Cancel)).Content.ReadAsStringAsync(Cancel)).RootElement;
        Assert.Equal(first.GetProperty("rooms").GetProperty("a").GetString(), early.GetProperty("rooms").GetProperty("a").GetString());
        Assert.DoesNotContain(early.GetProperty("frames").EnumerateArray(), static frame => frame.GetProperty("op").GetString() is "entry" or "error");
        Assert.False(other.IsCompleted || two.IsCompleted || three.IsCompleted);

        await _server.Services.GetRequiredService<RoomPublisher>().PublishJsonAsync(RoomName("b"), "1"u8, cancel: Cancel);
        await _server.Services.GetRequiredService<RoomPublisher>().PublishJsonAsync(RoomName("a"), "1"u8, cancel: Cancel);
        foreach (Task<HttpResponseMessage> held in (Task<HttpResponseMessage>[])[other, two, three])
        {
            Assert.Contains("\"op\":\"entry\"", await (await held.WaitAsync(TimeSpan.FromSeconds(30), Cancel)).Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_local_request_has_no_rate_while_access_is_not_configured_even_if_everyone_is_let_in()
    {
        using var local = new HttpClient();
        Uri room = _server.Room().Address();
        for (int i = 0; i < 20; i++)
        {
            using HttpResponseMessage answer = await local.PostAsync(room, new StringContent("1", Encoding.UTF8, "application/json"), Cancel);
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        }
    }

    [Fact]
    public async Task The_applications_own_publishes_have_no_rate()
    {
        RoomPublisher publisher = _server.Services.GetRequiredService<RoomPublisher>();
        for (int i = 0; i < 6000; i++)
        {
            await publisher.PublishJsonAsync(RoomName("own"), "1"u8, cancel: Cancel);
        }
    }

    [Fact]
    public async Task A_head_of_more_than_16_KiB_is_431_and_the_connection_ends()
    {
        using TcpClient client = await OpenAsync($"GET /rt/rooms/a HTTP/1.1\r\nX-Padding: {new string('x', 17 << 10)}\r\n");
        var received = new StringBuilder();
        await ReadAllAsync(client, received).WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.StartsWith("HTTP/1.1 431 ", received.ToString(), StringComparison.Ordinal);
    }

    private static Godwit.Protocol.RoomName RoomName(string name) => Godwit.Protocol.RoomName.Parse(name);

    private static string Code(string problem) => JsonDocument.Parse(problem).RootElement.GetProperty("code").GetString()!;

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private Task<HttpResponseMessage> PublishAsync() =>
        _client.PostAsync(_server.Room().Address(), new StringContent("1", Encoding.UTF8, "application/json"), Cancel);

    private Task<HttpResponseMessage> ExchangeAsync(string body) =>
        _client.PostAsync(new Uri(_server.Root, "rt/session"), new StringContent(body, Encoding.UTF8, "application/json"), Cancel);

    private async Task<string[]> LinesAsync(int count)
    {
        string lines = string.Concat(Enumerable.Repeat("{\"room\":\"lobby\",\"data\":1}\n", count));
        using HttpResponseMessage answer = await _client.PostAsync(new Uri(_server.Root, "rt/publish"), new StringContent(lines, Encoding.UTF8, "application/x-ndjson"), Cancel);
        return (await answer.Content.ReadAsStringAsync(Cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private async Task<TcpClient> OpenAsync(string head)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(_server.Root.Host, _server.Root.Port, Cancel);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{head}Host: {_server.Root.Authority}\r\nVia: 1.1 elsewhere\r\n\r\n"), Cancel);
        return client;
    }

    private static async Task ReadAllAsync(TcpClient client, StringBuilder text)
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (await client.GetStream().ReadAsync(buffer, Cancel) is > 0 and int read)
            {
                text.Append(Encoding.Latin1.GetString(buffer, 0, read));
                if (text.ToString().EndsWith("publish.rate", StringComparison.Ordinal))
                {
                    return;
                }
            }
        }
        catch (IOException)
        {
            // Reset.
        }
    }

    private async Task<string> HeadAsync(string head, string until)
    {
        using TcpClient client = await OpenAsync(head);
        var text = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (!text.ToString().Contains(until, StringComparison.Ordinal))
        {
            int read = await client.GetStream().ReadAsync(buffer, Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancel);
            Assert.True(read > 0, $"The connection ended after: {text}");
            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }

        return text.ToString();
    }
}
