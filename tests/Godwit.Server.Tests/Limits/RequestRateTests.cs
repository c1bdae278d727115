using System.Net;
using System.Text;
using System.Text.Json;
using Godwit.AspNetCore;
using Godwit.Limits;
using Godwit.Server.Tests.Transports;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Limits;

/// <summary>Whoever asks for more than its rate waits its turn, and nobody else does. A proxy that is named says who asks.</summary>
public sealed class RequestRateTests : IAsyncLifetime
{
    private const string Flooding = "203.0.113.7";

    private readonly WaitedFor _time = new();
    private RunningServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync(
        engine: static options => options.Limits.Requests = new Rate(1, 3),
        http: static options =>
        {
            options.Anonymous = AnonymousAccess.Everyone;
            options.Proxies.Add(IPNetwork.Parse("127.0.0.0/8"));
        },
        time: _time);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Requests_above_the_rate_are_answered_one_by_one_as_their_turns_come()
    {
        using HttpClient client = From(Flooding);
        for (int i = 0; i < 3; i++)
        {
            await AnsweredAsync(Ask(client));
        }

        Task<HttpResponseMessage> first = Ask(client);
        await WaitingAsync(1);
        Task<HttpResponseMessage> second = Ask(client);
        await WaitingAsync(2);
        Assert.False(first.IsCompleted || second.IsCompleted);
        using HttpClient other = From("203.0.113.8");
        await AnsweredAsync(Ask(other));
        using var local = new HttpClient();
        for (int i = 0; i < 10; i++)
        {
            await AnsweredAsync(Ask(local));
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        await AnsweredAsync(first);
        Assert.False(second.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await AnsweredAsync(second);
    }

    [Fact]
    public async Task A_request_whose_turn_is_more_than_5_s_off_is_429_with_the_time_to_come_back_whatever_it_shows()
    {
        using HttpClient client = From(Flooding);
        var waiting = new List<Task<HttpResponseMessage>>();
        for (int i = 0; i < 8; i++)
        {
            waiting.Add(Ask(client));
            await WaitingAsync(Math.Max(0, i - 2));
        }

        using HttpResponseMessage refused = await Ask(client).WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(6), refused.Headers.RetryAfter?.Delta);
        Assert.Contains("requests.rate", await refused.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);

        _time.Advance(TimeSpan.FromSeconds(5));
        foreach (Task<HttpResponseMessage> asked in waiting)
        {
            await AnsweredAsync(asked);
        }
    }

    [Fact]
    public async Task What_an_exchange_sends_counts_and_more_than_ever_is_at_once_takes_all_there_is()
    {
        using HttpClient client = From(Flooding);
        string body = $$"""{"send":[{{string.Join(',', Enumerable.Repeat("""{"op":"ping"}""", 100))}}]}""";
        Task<HttpResponseMessage> large = client.PostAsync(new Uri(_server.Root, "rt/session"), new StringContent(body, Encoding.UTF8, "application/json"), Cancel);
        await WaitingAsync(1);
        Assert.False(large.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await AnsweredAsync(large);

        Task<HttpResponseMessage> next = Ask(client);
        await WaitingAsync(2);
        Assert.False(next.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await AnsweredAsync(next);
    }

    [Theory]
    [InlineData("rt/rooms/history?after=start", null)]
    [InlineData("rt/session", """{"rooms":{"history":"start"}}""")]
    [InlineData("rt/session", """{"send":[{"op":"read","room":"history","after":"start"}]}""")]
    public async Task Every_16_KiB_of_an_answer_count_as_a_request_and_the_next_one_waits_for_them(string path, string? body)
    {
        using var local = new HttpClient();
        for (int i = 0; i < 4; i++)
        {
            using HttpResponseMessage published = await local.PostAsync(new Uri(_server.Mount + "/rooms/history"), new StringContent(new string('x', 20 << 10), Encoding.UTF8, "text/plain"), Cancel);
            Assert.Equal(HttpStatusCode.Created, published.StatusCode);
        }

        // One for the poll, or the exchange with what it sends, and five for an answer of 80 KiB; three are there at once.
        using HttpClient client = From(Flooding);
        var url = new Uri(_server.Root, path);
        await AnsweredAsync(body is null ? client.GetAsync(url, Cancel) : client.PostAsync(url, new StringContent(body, Encoding.UTF8, "application/json"), Cancel));
        Task<HttpResponseMessage> next = Ask(client);
        await WaitingAsync(1);
        _time.Advance(TimeSpan.FromSeconds(3));
        await AnsweredAsync(Ask(local));
        Assert.False(next.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await AnsweredAsync(next);
    }

    [Fact]
    public async Task The_answer_to_a_read_over_a_WebSocket_counts_too()
    {
        using var local = new HttpClient();
        for (int i = 0; i < 8; i++)
        {
            using HttpResponseMessage published = await local.PostAsync(new Uri(_server.Mount + "/rooms/history"), new StringContent(new string('x', 20 << 10), Encoding.UTF8, "text/plain"), Cancel);
        }

        using var socket = new System.Net.WebSockets.ClientWebSocket();
        socket.Options.SetRequestHeader("X-Forwarded-For", Flooding);
        await socket.ConnectAsync(new UriBuilder(new Uri(_server.Root, "rt/session")) { Scheme = "ws" }.Uri, Cancel);
        foreach (string frame in new[] { """{"op":"hello"}""", """{"op":"read","room":"history","after":"start"}""" })
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(frame), System.Net.WebSockets.WebSocketMessageType.Text, endOfMessage: true, Cancel);
        }

        byte[] buffer = new byte[64 << 10];
        for (int received = 0; received < 160 << 10;)
        {
            received += (await socket.ReceiveAsync(buffer, Cancel)).Count;
        }

        // Ten for the answer, beside what was sent, where three are there at once and a wait of 5 s is borne with.
        using HttpClient client = From(Flooding);
        using HttpResponseMessage refused = await Ask(client).WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
    }

    [Fact]
    public async Task A_WebSocket_is_read_more_slowly_and_nothing_of_it_is_refused()
    {
        using var socket = new System.Net.WebSockets.ClientWebSocket();
        socket.Options.SetRequestHeader("X-Forwarded-For", Flooding);
        await socket.ConnectAsync(new UriBuilder(new Uri(_server.Root, "rt/session")) { Scheme = "ws" }.Uri, Cancel);
        await SendAsync("""{"op":"hello"}""");
        Assert.Equal("welcome", await ReceiveAsync());
        await SendAsync("""{"op":"ping"}""");
        Assert.Equal("pong", await ReceiveAsync());

        // The handshake, hello and this one: from here on there is one a second, and the next message is not read before.
        await SendAsync("""{"op":"ping"}""");
        Assert.Equal("pong", await ReceiveAsync());
        await WaitingAsync(1);
        await SendAsync("""{"op":"ping"}""");
        Task<string> answer = ReceiveAsync();
        Assert.False(answer.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("pong", await answer);

        Task SendAsync(string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), System.Net.WebSockets.WebSocketMessageType.Text, endOfMessage: true, Cancel);
        async Task<string> ReceiveAsync()
        {
            byte[] buffer = new byte[4096];
            System.Net.WebSockets.WebSocketReceiveResult received = await socket.ReceiveAsync(new ArraySegment<byte>(buffer), Cancel).WaitAsync(TimeSpan.FromSeconds(30), Cancel);
            return JsonDocument.Parse(buffer.AsMemory(0, received.Count)).RootElement.GetProperty("op").GetString()!;
        }
    }

    [Theory]
    [InlineData("\n\n\n\n\n")]
    [InlineData("x\nx\nx\nx\nx\n")]
    [InlineData("{\"rooms\":[\"a\",\"b\",\"c\",\"d\",\"e\"],\"data\":1}\n\n")]
    public async Task Lines_of_a_publish_stream_count_each_and_for_each_room_and_what_is_above_the_rate_is_read_later(string lines)
    {
        using HttpClient client = From(Flooding);
        Task<HttpResponseMessage> publishing = client.PostAsync(new Uri(_server.Root, "rt/publish"), new StringContent(lines, null, "application/x-ndjson"), Cancel);
        await WaitingAsync(1);
        Assert.False(publishing.IsCompleted);
        using var local = new HttpClient();
        await AnsweredAsync(Ask(local));
        while (!publishing.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(publishing, Task.Delay(1, Cancel));
        }

        await AnsweredAsync(publishing);
    }

    [Fact]
    public async Task Every_16_KiB_of_a_publish_stream_count_as_a_line_whether_a_line_ends_in_them_or_not()
    {
        using HttpClient client = From(Flooding);
        Task<HttpResponseMessage> publishing = client.PostAsync(new Uri(_server.Root, "rt/publish"), new StringContent(new string(' ', 100 << 10), null, "application/x-ndjson"), Cancel);
        await WaitingAsync(1);
        Assert.False(publishing.IsCompleted);
        while (!publishing.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(publishing, Task.Delay(1, Cancel));
        }

        await AnsweredAsync(publishing);
    }

    private static HttpClient From(string address) => new() { DefaultRequestHeaders = { { "X-Forwarded-For", address } } };

    private Task<HttpResponseMessage> Ask(HttpClient client) => client.GetAsync(new Uri(_server.Mount + "/rooms/lobby"), Cancel);

    private static async Task AnsweredAsync(Task<HttpResponseMessage> asked)
    {
        using HttpResponseMessage answer = await asked.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    /// <summary>Waits until so many have begun to wait their turn.</summary>
    private async Task WaitingAsync(int count)
    {
        while (_time.Waits < count)
        {
            Cancel.ThrowIfCancellationRequested();
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>A clock that knows how many waits of some seconds were begun.</summary>
    private sealed class WaitedFor : FakeTimeProvider
    {
        private int _waits;

        public int Waits => Volatile.Read(ref _waits);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            ITimer timer = base.CreateTimer(callback, state, dueTime, period);
            if (dueTime > TimeSpan.Zero && dueTime <= CallerLimits.LongestWait && period == Timeout.InfiniteTimeSpan)
            {
                Interlocked.Increment(ref _waits);
            }

            return timer;
        }
    }
}
