using System.Text;
using System.Text.Json;
using Godwit.Brokers;
using Godwit.Rooms;
using Godwit.Server.Tests.Transports;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Tests.Sessions;

/// <summary>Members of rooms over real Kestrel, on every transport of a session, as PROTOCOL.md section 13.6 has them.</summary>
public sealed class PresenceTests : IAsyncLifetime
{
    private readonly FailingBroker _broker = new();
    private readonly HttpClient _client = new();
    private RunningServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync(
        engine: static options =>
        {
            options.Policies.Add(new RoomPolicy { Pattern = RoomPattern.Parse("team:*"), Presence = new PresencePolicy { Enabled = true, Members = 3, Grace = TimeSpan.Zero } });
        },
        services: services => services.AddSingleton<IBroker>(_broker));

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Members_over_one_transport_are_told_of_those_over_every_other()
    {
        using SessionSocket socket = await SessionSocket.OpenAsync(_server);
        await socket.SendAsync("""{"op":"hello","rooms":{"team:1":{"present":true,"state":{"by":"socket"}}}}""");
        Assert.Equal("welcome", Op(await socket.ReceiveAsync()));
        Assert.Equal("joined", Op(await socket.ReceiveAsync()));
        Assert.Equal(["socket"], By(await socket.ReceiveAsync(), "members"));

        using SessionStream stream = await SessionStream.OpenAsync(_client, _server, """{"rooms":{"team:1":{"present":true,"state":{"by":"stream"}}}}""");
        Assert.Equal("welcome", Op(await stream.ReadAsync()));
        Assert.Equal("joined", Op(await stream.ReadAsync()));
        Assert.Equal(["socket", "stream"], By(await stream.ReadAsync(), "members"));
        Assert.Equal(["stream"], By(await socket.ReceiveAsync(), "changed"));

        JsonElement polled = await AskAsync("""{"rooms":{"team:1":{"after":"now","present":true,"state":{"by":"poll"}}}}""");
        Assert.Equal(["joined"], Ops(polled, "frames"));
        Assert.Equal(["poll"], By(await socket.ReceiveAsync(), "changed"));
        Assert.Equal(["poll"], By(await stream.ReadAsync(), "changed"));

        string session = polled.GetProperty("session").GetString()!;
        string member = polled.GetProperty("frames")[0].GetProperty("member").GetString()!;
        JsonElement list = await AskAsync($$$"""{"session":"{{{session}}}","send":[{"op":"members","room":"team:1","state":{"by":"poll again"}},{"op":"members","id":1,"room":"team:1"}]}""");
        Assert.Equal(["members", "members"], Ops(list, "replies"));
        Assert.Equal(member, list.GetProperty("replies")[1].GetProperty("members").EnumerateArray().Single(static one => one.GetProperty("state").GetProperty("by").GetString() == "poll again").GetProperty("session").GetString());
        Assert.Equal(["poll again", "socket", "stream"], By(list.GetProperty("replies")[1], "members"));
        Assert.Equal(["poll again"], By(await socket.ReceiveAsync(), "changed"));

        await AskAsync($$$$"""{"session":"{{{{session}}}}","rooms":{"team:1":{"present":false}}}""");
        JsonElement left = await socket.ReceiveAsync();
        Assert.Equal((2, 1), (left.GetProperty("count").GetInt32(), left.GetProperty("left").GetArrayLength()));

        stream.Dispose();
        left = await socket.ReceiveAsync();
        Assert.Equal((1, 1), (left.GetProperty("count").GetInt32(), left.GetProperty("left").GetArrayLength()));
    }

    [Fact]
    public async Task One_address_has_so_many_memberships_by_exchanges_and_over_sockets_and_reads_all_the_same_above_them()
    {
        await using RunningServer server = await RunningServer.StartAsync(
            engine: static options =>
            {
                options.Limits.Memberships = 3;
                options.Policies.Add(new RoomPolicy { Pattern = RoomPattern.Parse("team:*"), Presence = new PresencePolicy { Enabled = true } });
            },
            http: static http =>
            {
                http.Anonymous = Godwit.AspNetCore.AnonymousAccess.Everyone;
                http.Proxies.Add(System.Net.IPNetwork.Parse("127.0.0.0/8"));
            });
        const string rooms = """{"rooms":{"team:1":{"present":true},"team:2":{"present":true}},"wait":0}""";
        Assert.Equal(["joined", "joined"], Ops(await AskAsync(server, "203.0.113.7", rooms), "frames"));
        JsonElement second = await AskAsync(server, "203.0.113.7", rooms);
        Assert.Equal(["joined", "joined", "error"], Ops(second, "frames"));
        Assert.Equal("presence.limit", second.GetProperty("frames")[2].GetProperty("code").GetString());
        Assert.Equal(["joined", "joined"], Ops(await AskAsync(server, "203.0.113.8", rooms), "frames"));
        string session = second.GetProperty("session").GetString()!;
        Assert.Equal(["joined"], Ops(await AskAsync(server, "203.0.113.7", $$$"""{"session":"{{{session}}}","rooms":{"team:1":{"present":true}},"wait":0}"""), "frames"));

        using SessionSocket socket = await SessionSocket.OpenFromAsync(server, "203.0.113.7");
        await socket.SendAsync("""{"op":"hello","rooms":{"team:3":{"present":true}}}""");
        Assert.Equal("welcome", Op(await socket.ReceiveAsync()));
        Assert.Equal("joined", Op(await socket.ReceiveAsync()));
        JsonElement[] told = [await socket.ReceiveAsync(), await socket.ReceiveAsync()];
        Assert.Contains(told, static frame => Op(frame) == "error" && frame.GetProperty("code").GetString() == "presence.limit");
    }

    [Fact]
    public async Task Whoever_may_not_make_a_room_makes_no_membership_of_it_either()
    {
        await using RunningServer server = await RunningServer.StartAsync(
            engine: static options =>
            {
                options.Limits.NewRooms = new Godwit.Limits.Rate(1, 1);
                options.Policies.Add(new RoomPolicy { Pattern = RoomPattern.Parse("team:*"), Presence = new PresencePolicy { Enabled = true } });
            },
            http: static http =>
            {
                http.Anonymous = Godwit.AspNetCore.AnonymousAccess.Everyone;
                http.Proxies.Add(System.Net.IPNetwork.Parse("127.0.0.0/8"));
            },
            time: new Microsoft.Extensions.Time.Testing.FakeTimeProvider());
        JsonElement answer = await AskAsync(server, "203.0.113.7", """{"rooms":{"team:1":{"present":true},"team:2":{"present":true}},"wait":0}""");
        Assert.Equal(["joined", "error"], Ops(answer, "frames"));
        Assert.Equal("rooms.rate", answer.GetProperty("frames")[1].GetProperty("code").GetString());
        var broker = server.Services.GetRequiredService<IBroker>();
        Assert.Equal((1, 0), ((await broker.MembersAsync(Protocol.RoomName.Parse("team:1"), null, 10, Cancel)).Count, (await broker.MembersAsync(Protocol.RoomName.Parse("team:2"), null, 10, Cancel)).Count));
    }

    private async Task<JsonElement> AskAsync(RunningServer server, string from, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Root, "rt/session")) { Content = new StringContent(body, Encoding.UTF8, "application/json"), Headers = { { "X-Forwarded-For", from } } };
        using HttpResponseMessage answer = await _client.SendAsync(request, Cancel);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel)).RootElement;
    }

    [Fact]
    public async Task An_exchange_is_told_in_its_place_of_a_room_that_keeps_no_list_and_behind_joined_of_one_that_is_full()
    {
        JsonElement off = await AskAsync("""{"rooms":{"plain":{"present":true},"team:1":"now"},"wait":5}""");
        Assert.Equal(["error", "joined"], Ops(off, "frames"));
        Assert.Equal("presence.off", off.GetProperty("frames")[0].GetProperty("code").GetString());

        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(["joined"], Ops(await AskAsync("""{"rooms":{"team:1":{"present":true}}}"""), "frames"));
        }

        JsonElement full = await AskAsync("""{"rooms":{"team:1":{"present":true}}}""");
        Assert.Equal(["joined", "error"], Ops(full, "frames"));
        Assert.Equal(("presence.full", "team:1"), (full.GetProperty("frames")[1].GetProperty("code").GetString(), full.GetProperty("frames")[1].GetProperty("room").GetString()));
        Assert.False(full.GetProperty("frames")[0].TryGetProperty("member", out _));
        JsonElement list = await AskAsync("""{"send":[{"op":"members","room":"team:1"}]}""");
        Assert.Equal(3, list.GetProperty("replies")[0].GetProperty("count").GetInt32());
    }

    [Fact]
    public async Task An_exchange_that_is_held_is_a_member_and_one_that_is_none_cannot_say_anything_of_itself()
    {
        Task<JsonElement> held = AskAsync("""{"rooms":{"team:1":{"after":"now","present":true}},"wait":20}""");
        while ((await AskAsync("""{"send":[{"op":"members","room":"team:1"}]}""")).GetProperty("replies")[0].GetProperty("count").GetInt32() == 0)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        JsonElement other = await AskAsync("""{"send":[{"op":"members","room":"team:1","state":1},{"op":"publish","room":"team:1","data":1}]}""");
        Assert.Equal("presence.absent", other.GetProperty("replies")[0].GetProperty("code").GetString());
        Assert.Equal(["joined", "entry"], Ops(await held, "frames"));
    }

    [Fact]
    public async Task Where_the_store_does_not_confirm_a_membership_the_room_has_its_error_and_the_others_are_read()
    {
        JsonElement before = await AskAsync("""{"rooms":{"team:1":"now","plain":"now"}}""");
        string Position(string room) => before.GetProperty("rooms").GetProperty(room).GetString()!;
        _broker.Failure = new BrokerUnavailableException("away", TimeSpan.FromSeconds(2));
        JsonElement away = await AskAsync($$$"""{"session":"{{{before.GetProperty("session").GetString()}}}","rooms":{"team:1":{"after":"{{{Position("team:1")}}}","present":true},"plain":"{{{Position("plain")}}}"},"wait":20}""");
        Assert.Equal(["error", "joined"], Ops(away, "frames"));
        Assert.Equal(("store.away", 2000), (away.GetProperty("frames")[0].GetProperty("code").GetString(), away.GetProperty("frames")[0].GetProperty("retry").GetInt32()));
        Assert.Equal(Position("team:1"), away.GetProperty("rooms").GetProperty("team:1").GetString());

        using SessionSocket socket = await SessionSocket.OpenAsync(_server);
        Assert.Equal("welcome", Op(await socket.AskAsync("""{"op":"hello"}""")));
        Assert.Equal("store.away", (await socket.AskAsync("""{"op":"join","room":"team:1","present":true}""")).GetProperty("code").GetString());
        Assert.Equal("store.away", (await socket.AskAsync("""{"op":"members","room":"team:1"}""")).GetProperty("code").GetString());
        _broker.Failure = null;
        Assert.Equal("joined", Op(await socket.AskAsync("""{"op":"join","room":"team:1","present":true}""")));
    }

    private static string Op(JsonElement frame) => frame.GetProperty("op").GetString()!;

    private static string[] Ops(JsonElement answer, string name) => [.. answer.GetProperty(name).EnumerateArray().Select(Op)];

    private static string[] By(JsonElement frame, string list)
    {
        Assert.Equal("members", Op(frame));
        return [.. frame.GetProperty(list).EnumerateArray().Select(static member => member.GetProperty("state").GetProperty("by").GetString()!).Order()];
    }

    private async Task<JsonElement> AskAsync(string body)
    {
        using HttpResponseMessage answer = await _client.PostAsync(new Uri(_server.Root, "rt/session"), new StringContent(body, Encoding.UTF8, "application/json"), Cancel);
        string text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }
}
