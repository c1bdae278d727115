using System.Net;
using System.Text;
using System.Text.Json;
using Godwit.Access;
using Godwit.Protocol;
using Godwit.Redis.Servers;
using Godwit.Rooms;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Administration;
using Godwit.Server.Tests.Sessions;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Servers;

/// <summary>Two servers on one Redis: what was begun at one goes on at the other, and what is ordered at one holds at both.</summary>
public sealed class AnyServerTests : IAsyncLifetime
{
    private readonly HttpClient _client = new();
    private RedisServer _redis = null!;
    private AdminScene _scene = null!;

    public static TheoryData<Via> Transports() => [.. ProbeTransports.All.Select(static transport => (Via)transport)];

    public static TheoryData<Via> Sessions() => [.. ProbeTransports.All.Where(static transport => transport.IsSession()).Select(static transport => (Via)transport)];

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        try
        {
            _scene = await AdminScene.StartAsync(_redis.Address, static engine =>
                engine.Policies.Add(new RoomPolicy { Pattern = RoomPattern.Parse("room:team*"), Users = Rights.All, Presence = new PresencePolicy { Enabled = true, Grace = TimeSpan.Zero } }));
        }
        catch
        {
            // Nobody disposes what has not begun.
            await DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await (_scene?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_redis?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_reader_goes_on_at_the_other_server_from_the_position_that_it_has(Via via)
    {
        ProbeTarget here = At(_scene.Server, _scene.Token("ann")), there = At(_scene.Server.Twin, _scene.Token("ann"), here.Room);
        await FillAsync(here, 3);
        await using ReaderProbe first = via.Open(here, ProbeStart.Oldest);
        await first.JoinAsync();
        await first.EntriesAsync(1, 3);
        first.Cut();
        await FillAsync(there, 2, 4);

        await using ReaderProbe second = via.Open(there, first.Resume);
        await second.JoinAsync();
        await second.EntriesAsync(4, 5);
        await FillAsync(here, 2, 6);
        await second.EntriesAsync(6, 7);
    }

    [Theory]
    [MemberData(nameof(Sessions))]
    public async Task A_session_is_the_same_at_the_other_server(Via via)
    {
        ProbeTarget here = At(_scene.Server, _scene.Token("ann"));
        await using ReaderProbe first = via.Open(here, ProbeStart.Now);
        await first.JoinAsync();
        string token = ((ISessionReader)first).Welcome!.Session;
        first.Cut();

        await using ReaderProbe second = via.Open(At(_scene.Server.Twin, _scene.Token("ann"), here.Room) with { Session = token }, first.Resume);
        await second.JoinAsync();

        Assert.True(((ISessionReader)second).Welcome!.Resumed);
    }

    [Fact]
    public async Task A_ticket_that_one_server_made_is_taken_once_whichever_is_asked()
    {
        for (int i = 0; i < 4; i++)
        {
            RunningServer made = i % 2 == 0 ? _scene.Server : _scene.Server.Twin, other = i % 2 == 0 ? _scene.Server.Twin : _scene.Server;
            (HttpStatusCode status, JsonElement ticket) = await _scene.AskAsync(HttpMethod.Post, "tickets", "{}", _scene.Token("ann"), made);
            Assert.Equal(HttpStatusCode.Created, status);
            string exchange = $$$"""{"ticket":"{{{ticket.GetProperty("ticket").GetString()}}}","rooms":{"room:a":"now"}}""";

            HttpStatusCode[] taken = [.. (await Task.WhenAll(Enumerable.Range(0, 6).Select(n => ExchangeAsync(n % 2 == 0 ? other : made, exchange))))];

            Assert.Equal(1, taken.Count(static code => code == HttpStatusCode.OK));
            Assert.Equal(5, taken.Count(static code => code == HttpStatusCode.Unauthorized));
        }
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Who_is_revoked_at_one_server_is_sent_nothing_more_by_the_other_and_let_in_by_neither(Via via)
    {
        ProbeTarget there = At(_scene.Server.Twin, _scene.Token("ann"));
        await using ReaderProbe reader = via.Open(there, ProbeStart.Now);
        await reader.JoinAsync();

        await _scene.OrderAsync("revoke", """{"user":"ann"}""");

        ProbeFrame end = await reader.NextAsync();
        Assert.Contains("token.revoked", $"{end.Code} {end.Raw}", StringComparison.Ordinal);
        foreach (RunningServer server in (RunningServer[])[_scene.Server, _scene.Server.Twin])
        {
            await using ReaderProbe again = via.Open(At(server, _scene.Token("ann", issued: TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(1)), there.Room), ProbeStart.Now);
            Assert.Equal("token.revoked", (await again.NextAsync(ProbeFrameKind.Error)).Code);
        }
    }

    [Theory]
    [InlineData(Via.WebSocket)]
    [InlineData(Via.SessionWebSocket)]
    [InlineData(Via.ServerSentEvents)]
    public async Task A_user_is_disconnected_from_both_servers_by_an_order_at_one(Via via)
    {
        await using ReaderProbe here = via.Open(At(_scene.Server, _scene.Token("ann")), ProbeStart.Now);
        await using ReaderProbe there = via.Open(At(_scene.Server.Twin, _scene.Token("ann"), here.Target.Room), ProbeStart.Now);
        await using ReaderProbe other = via.Open(At(_scene.Server.Twin, _scene.Token("bob"), here.Target.Room), ProbeStart.Now);
        foreach (ReaderProbe reader in (ReaderProbe[])[here, there, other])
        {
            await reader.JoinAsync();
        }

        await _scene.OrderAsync("disconnect", """{"user":"ann"}""");

        foreach (ReaderProbe reader in (ReaderProbe[])[here, there])
        {
            ProbeFrame frame;
            do
            {
                frame = await reader.AnyAsync();
            }
            while (frame.Kind != ProbeFrameKind.End);
        }

        await FillAsync(At(_scene.Server, _scene.Token("bob"), here.Target.Room), 1);
        await other.EntriesAsync(1, 1);
    }

    [Fact]
    public async Task What_is_trimmed_and_ended_at_one_server_is_so_at_the_other()
    {
        ProbeTarget here = At(_scene.Server, _scene.Token("ann")), there = At(_scene.Server.Twin, _scene.Token("ann"), here.Room);
        List<string> positions = await FillAsync(here, 5);
        await using ReaderProbe reader = Via.WebSocket.Open(there, ProbeStart.Now);
        await reader.JoinAsync();

        (HttpStatusCode status, JsonElement answer) = await _scene.AskAsync(HttpMethod.Delete, $"rooms/{here.Room}?before={positions[3]}");
        Assert.True(status == HttpStatusCode.OK, answer.ToString());
        await using ReaderProbe late = Via.ShortPoll.Open(there, ProbeStart.After(positions[0]));
        ProbeFrame gap = await late.NextAsync(ProbeFrameKind.Joined);
        Assert.Equal((Verdict.Gap, new OffsetRange(2, 3)), (gap.Verdict!.Value, gap.Missing!.Value));

        await _scene.AskAsync(HttpMethod.Delete, $"rooms/{here.Room}");
        await reader.NextAsync(ProbeFrameKind.Reset);
        await FillAsync(here, 1);
        await reader.EntriesAsync(1, 1);
    }

    [Fact]
    public async Task Members_at_one_server_are_members_at_the_other()
    {
        using SessionSocket here = await SessionSocket.OpenAsync(_scene.Server);
        await here.SendAsync($$$$"""{"op":"hello","token":"{{{{_scene.Token("ann")}}}}","rooms":{"room:team1":{"present":true}}}""");
        Assert.Equal(["welcome", "joined", "members"], await OpsAsync(here, 3));
        using SessionSocket there = await SessionSocket.OpenAsync(_scene.Server.Twin);
        await there.SendAsync($$$$"""{"op":"hello","token":"{{{{_scene.Token("bob")}}}}","rooms":{"room:team1":{"present":true}}}""");
        Assert.Equal(["welcome", "joined"], await OpsAsync(there, 2));

        await UntilAsync(there, 2);
        await UntilAsync(here, 2);
        there.Dispose();
        await UntilAsync(here, 1);
    }

    // Whether the list that one is told first has oneself in it, or a change says so, is a matter of moments; so is whether the store is slow enough to be told of.
    private static async Task UntilAsync(SessionSocket socket, int members)
    {
        JsonElement frame;
        do
        {
            frame = await socket.ReceiveAsync();
            Assert.True(frame.GetProperty("op").GetString() is "members" or "degraded" or "restored", frame.GetRawText());
        }
        while (!frame.TryGetProperty("count", out JsonElement count) || count.GetInt32() != members);
    }

    private async Task<HttpStatusCode> ExchangeAsync(RunningServer server, string exchange)
    {
        using var body = new StringContent(exchange, Encoding.UTF8, "application/json");
        return (await _client.PostAsync(new Uri(server.Root, "rt/session"), body, TestContext.Current.CancellationToken)).StatusCode;
    }

    private static async Task<string?[]> OpsAsync(SessionSocket socket, int count)
    {
        var ops = new string?[count];
        for (int i = 0; i < count; i++)
        {
            ops[i] = (await socket.ReceiveAsync()).GetProperty("op").GetString();
        }

        return ops;
    }

    private ProbeTarget At(RunningServer server, string token, string? room = null) => new()
    {
        Mount = server.Mount,
        Room = room ?? $"room:{Guid.NewGuid():N}",
        Headers = [new("Authorization", $"Bearer {token}")],
    };

    private static Task<List<string>> FillAsync(ProbeTarget target, int count, int first = 1) => Reading.FillAsync(target, count, first);
}
