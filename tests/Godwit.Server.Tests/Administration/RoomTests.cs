using System.Net;
using System.Text.Json;
using Godwit.Access;
using Godwit.AspNetCore;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Tests.Administration;

/// <summary>Trimming and ending rooms, and who may.</summary>
public sealed class RoomTests
{
    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task What_was_trimmed_is_given_to_nobody_and_told_as_a_gap(Via via)
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        ProbeTarget room = scene.Room(scene.Backend);

        // Live, so that this server has the entries at hand.
        await using ReaderProbe live = Via.WebSocket.Open(room, ProbeStart.Now);
        await live.JoinAsync();
        List<string> positions = await Reading.FillAsync(room, 5);
        await live.EntriesAsync(1, 5);

        (HttpStatusCode status, JsonElement answer) = await scene.AskAsync(HttpMethod.Delete, $"rooms/{room.Room}?before={positions[3]}");
        Assert.Equal((HttpStatusCode.OK, 3), (status, answer.GetProperty("dropped").GetInt32()));

        await using ReaderProbe reader = via.Open(room, ProbeStart.After(positions[0]));
        ProbeFrame joined = await reader.NextAsync(ProbeFrameKind.Joined);
        Assert.Equal(Verdict.Gap, joined.Verdict);
        await reader.EntriesAsync(4, 5);
        await scene.PublishAsync(room.Room, "6");
        await live.EntriesAsync(6, 6);
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task Readers_of_a_room_that_was_ended_are_told_of_the_reset_and_go_on(Via via)
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        ProbeTarget room = scene.Room(scene.Backend);
        List<string> positions = await Reading.FillAsync(room, 2);
        await using ReaderProbe reader = via.Open(room, ProbeStart.After(positions[1]));
        await reader.JoinAsync();

        (HttpStatusCode status, JsonElement answer) = await scene.AskAsync(HttpMethod.Delete, $"rooms/{room.Room}");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.NotEqual(positions[1].Split('-')[0], answer.GetProperty("position").GetString()!.Split('-')[0]);
        await scene.PublishAsync(room.Room, "1");

        ProbeFrame frame = await reader.NextAsync();
        Assert.True(frame.Kind == ProbeFrameKind.Reset || frame.Verdict == Verdict.Reset, reader.Story());
        Assert.Equal(1, (await reader.NextAsync(ProbeFrameKind.Entry)).Offset);
    }

    [Theory]
    [InlineData("rooms/nobody:knows", HttpStatusCode.NotFound, "room.unknown")]
    [InlineData("rooms/nobody:knows?before=3kQ9xLm0aZ_-1-03fK9a", HttpStatusCode.NotFound, "room.unknown")]
    [InlineData("rooms/room:known?before=3kQ9xLm0aZ_-1-03fK9a", HttpStatusCode.Conflict, "position.unknown")]
    [InlineData("rooms/room:known?before=now", HttpStatusCode.BadRequest, "position.invalid")]
    [InlineData("rooms/room:known?before=", HttpStatusCode.BadRequest, "parameter.empty")]
    [InlineData("rooms/room:known?before=a&before=b", HttpStatusCode.BadRequest, "parameter.repeated")]
    public async Task A_deletion_of_what_is_not_there_is_refused_and_changes_nothing(string path, HttpStatusCode status, string code)
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        await scene.PublishAsync("room:known", "1");

        (HttpStatusCode answered, JsonElement answer) = await scene.AskAsync(HttpMethod.Delete, path);

        Assert.Equal((status, code), (answered, AdminScene.Code(answer)));
        (_, JsonElement rooms) = await scene.AskAsync(HttpMethod.Get, "admin/rooms");
        JsonElement room = Assert.Single(rooms.GetProperty("rooms").EnumerateArray());
        Assert.Equal(("room:known", 1), (room.GetProperty("room").GetString(), room.GetProperty("entries").GetInt32()));
    }

    [Theory]
    [InlineData("GET", "admin/rooms")]
    [InlineData("GET", "admin/connections")]
    [InlineData("POST", "admin/disconnect")]
    [InlineData("POST", "admin/leave")]
    [InlineData("POST", "admin/revoke")]
    [InlineData("DELETE", "rooms/room:a")]
    [InlineData("DELETE", "rooms/room:a?before=3kQ9xLm0aZ_-1-03fK9a")]
    public async Task Only_an_API_key_that_has_admin_administrates(string method, string path)
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        await scene.PublishAsync("room:a", "1");
        string? body = method == "POST" ? """{"user":"ann","room":"room:a"}""" : null;

        foreach (string credential in new[] { scene.Backend, scene.Token("ann") })
        {
            (HttpStatusCode status, JsonElement answer) = await scene.AskAsync(new HttpMethod(method), path, body, credential);
            Assert.Equal((HttpStatusCode.Forbidden, "access.denied"), (status, AdminScene.Code(answer)));
        }

        using var client = new HttpClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(scene.Server.Root, $"rt/{path}"));
        using HttpResponseMessage anonymous = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
        Assert.NotEqual(HttpStatusCode.Forbidden, (await scene.AskAsync(new HttpMethod(method), path, body)).Status);
    }

    [Fact]
    public async Task Rooms_are_listed_in_pages_that_follow_each_other()
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        for (int i = 0; i < 7; i++)
        {
            await scene.PublishAsync($"room:{i}", "1");
        }

        var names = new List<string>();
        string? query = "?limit=3";
        while (query is not null)
        {
            (_, JsonElement page) = await scene.AskAsync(HttpMethod.Get, $"admin/rooms{query}");
            names.AddRange(page.GetProperty("rooms").EnumerateArray().Select(static room => room.GetProperty("room").GetString()!));
            query = page.TryGetProperty("next", out JsonElement next) ? next.GetString() : null;
        }

        Assert.Equal(Enumerable.Range(0, 7).Select(static i => $"room:{i}"), names);
    }

    [Theory]
    [MemberData(nameof(Over.Streams), MemberType = typeof(Over))]
    public async Task Connections_are_listed_with_whose_they_are_and_their_rooms(Via via)
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        await using ReaderProbe reader = via.Open(scene.Room(scene.Token("ann")), ProbeStart.Now);
        await using ReaderProbe other = via.Open(scene.Room(scene.Token("bob")), ProbeStart.Now);
        await reader.JoinAsync();
        await other.JoinAsync();

        (_, JsonElement page) = await scene.AskAsync(HttpMethod.Get, "admin/connections?limit=1");
        JsonElement first = Assert.Single(page.GetProperty("connections").EnumerateArray());
        (_, JsonElement rest) = await scene.AskAsync(HttpMethod.Get, $"admin/connections{page.GetProperty("next").GetString()}");
        JsonElement second = Assert.Single(rest.GetProperty("connections").EnumerateArray());
        Assert.False(rest.TryGetProperty("next", out _));
        Assert.Equal(["ann", "bob"], new[] { first, second }.Select(static connection => connection.GetProperty("user").GetString()).Order());

        (_, JsonElement mine) = await scene.AskAsync(HttpMethod.Get, "admin/connections?user=ann");
        JsonElement listed = Assert.Single(mine.GetProperty("connections").EnumerateArray());
        Assert.Equal(reader.Target.Room, Assert.Single(listed.GetProperty("rooms").EnumerateArray()).GetString());
        Assert.Equal(via.Probe().IsSession(), listed.TryGetProperty("session", out JsonElement session));
        Assert.Contains(listed.GetProperty("transport").GetString(), new[] { "websocket", "sse", "http_stream", "session_websocket", "session_stream", "session_datachannel" });
        if (via.Probe().IsSession())
        {
            (_, JsonElement same) = await scene.AskAsync(HttpMethod.Get, $"admin/connections?session={session.GetString()}");
            Assert.Single(same.GetProperty("connections").EnumerateArray());
        }
    }

    [Theory]
    [InlineData("admin/rooms?limit=0", "limit.invalid")]
    [InlineData("admin/rooms?limit=1001", "limit.invalid")]
    [InlineData("admin/connections?limit=x", "limit.invalid")]
    [InlineData("admin/rooms?after=", "parameter.empty")]
    [InlineData("admin/rooms?after=%2F", "room.invalid")]
    [InlineData("admin/connections?after=x", "parameter.invalid")]
    [InlineData("admin/connections?session=x", "parameter.invalid")]
    [InlineData("admin/connections?session=00000000000000000000000000000000", "parameter.invalid")]
    [InlineData("admin/connections?user=a&user=b", "parameter.repeated")]
    public async Task A_list_that_cannot_be_is_refused_with_the_reason(string path, string code)
    {
        await using AdminScene scene = await AdminScene.StartAsync();

        (HttpStatusCode status, JsonElement answer) = await scene.AskAsync(HttpMethod.Get, path);

        Assert.Equal((HttpStatusCode.BadRequest, code), (status, AdminScene.Code(answer)));
    }

    [Theory]
    [InlineData("GET", "admin/rooms")]
    [InlineData("POST", "admin/revoke")]
    [InlineData("DELETE", "rooms/room:a")]
    [InlineData("DELETE", "rooms/room:a?before=3kQ9xLm0aZ_-1-03fK9a")]
    public async Task While_the_store_is_away_administrators_are_told_to_try_again(string method, string path)
    {
        var broker = new FailingBroker();
        await using RunningServer server = await RunningServer.StartAsync(services: services => services.AddSingleton<IBroker>(broker));
        broker.Failure = FailingBroker.Away;
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(server.Root, $"rt/{path}"));
        request.Content = method == "POST" ? new StringContent("""{"user":"ann"}""", System.Text.Encoding.UTF8, "application/json") : null;

        using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(3), answer.Headers.RetryAfter!.Delta);
        Assert.Contains("store.away", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_is_let_in_by_a_credential_before_the_store_has_told_what_is_revoked()
    {
        var broker = new FailingBroker { Failure = FailingBroker.Away };
        string key = ApiKey.Create();
        await using RunningServer server = await RunningServer.StartAsync(
            http: http => http.Access.ApiKeys.Add(new ApiKey("backend", ApiKey.HashOf(key), Grants.Everything)),
            services: services => services.AddSingleton<IBroker>(broker));
        using var client = new HttpClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {key}");

        using HttpResponseMessage early = await client.GetAsync(new Uri(server.Root, "rt/elsewhere"), TestContext.Current.CancellationToken);
        broker.Failure = null;
        using HttpResponseMessage late = await client.GetAsync(new Uri(server.Root, "rt/elsewhere"), TestContext.Current.CancellationToken);

        // Of a path for which the store is not needed otherwise.
        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.NotFound), (early.StatusCode, late.StatusCode));
    }
}
