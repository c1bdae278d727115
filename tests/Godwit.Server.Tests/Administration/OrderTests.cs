using System.Net;
using System.Text.Json;
using Godwit.Administration;
using Godwit.Brokers;
using Godwit.Feeds.Pump;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;
using Godwit.Sessions.Tokens;

namespace Godwit.Server.Tests.Administration;

/// <summary>Revoking, disconnecting, and taking out of rooms: over every transport, and of nobody else.</summary>
public sealed class OrderTests
{
    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task A_revoked_user_is_sent_nothing_more_and_let_in_nowhere(Via via)
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        await using ReaderProbe reader = via.Open(scene.Room(scene.Token("ann")), ProbeStart.Now);
        string room = reader.Target.Room;
        await using ReaderProbe other = Via.WebSocket.Open(scene.Room(scene.Token("bob"), room), ProbeStart.Now);
        await reader.JoinAsync();
        await other.JoinAsync();

        await scene.OrderAsync("revoke", """{"user":"ann"}""");
        await scene.PublishAsync(room, "1");

        Assert.Equal("token.revoked", await EndAsync(reader, 4568));
        await other.EntriesAsync(1, 1);
        await using ReaderProbe again = via.Open(scene.Room(scene.Token("ann", issued: TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(1)), room), ProbeStart.Now);
        Assert.Equal("token.revoked", (await again.NextAsync(ProbeFrameKind.Error)).Code);
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task A_revoked_token_is_good_nowhere_and_another_of_the_user_is(Via via)
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        await using ReaderProbe reader = via.Open(scene.Room(scene.Token("ann", "lost")), ProbeStart.Now);
        string room = reader.Target.Room;
        await using ReaderProbe other = via.Open(scene.Room(scene.Token("ann", "kept"), room), ProbeStart.Now);
        await reader.JoinAsync();
        await other.JoinAsync();

        await scene.OrderAsync("revoke", """{"jti":"lost"}""");
        await scene.PublishAsync(room, "1");

        Assert.Equal("token.revoked", await EndAsync(reader, 4568));
        await other.EntriesAsync(1, 1);
    }

    [Theory]
    [InlineData("rooms/room:a?wait=50", ReadTransport.LongPoll, HttpStatusCode.Unauthorized)]
    [InlineData("session", ReadTransport.SessionPoll, HttpStatusCode.OK)]
    public async Task An_answer_that_is_held_says_that_its_credential_was_revoked(string path, object transport, HttpStatusCode status)
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        string token = scene.Token("ann");
        Task<(HttpStatusCode Status, JsonElement Body)> held = path == "session"
            ? scene.AskAsync(HttpMethod.Post, path, """{"rooms":{"room:a":"now"},"wait":50}""", token)
            : scene.AskAsync(HttpMethod.Get, path, credential: token);
        var engine = (GodwitEngine)scene.Server.Services.GetService(typeof(GodwitEngine))!;
        while (engine.Held((ReadTransport)transport) == 0)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        await scene.OrderAsync("revoke", """{"user":"ann"}""");

        (HttpStatusCode answered, JsonElement body) = await held;
        Assert.Equal(status, answered);
        Assert.Contains("token.revoked", body.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task To_revoke_the_same_again_takes_no_more_room_in_the_store_and_never_makes_less_of_it()
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        for (int i = 0; i < 10; i++)
        {
            await scene.OrderAsync("revoke", """{"user":"ann"}""");
            await scene.OrderAsync("revoke", """{"jti":"lost"}""");
            await scene.OrderAsync("revoke", $$"""{"session":"{{new string('a', 32)}}"}""");
        }

        await scene.OrderAsync("revoke", """{"user":"ann","before":1000}""");
        var kept = new KeptOrders();
        var broker = (IBroker)scene.Server.Services.GetService(typeof(IBroker))!;
        await using IAsyncDisposable watch = await broker.WatchOrdersAsync(kept, TestContext.Current.CancellationToken);
        Assert.Equal(4, kept.All.Count);
        Assert.Contains(kept.All, static order => order.User == "ann" && order.Before > DateTimeOffset.UnixEpoch.AddYears(1));
    }

    [Fact]
    public async Task A_refresh_that_a_revocation_overtakes_ends_the_connection()
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        await using ReaderProbe reader = Via.SessionWebSocket.Open(scene.Room(scene.Token("ann", "kept")), ProbeStart.Now);
        await reader.JoinAsync();
        await scene.OrderAsync("revoke", """{"jti":"lost"}""");

        // As the refresh has it that was checked before the order came.
        var engine = (GodwitEngine)scene.Server.Services.GetService(typeof(GodwitEngine))!;
        var access = (Godwit.Access.RoomAccess)scene.Server.Services.GetService(typeof(Godwit.Access.RoomAccess))!;
        engine.Reads.ForEachConnection(connection => connection.Become(new Godwit.Access.Caller { Kind = Godwit.Access.CallerKind.Token, User = "ann", TokenId = "lost", Grants = Godwit.Access.Grants.Everything }, access));

        Assert.Equal("token.revoked", await EndAsync(reader, 4568));
    }

    [Fact]
    public async Task A_user_comes_back_with_a_token_made_after_the_revocation()
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        JsonElement answer = await scene.OrderAsync("revoke", """{"user":"ann"}""");
        DateTimeOffset before = DateTimeOffset.FromUnixTimeMilliseconds(answer.GetProperty("before").GetInt64());

        await using ReaderProbe late = Via.WebSocket.Open(scene.Room(scene.Token("ann", issued: before)), ProbeStart.Now);
        await late.JoinAsync();
        await using ReaderProbe early = Via.WebSocket.Open(scene.Room(scene.Token("ann", issued: before - TimeSpan.FromMilliseconds(1))), ProbeStart.Now);
        Assert.Equal("token.revoked", (await early.RefusalAsync()).Code);
        Assert.True(answer.GetProperty("until").GetInt64() > before.ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task A_revocation_can_spare_what_was_made_since_a_time()
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        DateTimeOffset hour = TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1);
        await scene.OrderAsync("revoke", $$"""{"user":"ann","before":{{hour.ToUnixTimeMilliseconds()}}}""");

        await using ReaderProbe late = Via.LongPoll.Open(scene.Room(scene.Token("ann")), ProbeStart.Now);
        await late.JoinAsync();
        await using ReaderProbe early = Via.LongPoll.Open(scene.Room(scene.Token("ann", issued: hour - TimeSpan.FromMinutes(1))), ProbeStart.Now);
        Assert.Equal("token.revoked", (await early.RefusalAsync()).Code);
    }

    [Theory]
    [InlineData("""{"user":"ann"}""")]
    [InlineData("""{"jti":"lost"}""")]
    public async Task What_a_revoked_token_made_is_revoked_with_it(string order)
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        string token = scene.Token("ann", "lost");
        (_, JsonElement ticket) = await scene.AskAsync(HttpMethod.Post, "tickets", "{}", token);
        (_, JsonElement link) = await scene.AskAsync(HttpMethod.Post, "links", """{"room":"room:a"}""", token);
        await scene.OrderAsync("revoke", order);

        using var client = new HttpClient();
        using HttpResponseMessage exchange = await client.PostAsync(new Uri(scene.Server.Root, "rt/session"), new StringContent($$"""{"ticket":"{{ticket.GetProperty("ticket").GetString()}}"}""", System.Text.Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        Assert.Contains("token.revoked", await exchange.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using HttpResponseMessage poll = await client.GetAsync(new Uri(scene.Server.Root, link.GetProperty("url").GetString()!), TestContext.Current.CancellationToken);
        Assert.Contains("token.revoked", await poll.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Over.Sessions), MemberType = typeof(Over))]
    public async Task A_revoked_session_ends_and_its_client_goes_on_as_another(Via via)
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        string token = scene.Token("ann");
        await using ReaderProbe reader = via.Open(scene.Room(token), ProbeStart.Now);
        await reader.JoinAsync();
        string text = ((ISessionReader)reader).Welcome!.Session;
        Assert.True(SessionToken.TryParse(text, out SessionToken session));

        await scene.OrderAsync("revoke", $$"""{"session":"{{Order.NameOf(session.Session)}}"}""");

        if (via.Probe().Streams())
        {
            Assert.Equal("session.revoked", await EndAsync(reader, 4569));
        }

        (_, JsonElement answer) = await scene.AskAsync(HttpMethod.Post, "session", $$"""{"session":"{{text}}"}""", token);
        Assert.True(SessionToken.TryParse(answer.GetProperty("session").GetString(), out SessionToken next));
        Assert.NotEqual(session.Session, next.Session);
    }

    [Theory]
    [MemberData(nameof(Over.Streams), MemberType = typeof(Over))]
    public async Task A_user_is_disconnected_and_may_come_back(Via via)
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        string token = scene.Token("ann");
        await using ReaderProbe reader = via.Open(scene.Room(token), ProbeStart.Now);
        await using ReaderProbe other = via.Open(scene.Room(scene.Token("bob"), reader.Target.Room), ProbeStart.Now);
        await reader.JoinAsync();
        await other.JoinAsync();

        await scene.OrderAsync("disconnect", """{"user":"ann"}""");
        Assert.Equal("admin.disconnected", await EndAsync(reader, 4571));
        await using ReaderProbe again = via.Open(scene.Room(token, reader.Target.Room), ProbeStart.Now);
        await again.JoinAsync();
        await scene.PublishAsync(reader.Target.Room, "1");
        await other.EntriesAsync(1, 1);
        await again.EntriesAsync(1, 1);
    }

    [Theory]
    [InlineData(Via.LongPoll)]
    [InlineData(Via.SessionLongPoll)]
    public async Task A_held_answer_of_a_user_who_is_disconnected_comes_at_once(Via via)
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        await using ReaderProbe reader = via.Open(scene.Room(scene.Token("ann")) with { Wait = TimeSpan.FromSeconds(50) }, ProbeStart.Now);
        await reader.JoinAsync();

        Task<ProbeFrame> next = reader.AnyAsync();
        while (!next.IsCompleted)
        {
            // Whether the poll is held already only the server knows.
            await scene.OrderAsync("disconnect", """{"user":"ann"}""");
            await Task.WhenAny(next, Task.Delay(20, TestContext.Current.CancellationToken));
        }

        Assert.Equal(ProbeFrameKind.Answer, (await next).Kind);
    }

    [Theory]
    [MemberData(nameof(Over.Streams), MemberType = typeof(Over))]
    public async Task A_user_is_taken_out_of_one_room(Via via)
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        await using ReaderProbe reader = via.Open(scene.Room(scene.Token("ann")), ProbeStart.Now);
        string room = reader.Target.Room;
        await using ReaderProbe elsewhere = via.Open(scene.Room(scene.Token("ann")), ProbeStart.Now);
        await reader.JoinAsync();
        await elsewhere.JoinAsync();

        await scene.OrderAsync("leave", $$"""{"user":"ann","room":"{{room}}"}""");
        await scene.PublishAsync(elsewhere.Target.Room, "1");

        if (via.Probe().IsSession())
        {
            Assert.Equal("admin.removed", (await reader.NextAsync(ProbeFrameKind.Left)).Code);
        }
        else
        {
            Assert.Equal("admin.removed", await EndAsync(reader, 4572));
        }

        await elsewhere.EntriesAsync(1, 1);
    }

    [Fact]
    public async Task A_revocation_is_known_to_a_server_before_it_lets_anybody_in()
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        var broker = (Godwit.Brokers.IBroker)scene.Server.Services.GetService(typeof(Godwit.Brokers.IBroker))!;
        await scene.OrderAsync("revoke", """{"user":"ann"}""");

        // Another server of the same store.
        await using var engine = new GodwitEngine(new GodwitOptions(), broker, TimeProvider.System);
        Assert.False(engine.Orders.IsWatching);
        await engine.Orders.WatchAsync(TestContext.Current.CancellationToken);
        Assert.True(engine.Orders.Revocations.Covers(new Godwit.Access.Caller { Kind = Godwit.Access.CallerKind.Token, User = "ann" }));
        await engine.Orders.GiveAsync(new Order(OrderKind.Revoke) { User = "bob", Before = TimeProvider.System.GetUtcNow() }, TestContext.Current.CancellationToken);
        (HttpStatusCode status, JsonElement answer) = await scene.AskAsync(HttpMethod.Get, "rooms/room:a", credential: scene.Token("bob"));
        Assert.Equal((HttpStatusCode.Unauthorized, "token.revoked"), (status, AdminScene.Code(answer)));
    }

    [Theory]
    [InlineData("revoke", "{}", "parameter.invalid")]
    [InlineData("revoke", """{"user":"a","jti":"b"}""", "parameter.invalid")]
    [InlineData("revoke", """{"user":7}""", "parameter.invalid")]
    [InlineData("revoke", """{"user":""}""", "parameter.invalid")]
    [InlineData("revoke", """{"session":"x"}""", "parameter.invalid")]
    [InlineData("revoke", """{"session":"00000000000000000000000000000000"}""", "parameter.invalid")]
    [InlineData("revoke", """{"jti":"a","before":1}""", "parameter.invalid")]
    [InlineData("revoke", """{"user":"a","before":99999999999999}""", "parameter.invalid")]
    [InlineData("revoke", """{"user":"a","before":1e300}""", "parameter.invalid")]
    [InlineData("revoke", """[1]""", "data.json")]
    [InlineData("revoke", """{"user":""", "data.json")]
    [InlineData("disconnect", """{"jti":"a"}""", "parameter.invalid")]
    [InlineData("disconnect", "{}", "parameter.invalid")]
    [InlineData("leave", """{"user":"a"}""", "room.invalid")]
    [InlineData("leave", """{"user":"a","room":"/"}""", "room.invalid")]
    [InlineData("leave", """{"room":"a"}""", "parameter.invalid")]
    public async Task An_order_that_is_none_is_refused_with_the_reason(string order, string body, string code)
    {
        await using AdminScene scene = await AdminScene.StartAsync();

        (HttpStatusCode status, JsonElement answer) = await scene.AskAsync(HttpMethod.Post, $"admin/{order}", body);

        Assert.Equal((HttpStatusCode.BadRequest, code), (status, AdminScene.Code(answer)));
        Assert.NotEqual("", answer.GetProperty("detail").GetString());
    }

    /// <summary>Reads to the end, before which there may be an error but no entry.</summary>
    private static async Task<string?> EndAsync(ReaderProbe reader, int close)
    {
        ProbeFrame frame = await reader.NextAsync();
        if (frame.Kind != ProbeFrameKind.Error)
        {
            Assert.Equal((ProbeFrameKind.End, close), (frame.Kind, frame.Status));
            return reader.Transport.IsWebSocket() ? Protocol.ErrorCode.All.Single(code => code.Close == close).Code : null;
        }

        string? code = frame.Code;
        if (reader.Transport.Streams())
        {
            frame = await reader.NextAsync(ProbeFrameKind.End);
            Assert.True(!reader.Transport.IsWebSocket() || frame.Status == close, frame.ToString());
        }

        return code;
    }

    private sealed class KeptOrders : IOrderWatcher
    {
        public List<Order> All { get; } = [];

        public void OnOrder(long number, ReadOnlyMemory<byte> content) => All.Add(Order.Read(content)!);
    }
}
