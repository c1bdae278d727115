using Godwit.Access;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Access;

/// <summary>What becomes of readers when their tokens end.</summary>
public sealed class LifetimeTests
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly TokenMaker _tokens = new();

    [Theory]
    [MemberData(nameof(Over.Streams), MemberType = typeof(Over))]
    public async Task A_stream_ends_when_the_grace_behind_its_token_is_over(Via via)
    {
        await using RunningServer server = await StartAsync();
        await using ReaderProbe reader = via.Open(Room(server, life: 10), ProbeStart.Now);
        await reader.JoinAsync();

        _time.Advance(TimeSpan.FromSeconds(34));
        await Reading.PublishAsync(Room(server, life: 100) with { Room = reader.Target.Room }, "1", keepsHeaders: true);
        await reader.NextAsync(ProbeFrameKind.Entry);

        // A server that sets its clock to go off while this one is moved has it go off that much later.
        Task<ProbeFrame> next = reader.NextAsync();
        for (int i = 0; i < 40 && !next.IsCompleted; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(next, Task.Delay(100, TestContext.Current.CancellationToken));
        }

        ProbeFrame frame = await next;
        if (frame.Kind == ProbeFrameKind.Error)
        {
            Assert.Equal("token.expired", frame.Code);
            frame = await reader.NextAsync();
        }

        Assert.Equal(ProbeFrameKind.End, frame.Kind);
        Assert.True(!via.Probe().IsWebSocket() || frame.Status == 4540, frame.ToString());
    }

    [Theory]
    [InlineData(Via.LongPoll)]
    [InlineData(Via.SessionLongPoll)]
    [InlineData(Via.LongPollOverTls)]
    [InlineData(Via.SessionLongPollOverH2c)]
    public async Task A_held_answer_comes_when_the_token_ends_and_the_next_is_refused(Via via)
    {
        await using RunningServer server = await StartAsync();
        await using ReaderProbe reader = via.Open(Room(server, life: 10) with { Wait = TimeSpan.FromSeconds(50) }, ProbeStart.Now);
        await reader.JoinAsync();

        Task<ProbeFrame> next = reader.NextAsync();
        while (!next.IsCompleted)
        {
            // Whether the poll is held already only the server knows.
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(next, Task.Delay(20, TestContext.Current.CancellationToken));
        }

        Assert.Equal("token.expired", (await next).Code);
    }

    [Fact]
    public async Task A_session_stream_goes_on_by_a_refresh_over_an_exchange()
    {
        await using RunningServer server = await StartAsync();
        ProbeTarget room = Room(server, life: 10);
        await using ReaderProbe reader = Via.SessionStream.Open(room, ProbeStart.Now);
        await reader.JoinAsync();
        string session = ((ISessionReader)reader).Welcome!.Session;

        using var client = new HttpClient();
        string body = $$"""{"token":"{{Token(10)}}","session":"{{session}}","send":[{"op":"refresh","id":1,"token":"{{Token(1000)}}"}]}""";
        using HttpResponseMessage answer = await client.PostAsync(new Uri(server.Root, "rt/session"), new StringContent(body, System.Text.Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        Assert.Contains("\"expires\"", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(40));

        await Reading.PublishAsync(Room(server, life: 100) with { Room = reader.Target.Room }, "1", keepsHeaders: true);
        await reader.NextAsync(ProbeFrameKind.Entry);
    }

    [Fact]
    public async Task A_session_stream_goes_on_by_a_refresh_that_was_sent_with_its_beginning()
    {
        await using RunningServer server = await StartAsync();
        ProbeTarget room = Room(server, life: 1000);
        using var client = new HttpClient();
        string body = $$"""{"token":"{{Token(10)}}","rooms":{"{{room.Room}}":"now"},"send":[{"op":"refresh","id":1,"token":"{{Token(1000)}}"}]}""";
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Root, "rt/session"))
        {
            Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
            Headers = { { "Accept", "text/event-stream" } },
        };
        using HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        await UntilAsync(lines, "\"op\":\"joined\"");

        _time.Advance(TimeSpan.FromSeconds(40));
        await Reading.PublishAsync(room, "1", keepsHeaders: true);
        await UntilAsync(lines, "\"op\":\"entry\"");
    }

    private static async Task UntilAsync(StreamReader lines, string text)
    {
        while (!(await lines.ReadLineAsync(TestContext.Current.CancellationToken) ?? throw new EndOfStreamException($"The stream ended before {text}.")).Contains(text, StringComparison.Ordinal))
        {
        }
    }

    private Task<RunningServer> StartAsync() => RunningServer.StartAsync(
        time: _time,
        http: http =>
        {
            http.Access.Secrets.Add(new SharedSecret(_tokens.Secret));
            http.Access.ClockSkew = TimeSpan.Zero;
        });

    private ProbeTarget Room(RunningServer server, int life) => server.Room() with { Headers = [new("Authorization", $"Bearer {Token(life)}")] };

    private string Token(int life) => _tokens.Hs256(TokenMaker.With("exp", (_time.GetUtcNow() + TimeSpan.FromSeconds(life)).ToUnixTimeSeconds()));
}
