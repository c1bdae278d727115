using System.Text.Json;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Tests.Feeds;
using Godwit.Tests.Sessions;

namespace Godwit.Tests.Presence;

/// <summary>Members of rooms, as connections of sessions are them and are told of them.</summary>
public sealed class PresenceTests : IDisposable
{
    private static readonly RoomName Team = RoomName.Parse("team:1");
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1.2);

    private readonly LiveRooms _rooms = new();
    private readonly List<SessionClient> _clients = [];
    private readonly PresencePolicy _policy = new() { Enabled = true, SampleAbove = 4, Members = 6, StateBytes = 16 };

    [Fact]
    public void Who_joins_as_a_member_is_told_of_all_members_behind_joined()
    {
        SessionClient client = Client();
        List<JsonElement> frames = client.Send("""{"op":"join","id":1,"room":"team:1","present":true,"state":{"at": 1}}""");
        Assert.Equal(["joined", "members"], frames.Select(SessionClient.Op));
        JsonElement member = Assert.Single(frames[1].GetProperty("members").EnumerateArray());
        Assert.Equal((1, "team:1", "{\"at\":1}"), (frames[1].GetProperty("count").GetInt32(), frames[1].GetProperty("room").GetString(), member.GetProperty("state").GetRawText()));
        Assert.Equal(client.Session, member.GetProperty("session").GetString());
        Assert.Equal(client.Session, frames[0].GetProperty("member").GetString());
        Assert.Equal(_rooms.Time.GetUtcNow().ToUnixTimeMilliseconds(), member.GetProperty("since").GetInt64());
        Assert.False(member.TryGetProperty("user", out _));

        // Also before what it changed was told to the others.
        Assert.Equal(2, Client().Send("""{"op":"join","room":"team:1","present":true}""")[1].GetProperty("members").GetArrayLength());
    }

    [Fact]
    public void Who_came_changed_and_left_between_two_frames_is_told_in_one()
    {
        SessionClient watching = Client();
        watching.Join(false);
        SessionClient first = Client();
        first.Join(true);
        SessionClient second = Client();
        second.Join(true, "\"one\"");
        second.Ask("""{"op":"members","id":1,"room":"team:1","state":"two"}""");
        first.Send("""{"op":"leave","room":"team:1"}""");
        MembersAre(1);
        _rooms.Advance(Tick);

        JsonElement told = Assert.Single(watching.Receive());
        JsonElement changed = Assert.Single(told.GetProperty("changed").EnumerateArray());
        Assert.Equal((second.Session, "two"), (changed.GetProperty("session").GetString(), changed.GetProperty("state").GetString()));
        Assert.Equal(1, told.GetProperty("count").GetInt32());
        Assert.Equal([first.Session], told.GetProperty("left").EnumerateArray().Select(static left => left.GetString()!));

        _rooms.Advance(10 * Tick);
        Assert.Empty(watching.Receive());
    }

    [Fact]
    public void Who_joins_without_present_is_told_of_nobody_and_is_no_member()
    {
        SessionClient client = Client();
        Assert.Equal(["joined"], client.Send("""{"op":"join","room":"team:1"}""").Select(SessionClient.Op));
        Client().Join(true);
        _rooms.Advance(Tick);
        Assert.Empty(client.Receive());
        Assert.Equal(1, Count());
    }

    [Fact]
    public void A_member_whose_connection_is_lost_leaves_after_the_grace()
    {
        SessionClient watching = Client();
        watching.Join(false);
        SessionClient client = Client();
        client.Join(true);
        _rooms.Advance(Tick);
        watching.Receive();

        client.Connection.Abort();
        _rooms.Queue.RunAll();
        LetGo();
        _rooms.Advance(_policy.Grace - TimeSpan.FromSeconds(1));
        Assert.Empty(watching.Receive());
        _rooms.Advance(Tick + Tick);
        Assert.Equal([client.Session], Assert.Single(watching.Receive()).GetProperty("left").EnumerateArray().Select(static left => left.GetString()!));
    }

    [Fact]
    public void Who_comes_back_within_the_grace_has_never_left()
    {
        SessionClient watching = Client();
        watching.Join(false);
        SessionClient client = Client();
        client.Join(true, "1");
        _rooms.Advance(Tick);
        watching.Receive();

        client.Connection.Abort();
        _rooms.Queue.RunAll();
        LetGo();
        _rooms.Advance(TimeSpan.FromSeconds(3));
        SessionClient back = Client(client.Token);
        back.Join(true);
        Live(TimeSpan.FromMinutes(5));
        Assert.All(watching.Receive(), static frame => Assert.Equal("heartbeat", SessionClient.Op(frame)));
        Assert.Equal("1", Members().Single().State);
    }

    [Fact]
    public void A_session_with_two_connections_is_one_member_until_the_last_is_gone()
    {
        SessionClient first = Client();
        first.Join(true);
        SessionClient second = Client(first.Token);
        second.Join(true);
        Assert.Equal(1, Count());
        first.Send("""{"op":"leave","room":"team:1"}""");
        Live(TimeSpan.FromMinutes(3));
        Assert.Equal(1, Count());
        second.Send("""{"op":"leave","room":"team:1"}""");
        MembersAre(0);
    }

    [Fact]
    public void Who_joins_again_as_a_member_stays_one_and_who_joins_again_without_leaves()
    {
        SessionClient watching = Client();
        watching.Join(false);
        SessionClient client = Client();
        client.Join(true);
        _rooms.Advance(Tick);
        watching.Receive();
        client.Join(true);
        _rooms.Advance(10 * Tick);
        Assert.Empty(watching.Receive());

        client.Send("""{"op":"join","room":"team:1"}""");
        MembersAre(0);
        _rooms.Advance(Tick);
        Assert.Empty(client.Receive());
    }

    [Fact]
    public void A_member_stays_one_for_as_long_as_its_connection_lives_also_when_the_store_is_away_for_less_than_a_minute()
    {
        SessionClient client = Client();
        client.Join(true);
        Live(TimeSpan.FromMinutes(2));
        Assert.Equal(1, Count());
        _rooms.Store.IsAway = true;
        Live(TimeSpan.FromSeconds(35));
        _rooms.Store.IsAway = false;
        Live(TimeSpan.FromMinutes(2));
        Assert.Equal(1, Count());
    }

    [Fact]
    public void A_member_that_is_sent_away_by_a_drain_has_as_long_to_come_back_as_its_lease_lives()
    {
        SessionClient client = Client();
        client.Join(true);
        _rooms.Pump.Drain(TimeSpan.FromSeconds(10));
        _rooms.Advance(TimeSpan.FromSeconds(12));
        Assert.False(client.Connection.IsOpen);
        LetGo();
        _rooms.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(1, Count());
        _rooms.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(0, Count());
    }

    [Fact]
    public void Who_comes_back_before_its_leaving_was_carried_out_never_leaves()
    {
        SessionClient watching = Client();
        watching.Join(false);
        SessionClient other = Client();
        other.Join(true);
        SessionClient client = Client();
        client.Join(true);
        _rooms.Advance(Tick);
        watching.Receive();

        var releasing = new TaskCompletionSource();
        _rooms.Store.Releasing = releasing.Task;
        other.Send("""{"op":"leave","room":"team:1"}""");
        client.Send("""{"op":"leave","room":"team:1"}""");
        client.Join(true);
        releasing.SetResult();
        LetGo();
        _rooms.Advance(Tick);
        JsonElement told = Assert.Single(watching.Receive());
        Assert.Equal([other.Session], told.GetProperty("left").EnumerateArray().Select(static left => left.GetString()!));
        Assert.Empty(told.GetProperty("changed").EnumerateArray());
    }

    [Fact]
    public void More_changes_at_once_than_are_remembered_are_told_by_the_whole_list()
    {
        SessionClient watching = Client();
        watching.Join(false);
        SessionClient first = Client();
        first.Join(true, "0");
        SessionClient second = Client();
        second.Join(true, "0");
        _rooms.Advance(Tick);
        watching.Receive();

        first.Send("""{"op":"members","room":"team:1","state":"last"}""");
        for (int i = 1; i <= 256; i++)
        {
            LiveRooms.Get(_rooms.Store.RenewAsync("elsewhere", [new LeaseRenewal(Team, second.Connection.SessionId, null, System.Text.Encoding.UTF8.GetBytes($"{i}"), LeaseChange.Update, Tick, 9)], CancellationToken.None));
        }

        _rooms.Advance(Tick);
        JsonElement told = Assert.Single(watching.Receive());
        Assert.Equal(["\"last\"", "256"], told.GetProperty("members").EnumerateArray().Select(static member => member.GetProperty("state").GetRawText()).OrderDescending(StringComparer.Ordinal).Reverse());
    }

    [Fact]
    public void A_member_that_an_administrator_takes_out_leaves_at_once()
    {
        SessionClient client = Client();
        client.Join(true);
        _rooms.Pump.ForEachConnection(static connection => connection.ExpelFrom(Team, ErrorCode.Removed));
        Assert.Equal(["left"], client.Receive().Select(SessionClient.Op));
        MembersAre(0);
    }

    [Fact]
    public void Above_a_number_only_how_many_there_are_and_some_of_them_is_told_and_below_it_all_again()
    {
        SessionClient watching = Client();
        watching.Join(false);
        SessionClient[] clients = [.. Enumerable.Range(0, 5).Select(_ => Client())];
        foreach (SessionClient client in clients)
        {
            client.Join(true, "1");
        }

        _rooms.Advance(Tick);
        JsonElement sample = Assert.Single(watching.Receive());
        Assert.Equal(5, sample.GetProperty("count").GetInt32());
        Assert.All(sample.GetProperty("sample").EnumerateArray(), static member => Assert.False(member.TryGetProperty("state", out _)));
        Assert.False(sample.TryGetProperty("members", out _) || sample.TryGetProperty("changed", out _));

        clients[0].Send("""{"op":"leave","room":"team:1"}""");
        MembersAre(4);
        _rooms.Advance(Tick);
        Assert.Equal(4, Assert.Single(watching.Receive()).GetProperty("members").GetArrayLength());
    }

    [Fact]
    public void A_full_room_is_read_all_the_same_and_says_that_it_is_full()
    {
        for (int i = 0; i < _policy.Members; i++)
        {
            Client().Join(true);
        }

        SessionClient late = Client();
        List<JsonElement> frames = late.Send("""{"op":"join","id":7,"room":"team:1","present":true}""");
        Assert.Equal(["joined", "error"], frames.Select(SessionClient.Op).Where(static op => op != "members").ToArray());
        Assert.False(frames[0].TryGetProperty("member", out _));
        JsonElement error = frames.Single(static frame => SessionClient.Op(frame) == "error");
        Assert.Equal(("presence.full", "team:1", false), (error.GetProperty("code").GetString(), error.GetProperty("room").GetString(), error.TryGetProperty("id", out _)));
        _rooms.Publish(Team);
        Assert.Equal(["entry"], late.Receive().Select(SessionClient.Op));
        Assert.Equal(_policy.Members, Count());
    }

    [Theory]
    [InlineData("""{"op":"join","id":1,"room":"plain","present":true}""", "presence.off")]
    [InlineData("""{"op":"join","id":1,"room":"plain","present":false}""", "presence.off")]
    [InlineData("""{"op":"members","id":1,"room":"plain"}""", "presence.off")]
    [InlineData("""{"op":"join","id":1,"room":"team:1","present":true,"state":"12345678901234567"}""", "state.too_large")]
    [InlineData("""{"op":"members","id":1,"room":"team:1","state":"12345678901234567"}""", "state.too_large")]
    [InlineData("""{"op":"members","id":1,"room":"team:1","state":1}""", "presence.absent")]
    public void What_a_room_does_not_allow_is_refused_and_the_room_is_not_joined(string frame, string code)
    {
        SessionClient client = Client();
        JsonElement error = client.Ask(frame);
        Assert.Equal((code, 1), (SessionClient.Code(error), error.GetProperty("id").GetInt32()));
        Assert.Equal(0, Count());
        string room = error.GetProperty("room").GetString()!;
        Assert.Equal("room.not_joined", SessionClient.Code(client.Ask($$"""{"op":"leave","room":"{{room}}"}""")));
    }

    [Fact]
    public void Members_are_read_by_pages_without_joining()
    {
        for (int i = 0; i < 5; i++)
        {
            Client().Join(true, $"{i}");
        }

        JsonElement page = Client().Ask("""{"op":"members","id":"m","room":"team:1"}""");
        Assert.Equal(("members", "m", 5, 5, false), (SessionClient.Op(page), page.GetProperty("id").GetString(), page.GetProperty("count").GetInt32(), page.GetProperty("members").GetArrayLength(), page.TryGetProperty("cursor", out _)));

        string[] sessions = [.. page.GetProperty("members").EnumerateArray().Select(static member => member.GetProperty("session").GetString()!)];
        JsonElement rest = Client().Ask($$"""{"op":"members","room":"team:1","cursor":"{{sessions[2]}}"}""");
        Assert.Equal(sessions[3..], rest.GetProperty("members").EnumerateArray().Select(static member => member.GetProperty("session").GetString()!));
    }

    [Fact]
    public void A_client_that_takes_nothing_is_told_once_how_things_are_when_it_takes_frames_again()
    {
        SessionClient slow = Client();
        slow.Join(false);
        Client().Join(false);
        SessionClient early = Client();
        early.Join(true);
        SessionClient other = Client();
        other.Join(true);
        _rooms.Advance(Tick);
        slow.Receive();

        slow.Outlet.Take = static _ => 1;
        for (int i = 0; i < 10; i++)
        {
            (i == 3 ? early : other).Send($$"""{"op":"members","room":"team:1","state":{{i}}}""");
            _rooms.Advance(Tick);
        }

        slow.Outlet.Take = null;
        slow.Outlet.Let();
        List<JsonElement> frames = slow.Receive();
        Assert.Equal(["0", "3 9"], frames.Select(static frame => string.Join(' ', frame.GetProperty("changed").EnumerateArray().Select(static member => member.GetProperty("state").GetRawText()).Order())));
    }

    [Fact]
    public void Five_thousand_that_join_at_once_cost_each_reader_some_frames_and_not_one_each()
    {
        SessionClient watching = Client();
        watching.Join(false);
        for (int i = 1; i <= 50; i++)
        {
            LeaseRenewal[] joins = [.. Enumerable.Range(100 * i, 100).Select(static session => new LeaseRenewal(Team, (UInt128)session, "someone", default, LeaseChange.Keep, TimeSpan.FromMinutes(1), 10_000))];
            Assert.All(LiveRooms.Get(_rooms.Store.RenewAsync("elsewhere", joins, CancellationToken.None)), static outcome => Assert.Equal(LeaseOutcome.Member, outcome));
            _rooms.Advance(TimeSpan.FromMilliseconds(100));
        }

        _rooms.Advance(Tick);
        List<JsonElement> frames = watching.Receive();
        Assert.InRange(frames.Count, 2, 12);
        Assert.Equal(5000, frames[^1].GetProperty("count").GetInt32());
        Assert.True(frames[^1].GetRawText().Length < 2000);
    }

    [Fact]
    public void Nothing_is_left_when_all_are_gone()
    {
        SessionClient first = Client();
        first.Join(true);
        SessionClient second = Client();
        second.Join(false);
        first.Send("""{"op":"leave","room":"team:1"}""");
        second.Connection.Abort();
        _rooms.Queue.RunAll();
        MembersAre(0);
        Assert.Equal(0, _rooms.Attendances.Count);
        Assert.Equal((0, 0), (first.Presence.Rosters, second.Presence.Rosters));
    }

    public void Dispose() => _rooms.Dispose();

    private SessionClient Client(string? token = null)
    {
        var client = new SessionClient(rooms: _rooms, presence: _policy);
        _clients.Add(client);
        return client.Hello(token is null ? "" : $$""","session":"{{token}}" """);
    }

    private int Count() => LiveRooms.Get(_rooms.Store.MembersAsync(Team, null, 1000, CancellationToken.None)).Count;

    private IEnumerable<(UInt128 Session, string State)> Members() =>
        LiveRooms.Get(_rooms.Store.MembersAsync(Team, null, 1000, CancellationToken.None)).Members.Select(static member => (member.Session, System.Text.Encoding.UTF8.GetString(member.State.Span)));

    /// <summary>Waits until the store has as many members: who lets go does not wait for it.</summary>
    private void MembersAre(int count) => Assert.True(SpinWait.SpinUntil(() => Count() == count, TimeSpan.FromSeconds(30)), $"There are {Count()} members, and {count} should be.");

    /// <summary>Waits until what was let go so far has been.</summary>
    private void LetGo() => _rooms.Attendances.SettledAsync().WaitAsync(TimeSpan.FromSeconds(30)).GetAwaiter().GetResult();

    /// <summary>Lets time pass, with the renewals in it; the clients are heard of.</summary>
    private void Live(TimeSpan span)
    {
        for (TimeSpan step = TimeSpan.FromSeconds(5); span > TimeSpan.Zero; span -= step)
        {
            _clients.ForEach(static client => client.Connection.OnReceived());
            _rooms.Advance(step);
            LetGo();
        }
    }
}
