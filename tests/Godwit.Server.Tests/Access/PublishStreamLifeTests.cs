using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Godwit.Access;
using Godwit.AspNetCore;
using Godwit.Server.Tests.Administration;
using Godwit.Server.Tests.Transports;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Access;

/// <summary>A publish stream goes on no longer than what it goes by, and administrators see it like a connection.</summary>
public sealed class PublishStreamLifeTests
{
    private const string Line = """{"room":"room:a","data":1}""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_ends_when_the_grace_behind_its_token_is_over_however_often_a_line_comes()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var tokens = new TokenMaker();
        await using RunningServer server = await RunningServer.StartAsync(time: time, http: http =>
        {
            http.Access.Secrets.Add(new SharedSecret(tokens.Secret));
            http.Access.ClockSkew = TimeSpan.Zero;
        });
        JsonObject claims = TokenMaker.With("exp", (time.GetUtcNow() + TimeSpan.FromSeconds(60)).ToUnixTimeSeconds());
        await using var stream = await OpenStream.BeginAsync(server, tokens.Hs256(claims));

        Assert.Contains("\"position\"", await stream.SendAsync(Line), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(50));
        Assert.Contains("\"position\"", await stream.SendAsync(Line), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(34));
        Assert.Contains("\"position\"", await stream.SendAsync(Line), StringComparison.Ordinal);

        // A server that sets its clock to go off while this one is moved has it go off that much later.
        Task<string?> ended = stream.NextAsync();
        for (int i = 0; i < 40 && !ended.IsCompleted; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(ended, Task.Delay(100, TestContext.Current.CancellationToken));
        }

        Assert.True(ended.IsCompleted, "It goes on behind its grace.");
        JsonElement last = JsonDocument.Parse((await ended)!).RootElement;
        Assert.Equal("token.expired", AdminScene.Code(last));
        Assert.Equal(4, last.GetProperty("line").GetInt64());
        Assert.Null(await stream.NextAsync());
    }

    [Theory]
    [InlineData("revoke", """{"user":"ann"}""", "token.revoked")]
    [InlineData("revoke", """{"jti":"lost"}""", "token.revoked")]
    [InlineData("disconnect", """{"user":"ann"}""", "admin.disconnected")]
    public async Task An_order_ends_it_while_it_waits_for_a_line_and_nobody_elses(string order, string body, string code)
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        await using OpenStream stream = await OpenStream.BeginAsync(scene.Server, scene.Token("ann", "lost"));
        await using OpenStream other = await OpenStream.BeginAsync(scene.Server, scene.Token("bob"));
        Assert.Contains("\"position\"", await stream.SendAsync(Line), StringComparison.Ordinal);

        await scene.OrderAsync(order, body);

        Assert.Contains($"\"code\":\"{code}\"", await stream.NextAsync(), StringComparison.Ordinal);
        Assert.Null(await stream.NextAsync());
        Assert.Contains("\"position\"", await other.SendAsync(Line), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_listed_among_the_connections_for_as_long_as_it_is_open()
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        await using (OpenStream stream = await OpenStream.BeginAsync(scene.Server, scene.Token("ann")))
        {
            await stream.SendAsync(Line);
            (_, JsonElement listed) = await scene.AskAsync(HttpMethod.Get, "admin/connections?user=ann");
            JsonElement connection = Assert.Single(listed.GetProperty("connections").EnumerateArray());
            Assert.Equal(("publish_stream", "ann"), (connection.GetProperty("transport").GetString(), connection.GetProperty("user").GetString()));
            (_, listed) = await scene.AskAsync(HttpMethod.Get, "admin/connections?user=bob");
            Assert.Empty(listed.GetProperty("connections").EnumerateArray());
        }

        JsonElement left;
        do
        {
            (_, left) = await scene.AskAsync(HttpMethod.Get, "admin/connections");
        }
        while (left.GetProperty("connections").GetArrayLength() > 0);
    }

    /// <summary>A publish stream that is sent line by line.</summary>
    private sealed class OpenStream : IAsyncDisposable
    {
        private readonly HttpClient _client = new();
        private readonly Lines _lines = new();
        private Task<HttpResponseMessage> _answering = null!;
        private StreamReader? _answers;

        public static async Task<OpenStream> BeginAsync(RunningServer server, string token)
        {
            var stream = new OpenStream();

            // Over HTTP/1.1 this client reads no answer before it has sent the whole body.
            var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{server.Room().Over(Carrier.H2c).Mount}/publish"))
            {
                Content = stream._lines,
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            stream._answering = stream._client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
            await stream._lines.Ready.WaitAsync(Cancel);
            return stream;
        }

        /// <summary>Sends a line and gives its answer.</summary>
        public async Task<string?> SendAsync(string line)
        {
            await _lines.SendAsync(line + "\n");
            return await NextAsync();
        }

        public async Task<string?> NextAsync()
        {
            _answers ??= new StreamReader(await (await _answering).Content.ReadAsStreamAsync(Cancel));
            return await _answers.ReadLineAsync(Cancel);
        }

        public ValueTask DisposeAsync()
        {
            _lines.End();
            _client.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Lines : HttpContent
    {
        private readonly TaskCompletionSource<Stream> _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Lines()
        {
            Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        }

        public Task Ready => _begun.Task;

        public async Task SendAsync(string text)
        {
            Stream stream = await _begun.Task;
            await stream.WriteAsync(Encoding.UTF8.GetBytes(text), Cancel);
            await stream.FlushAsync(Cancel);
        }

        public void End() => _ended.TrySetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.FlushAsync(Cancel);
            _begun.SetResult(stream);
            await _ended.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
