using System.Buffers.Text;
using System.Net;
using System.Text;
using System.Text.Json;
using Godwit.Protocol;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Access;

/// <summary>What each credential gets, on each path, over each transport.</summary>
public sealed class AccessTableTests(AccessScene scene) : IClassFixture<AccessScene>
{
    public static TheoryData<Via, string> Reading()
    {
        var cases = new TheoryData<Via, string>();
        int turn = 0;
        foreach (string credential in AccessScene.Outcomes.Keys)
        {
            foreach (Via via in Over.Turn(turn++))
            {
                cases.Add(via, credential);
            }
        }

        return cases;
    }

    public static TheoryData<string> Credentials() => [.. AccessScene.Outcomes.Keys];

    [Theory]
    [MemberData(nameof(Reading))]
    public async Task A_reader_is_let_in_or_told_why_not(Via via, string credential)
    {
        await using ReaderProbe reader = via.Open(scene.Room(credential), ProbeStart.Oldest);
        if (AccessScene.Outcomes[credential] is not { } code)
        {
            await reader.JoinAsync();
            return;
        }

        ProbeFrame refusal = await reader.NextAsync(ProbeFrameKind.Error);
        Assert.Equal(code, refusal.Code);
        if (refusal.Status != 0)
        {
            Assert.Equal(Code(code).Status, refusal.Status);
        }

        // A session outlives a room that its caller may not read, and no credential that is none.
        if (!(via.Probe().IsSession() && code == "access.denied"))
        {
            ProbeFrame end = await reader.NextAsync(ProbeFrameKind.End);
            Assert.True(end.Status == 0 || end.Status == Code(code).Close || end.Status == Code(code).Status, end.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Credentials))]
    public async Task A_publish_is_taken_or_refused(string credential)
    {
        await using var publisher = new HttpPublisher(scene.Room(credential));

        PublishOutcome outcome = await publisher.PublishAsync("1", TestContext.Current.CancellationToken);

        Assert.Equal(AccessScene.Outcomes[credential], outcome.Code);
        Assert.Equal(AccessScene.Outcomes[credential] is { } code ? Code(code).Status : 201, outcome.Status);
    }

    [Theory]
    [MemberData(nameof(Credentials))]
    public async Task A_publish_stream_is_refused_as_a_whole_or_line_by_line(string credential)
    {
        (HttpStatusCode status, string body) = await PostAsync("publish", credential, "application/x-ndjson", "{\"room\":\"room:a\",\"data\":1}\n");

        string? code = AccessScene.Outcomes[credential];
        Assert.Equal(code is null or "access.denied" ? 200 : Code(code).Status, (int)status);
        Assert.Contains(code ?? "\"duplicate\":false", body, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Credentials))]
    public async Task Nobody_here_administrates_and_bad_credentials_are_told_as_everywhere(string credential)
    {
        using var client = new HttpClient();
        foreach ((string method, string path) in ((string, string)[])[("GET", "admin/rooms"), ("GET", "admin/connections"), ("POST", "admin/revoke"), ("POST", "admin/disconnect"), ("POST", "admin/leave"), ("DELETE", "rooms/room:a")])
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(scene.Server.Root, $"rt/{path}"));
            if (scene.Header(credential) is { } header)
            {
                request.Headers.TryAddWithoutValidation("Authorization", header);
            }

            using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

            ErrorCode code = Code(AccessScene.Outcomes[credential] ?? "access.denied");
            Assert.Equal((method, path, code.Status), (method, path, (int)answer.StatusCode));
            Assert.Contains($"\"code\":\"{code.Code}\"", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Credentials))]
    public async Task The_body_of_an_exchange_shows_who_it_is_as_well_as_a_header(string credential)
    {
        if (scene.Token(credential) is not { } token)
        {
            return;
        }

        (HttpStatusCode status, string body) = await PostAsync("session", "none", "application/json", JsonSerializer.Serialize(new { token, rooms = new Dictionary<string, string> { ["room:a"] = "start" } }));

        string? code = AccessScene.Outcomes[credential];
        Assert.Equal(code is null or "access.denied" ? 200 : Code(code).Status, (int)status);
        Assert.Contains(code ?? "\"joined\"", body, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Credentials))]
    public async Task Hello_shows_who_it_is(string credential)
    {
        if (scene.Token(credential) is not { } token)
        {
            return;
        }

        using var socket = new System.Net.WebSockets.ClientWebSocket();
        socket.Options.AddSubProtocol("godwit.v1");
        await socket.ConnectAsync(new Uri($"ws://{scene.Server.Root.Authority}/rt/session"), TestContext.Current.CancellationToken);
        await SendAsync(socket, JsonSerializer.Serialize(new { op = "hello", token, rooms = new Dictionary<string, string> { ["room:a"] = "start" } }));

        string first = await ReceiveAsync(socket);
        switch (AccessScene.Outcomes[credential])
        {
            case null:
                Assert.Contains("\"welcome\"", first, StringComparison.Ordinal);
                Assert.Contains("\"joined\"", await ReceiveAsync(socket), StringComparison.Ordinal);
                break;
            case "access.denied":
                Assert.Contains("\"welcome\"", first, StringComparison.Ordinal);
                Assert.Contains("access.denied", await ReceiveAsync(socket), StringComparison.Ordinal);
                break;
            case var code:
                Assert.Contains($"\"code\":\"{code}\"", first, StringComparison.Ordinal);
                await ReceiveAsync(socket);
                Assert.Equal(Code(code).Close, (int)socket.CloseStatus!.Value);
                break;
        }
    }

    [Theory]
    [InlineData("session", true)]
    [InlineData("rooms/room:a", true)]
    [InlineData("rooms/room:a", false)]
    public async Task A_browsers_websocket_shows_its_token_as_a_subprotocol(string path, bool good)
    {
        string token = scene.Tokens.Hs256(TokenMaker.Claims(), good ? null : scene.Tokens.OtherSecret);
        using var socket = new System.Net.WebSockets.ClientWebSocket();
        socket.Options.AddSubProtocol("godwit.v1");
        socket.Options.AddSubProtocol($"godwit.bearer.{Base64Url.EncodeToString(Encoding.ASCII.GetBytes(token))}");
        socket.Options.CollectHttpResponseDetails = true;
        Task connecting = socket.ConnectAsync(new Uri($"ws://{scene.Server.Root.Authority}/rt/{path}"), TestContext.Current.CancellationToken);
        if (!good)
        {
            await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(() => connecting);
            Assert.Equal(HttpStatusCode.Unauthorized, socket.HttpStatusCode);
            return;
        }

        await connecting;
        Assert.Equal("godwit.v1", socket.SubProtocol);
        if (path == "session")
        {
            await SendAsync(socket, """{"op":"hello","rooms":{"room:a":"now"}}""");
            Assert.Contains("\"welcome\"", await ReceiveAsync(socket), StringComparison.Ordinal);
        }

        Assert.Contains("\"joined\"", await ReceiveAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_credentials_at_once_are_refused()
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(scene.Server.Root, "rt/rooms/room:a"));
        request.Headers.TryAddWithoutValidation("Authorization", scene.Header("HS256"));
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Protocol", $"godwit.bearer.{Base64Url.EncodeToString("other"u8)}");

        using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("credential.ambiguous", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none", "Bearer realm=\"godwit\"")]
    [InlineData("expired", "Bearer realm=\"godwit\", error=\"invalid_token\"")]
    [InlineData("an unknown API key", "Bearer realm=\"godwit\", error=\"invalid_token\"")]
    public async Task Whoever_is_not_known_is_told_how_to_become_it(string credential, string authenticate)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(scene.Server.Root, "rt/rooms/room:a"));
        if (scene.Header(credential) is { } header)
        {
            request.Headers.TryAddWithoutValidation("Authorization", header);
        }

        using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(authenticate, answer.Headers.WwwAuthenticate.ToString());
    }

    [Theory]
    [InlineData("access_token")]
    [InlineData("token")]
    public async Task A_token_in_the_query_is_refused_with_a_hint(string name)
    {
        using var client = new HttpClient();
        using HttpResponseMessage answer = await client.GetAsync(new Uri(scene.Server.Root, $"rt/rooms/room:a?{name}={scene.Token("HS256")}"), TestContext.Current.CancellationToken);

        string body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("credential.misplaced", body, StringComparison.Ordinal);
        Assert.DoesNotContain(scene.Token("HS256")![..20], body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_is_its_users_alone()
    {
        string first = await SessionAsync("alice", null);
        Assert.Contains("\"resumed\":false", first, StringComparison.Ordinal);
        string session = JsonDocument.Parse(first).RootElement.GetProperty("session").GetString()!;

        Assert.Contains("\"resumed\":true", await SessionAsync("alice", session), StringComparison.Ordinal);
        Assert.Contains("\"resumed\":false", await SessionAsync("bob", session), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_entry_says_which_user_published_it_and_keys_belong_to_users()
    {
        ProbeTarget room = scene.Room("HS256");
        await using var alice = new HttpPublisher(room);
        await using var bob = new HttpPublisher(room with { Headers = [new("Authorization", $"Bearer {scene.Tokens.Hs256(TokenMaker.Claims("bob"))}")] });

        PublishOutcome one = await alice.PublishAsync("1"u8.ToArray(), "application/json", key: "order-1", cancel: TestContext.Current.CancellationToken);
        PublishOutcome two = await bob.PublishAsync("2"u8.ToArray(), "application/json", key: "order-1", cancel: TestContext.Current.CancellationToken);
        PublishOutcome again = await alice.PublishAsync("1"u8.ToArray(), "application/json", key: "order-1", cancel: TestContext.Current.CancellationToken);

        Assert.Equal((201, 201, 200), (one.Status, two.Status, again.Status));
        await using ReaderProbe reader = Via.WebSocket.Open(room, ProbeStart.Oldest);
        await reader.JoinAsync();
        List<ProbeFrame> entries = await reader.EntriesAsync(1, 2);
        Assert.Equal(["alice", "bob"], entries.Select(static entry => entry.From));
    }

    [Fact]
    public async Task Before_a_credential_is_good_nothing_is_said_about_rooms()
    {
        foreach (string credential in AccessScene.Bad)
        {
            await using ReaderProbe reader = Via.ShortPoll.Open(scene.Room(credential) with { Room = "no%20room" }, ProbeStart.Unsaid);
            Assert.Equal(AccessScene.Outcomes[credential], (await reader.RefusalAsync()).Code);
        }
    }

    private static ErrorCode Code(string code) => ErrorCode.All.Single(known => known.Code == code);

    private async Task<string> SessionAsync(string user, string? session)
    {
        using var client = new HttpClient();
        using var content = new StringContent(JsonSerializer.Serialize(new { token = scene.Tokens.Hs256(TokenMaker.Claims(user)), session }), Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await client.PostAsync(new Uri(scene.Server.Root, "rt/session"), content, TestContext.Current.CancellationToken);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private async Task<(HttpStatusCode Status, string Body)> PostAsync(string path, string credential, string mediaType, string text)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(scene.Server.Root, $"rt/{path}")) { Content = new StringContent(text, Encoding.UTF8, new System.Net.Http.Headers.MediaTypeHeaderValue(mediaType)) };
        if (scene.Header(credential) is { } header)
        {
            request.Headers.TryAddWithoutValidation("Authorization", header);
        }

        using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static Task SendAsync(System.Net.WebSockets.ClientWebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), System.Net.WebSockets.WebSocketMessageType.Text, endOfMessage: true, TestContext.Current.CancellationToken);

    private static async Task<string> ReceiveAsync(System.Net.WebSockets.ClientWebSocket socket)
    {
        byte[] buffer = new byte[64 << 10];
        System.Net.WebSockets.WebSocketReceiveResult received = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(buffer, 0, received.Count);
    }
}
