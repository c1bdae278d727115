using System.Text;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Redis.Connecting;
using Godwit.Redis.Presence;

namespace Godwit.Redis.Tests;

/// <summary>Members between servers: whatever is lost on the way, whoever watches knows who is there.</summary>
public sealed class MemberTests(RedisClock clock) : SharedRedis, IClassFixture<RedisClock>, IAsyncLifetime
{
    private const string Here = "here";
    private const string There = "there";

    private static readonly DateTimeOffset Begin = new(2001, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(1);

    private RedisServerProcess Redis => clock.Server;

    public async ValueTask InitializeAsync()
    {
        clock.Set(Begin);
        await Redis.CommandAsync("FLUSHALL");
    }

    [Fact]
    public async Task A_list_is_read_anew_when_a_notification_names_one_that_was_lost()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        await using var watcher = await MemberRecorder.BeginAsync(broker, Room);
        await broker.RenewAsync(Here, [Renewal(1)], Cancel);
        await watcher.BecomesAsync("1");
        await RenewSilentlyAsync(broker, 2);
        await broker.RenewAsync(Here, [Renewal(3)], Cancel);
        await watcher.BecomesAsync("1", "2", "3");
        Assert.Equal(["= ", "+1", "= 1 2 3"], watcher.Told);
    }

    [Fact]
    public async Task A_list_is_read_anew_when_the_last_notification_was_lost()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        await using var watcher = await MemberRecorder.BeginAsync(broker, Room);
        await RenewSilentlyAsync(broker, 1);
        await broker.CatchUpAsync();
        await watcher.BecomesAsync("1");
        Assert.Equal(["= ", "= 1"], watcher.Told);
    }

    [Fact]
    public async Task A_list_that_is_compared_and_is_right_is_not_read()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        await using var watcher = await MemberRecorder.BeginAsync(broker, Room);
        await broker.RenewAsync(Here, [Renewal(1)], Cancel);
        await watcher.BecomesAsync("1");
        await broker.CatchUpAsync();
        await broker.CatchUpAsync();
        Assert.Equal(["= ", "+1"], watcher.Told);
    }

    [Fact]
    public async Task Who_comes_and_goes_while_the_connections_that_tell_it_are_cut_is_known()
    {
        RedisBroker first = await ConnectAsync(Redis), second = await ConnectAsync(Redis);
        await using var here = await MemberRecorder.BeginAsync(first, Room);
        await using var there = await MemberRecorder.BeginAsync(second, Room);
        for (int i = 0; i < 200; i++)
        {
            if (i % 40 == 20)
            {
                await Redis.CommandAsync("CLIENT", "KILL", "TYPE", "pubsub");
            }

            await first.RenewAsync(Here, [Renewal(1 + (i % 7), $"{i}", LeaseChange.Replace)], Cancel);
            await second.ReleaseAsync(Here, Room, (UInt128)(1 + (i % 5)), TimeSpan.Zero, Cancel);
        }

        await Redis.CommandAsync("CLIENT", "KILL", "TYPE", "pubsub");
        await first.RenewAsync(Here, [Renewal(9, "last")], Cancel);
        string[] members = await MembersAsync(second);
        await here.BecomesAsync(members);
        await there.BecomesAsync(members);
    }

    [Fact]
    public async Task Who_left_because_the_store_has_lost_them_is_told()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        await using var watcher = await MemberRecorder.BeginAsync(broker, Room);
        await broker.RenewAsync(Here, [Renewal(1), Renewal(2)], Cancel);
        await watcher.BecomesAsync("1", "2");
        await Redis.CommandAsync("FLUSHALL");
        await broker.CatchUpAsync();
        await watcher.BecomesAsync();

        // Whose server renews is there again.
        await broker.RenewAsync(Here, [Renewal(2)], Cancel);
        await watcher.BecomesAsync("2");
    }

    [Fact]
    public async Task A_renewal_after_the_store_has_lost_all_shows_who_is_gone()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        await using var watcher = await MemberRecorder.BeginAsync(broker, Room);
        await broker.RenewAsync(Here, [Renewal(1), Renewal(2)], Cancel);
        await watcher.BecomesAsync("1", "2");
        await Redis.CommandAsync("FLUSHALL");
        clock.Set(Begin + TimeSpan.FromMilliseconds(1));
        await broker.RenewAsync(Here, [Renewal(2)], Cancel);
        await watcher.BecomesAsync("2");
    }

    [Fact]
    public async Task Members_are_those_who_renew_after_the_store_has_started_again()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync();
        RedisBroker first = await ConnectAsync(redis), second = await ConnectAsync(redis);
        await using var watcher = await MemberRecorder.BeginAsync(second, Room);
        await first.RenewAsync(Here, [Renewal(1), Renewal(2)], Cancel);
        await watcher.BecomesAsync("1", "2");
        await redis.KillAsync();
        await redis.StartAgainAsync();
        await AnswersAsync(first);
        await first.RenewAsync(Here, [Renewal(2)], Cancel);
        await watcher.BecomesAsync("2");
    }

    [Fact]
    public async Task A_store_that_hangs_is_told_as_away_and_what_changed_then_is_known_when_it_goes_on()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync();
        RedisBroker broker = await ConnectAsync(redis);
        await using var watcher = await MemberRecorder.BeginAsync(broker, Room);
        await broker.RenewAsync(Here, [Renewal(1) with { Life = TimeSpan.FromSeconds(2) }, Renewal(2)], Cancel);
        await watcher.BecomesAsync("1", "2");
        redis.Suspend();
        await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await broker.RenewAsync(Here, [Renewal(1)], Cancel));
        await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await broker.MembersAsync(Room, null, 1, Cancel));
        await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await broker.WatchMembersAsync(RoomName.Parse("other"), new MemberRecorder(), Cancel));
        redis.Resume();
        await AnswersAsync(broker);
        await broker.ReleaseAsync(Here, Room, 1, TimeSpan.Zero, Cancel);
        await watcher.BecomesAsync("2");
        await using var other = await MemberRecorder.BeginAsync(broker, RoomName.Parse("other"));
    }

    [Fact]
    public async Task Members_leave_a_store_without_memory_and_others_are_refused()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync();
        RedisBroker broker = await ConnectAsync(redis);
        await using var watcher = await MemberRecorder.BeginAsync(broker, Room);
        await broker.RenewAsync(Here, [Renewal(1) with { Life = TimeSpan.FromSeconds(1) }, Renewal(2), Renewal(3)], Cancel);
        await broker.RenewAsync(There, [Renewal(3)], Cancel);
        await watcher.BecomesAsync("1", "2", "3");
        await redis.CommandAsync("CONFIG", "SET", "maxmemory", "1");
        Assert.Equal([LeaseOutcome.Full, LeaseOutcome.Full], await broker.RenewAsync(Here, [Renewal(4), Renewal(5)], Cancel));
        await broker.ReleaseAsync(Here, Room, 2, TimeSpan.Zero, Cancel);
        await broker.ReleaseAsync(Here, Room, 3, TimeSpan.Zero, Cancel);
        await watcher.BecomesAsync("3");
        Assert.Equal(["3"], await MembersAsync(broker));
        await redis.CommandAsync("CONFIG", "SET", "maxmemory", "0");
        await broker.RenewAsync(Here, [Renewal(4)], Cancel);
        await watcher.BecomesAsync("3", "4");
    }

    [Fact]
    public async Task A_lease_that_is_over_is_told_at_every_server_though_nobody_asks()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync();
        RedisBroker first = await ConnectAsync(redis), second = await ConnectAsync(redis);
        await using var here = await MemberRecorder.BeginAsync(first, Room);
        await using var there = await MemberRecorder.BeginAsync(second, Room);
        await first.RenewAsync(Here, [Renewal(1) with { Life = TimeSpan.FromMilliseconds(200) }, Renewal(2)], Cancel);
        await here.BecomesAsync("2");
        await there.BecomesAsync("2");
    }

    [Fact]
    public async Task A_lease_that_was_shortened_is_told_when_it_is_over()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync();
        RedisBroker first = await ConnectAsync(redis), second = await ConnectAsync(redis);
        await using var watcher = await MemberRecorder.BeginAsync(second, Room);
        await first.RenewAsync(Here, [Renewal(1), Renewal(2)], Cancel);
        await watcher.BecomesAsync("1", "2");
        await first.ReleaseAsync(Here, Room, 1, TimeSpan.FromMilliseconds(200), Cancel);
        await watcher.BecomesAsync("2");
    }

    [Fact]
    public async Task A_lease_of_another_holder_that_ends_first_is_waited_for()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync();
        RedisBroker first = await ConnectAsync(redis), second = await ConnectAsync(redis);
        await first.RenewAsync(Here, [Renewal(1)], Cancel);
        await using var watcher = await MemberRecorder.BeginAsync(second, Room);

        // The member has not changed by it; and it leaves by the end of this lease, since the other is let go.
        await first.RenewAsync(There, [Renewal(1) with { Life = TimeSpan.FromMilliseconds(300) }], Cancel);
        await first.ReleaseAsync(Here, Room, 1, TimeSpan.Zero, Cancel);
        await watcher.BecomesAsync();
        Assert.Equal(["= 1", "-1"], watcher.Told);
    }

    [Fact]
    public async Task A_list_of_many_pages_is_right_though_it_changes_while_it_is_read()
    {
        RedisBroker first = await ConnectAsync(Redis), second = await ConnectAsync(Redis);
        await first.RenewAsync(Here, [.. Enumerable.Range(1, 1000).Select(i => Renewal(i) with { Most = 10_000 })], Cancel);
        await first.RenewAsync(Here, [.. Enumerable.Range(1001, 900).Select(i => Renewal(i) with { Most = 10_000 })], Cancel);
        bool isOver = false;
        Task changing = Task.Run(async () =>
        {
            for (int i = 0; !Volatile.Read(ref isOver); i++)
            {
                int session = 1 + (i * 37 % 1900);
                await first.ReleaseAsync(Here, Room, (UInt128)session, TimeSpan.Zero, Cancel);
                await first.RenewAsync(Here, [Renewal(1 + (i * 53 % 1900), $"{i}", LeaseChange.Replace) with { Most = 10_000 }], Cancel);
            }
        }, Cancel);
        var watchers = new List<MemberRecorder>();
        for (int i = 0; i < 10; i++)
        {
            watchers.Add(await MemberRecorder.BeginAsync(second, Room));
            if (i % 2 == 0)
            {
                await watchers[^1].DisposeAsync();
                watchers.RemoveAt(watchers.Count - 1);
            }
        }

        Volatile.Write(ref isOver, true);
        await changing;
        string[] members = await MembersAsync(first);
        foreach (MemberRecorder watcher in watchers)
        {
            await watcher.BecomesAsync(members);
            await watcher.DisposeAsync();
        }
    }

    [Fact]
    public async Task As_many_leases_as_end_at_once_are_over_for_whoever_asks_then()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        await using var watcher = await MemberRecorder.BeginAsync(broker, Room);
        await broker.RenewAsync(Here, [.. Enumerable.Range(1, 1000).Select(static i => Renewal(i))], Cancel);
        await broker.RenewAsync(There, [Renewal(500) with { Life = 2 * Life }], Cancel);
        clock.Set(Begin + Life);
        Assert.Equal(["500"], await MembersAsync(broker));
        await watcher.BecomesAsync("500");
        Assert.Equal([LeaseOutcome.Member], await broker.RenewAsync(Here, [Renewal(1) with { Most = 2 }], Cancel));
    }

    [Fact]
    public async Task A_thousand_renewals_of_many_rooms_have_their_outcomes_in_the_order_given()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        LeaseRenewal[] renewals = [.. Enumerable.Range(0, 1000).Select(static i => Renewal(1 + (i / 20), $"{i}", i % 10 == 3 ? LeaseChange.Update : LeaseChange.Keep) with
        {
            Room = RoomName.Parse($"room:{i % 20}"),
            Most = i % 20 == 5 ? 7 : 1000,
        })];
        IReadOnlyList<LeaseOutcome> outcomes = await broker.RenewAsync(Here, renewals, Cancel);
        LeaseOutcome[] expected = [.. Enumerable.Range(0, 1000).Select(static i => i % 10 == 3 ? LeaseOutcome.Absent : i % 20 == 5 && i / 20 >= 7 ? LeaseOutcome.Full : LeaseOutcome.Member)];
        Assert.Equal(expected, outcomes);
        Assert.Equal(7, (await broker.MembersAsync(RoomName.Parse("room:5"), null, 100, Cancel)).Count);
        Assert.Equal(50, (await broker.MembersAsync(RoomName.Parse("room:6"), null, 100, Cancel)).Count);
    }

    [Fact]
    public async Task More_renewals_of_one_room_than_a_script_is_given_are_carried_out_in_turn()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        LeaseRenewal[] renewals = [.. Enumerable.Range(0, 900).Select(static i => Renewal(1 + (i % 3), $"{i}", LeaseChange.Replace))];
        Assert.All(await broker.RenewAsync(Here, renewals, Cancel), static outcome => Assert.Equal(LeaseOutcome.Member, outcome));
        Assert.Equal(["1 897", "2 898", "3 899"], await MembersAsync(broker));
    }

    [Fact]
    public async Task What_members_say_and_who_they_are_may_be_any_octets()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        await using var watcher = await MemberRecorder.BeginAsync(broker, Room);
        byte[] state = [.. Enumerable.Range(0, 70_000).Select(static i => (byte)i)];
        UInt128[] sessions = [UInt128.One << 120, 0x0A0D_2000_3A00, UInt128.MaxValue, UInt128.MaxValue - 1];
        string?[] users = ["", null, "ä 12 ö\n+\0", "-"];
        await broker.RenewAsync(Here, [.. sessions.Select((session, i) => Renewal(1) with { Session = session, User = users[i], State = state })], Cancel);
        await broker.RenewAsync(Here, [.. sessions.Select((session, i) => Renewal(1) with { Session = session, State = new byte[] { (byte)i }, Change = LeaseChange.Update })], Cancel);

        MemberPage page = await broker.MembersAsync(Room, null, 10, Cancel);
        Assert.Equal(sessions.Order(), page.Members.Select(static member => member.Session));
        foreach (Member member in page.Members)
        {
            int i = Array.IndexOf(sessions, member.Session);
            Assert.Equal((users[i], Begin.ToUnixTimeMilliseconds()), (member.User, member.Since));
            Assert.Equal([(byte)i], member.State.ToArray());
        }

        await broker.RenewAsync(Here, [Renewal(1) with { Session = sessions[2], State = state, Change = LeaseChange.Replace }], Cancel);
        Assert.Equal(state, (await broker.MembersAsync(Room, sessions[3], 1, Cancel)).Members[0].State.ToArray());
    }

    [Fact]
    public async Task A_page_ends_where_it_is_long_enough_and_the_next_goes_on_there()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        await broker.RenewAsync(Here, [.. Enumerable.Range(1, 300).Select(static i => Renewal(i, new string('x', 1000)))], Cancel);
        var leases = new StoredLeases(broker.Connection);
        var sessions = new List<UInt128>();
        UInt128? after = null;
        LeasePage page;
        do
        {
            page = await leases.PageAsync(Room, after, 1000, 10_000, Cancel);
            Assert.InRange(page.Members.Count, 1, 10);
            Assert.Equal(300, page.Count);
            sessions.AddRange(page.Members.Select(static member => member.Session));
            after = sessions[^1];
        }
        while (page.IsMore);

        Assert.Equal(Enumerable.Range(1, 300).Select(static i => (UInt128)i), sessions);
    }

    [Fact]
    public async Task A_room_may_be_watched_again_as_soon_as_a_watch_has_ended()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        for (int i = 1; i <= 100; i++)
        {
            await using var watcher = await MemberRecorder.BeginAsync(broker, Room);
            await broker.RenewAsync(Here, [Renewal(1, $"{i}", LeaseChange.Replace)], Cancel);
            await watcher.BecomesAsync($"1 {i}");
        }
    }

    [Fact]
    public async Task A_room_that_is_not_watched_any_more_costs_nothing()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        var first = await MemberRecorder.BeginAsync(broker, Room);
        var second = await MemberRecorder.BeginAsync(broker, Room);
        await first.DisposeAsync();
        Assert.True(await IsSubscribedAsync());
        await second.DisposeAsync();
        await second.DisposeAsync();
        await UntilAsync(async () => !await IsSubscribedAsync());
        await UntilAsync(() => Task.FromResult(broker.Redis.Shared.MemberWatches.Count == 0));
    }

    [Fact]
    public async Task What_is_not_of_this_system_is_refused_or_passed_over()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        await using var watcher = await MemberRecorder.BeginAsync(broker, Room);
        string[] foreign = ["", "1", "1 2 3", "1 2 3\n+", "1 2 3\n+99:x", "1 2 3\n-short", "0 1 -1\n+20:0123456789abcdef1 9 ", "0 9999999999999999 -1\n+-1:x"];
        foreach (string message in foreign)
        {
            await Redis.CommandAsync("PUBLISH", "godwit:{room:1}:members", message);
        }

        await broker.RenewAsync(Here, [Renewal(1)], Cancel);
        await watcher.BecomesAsync("1");
        await Redis.CommandAsync("ZADD", "godwit:{room:1}:list", "0", "foreign");
        await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await broker.MembersAsync(Room, null, 10, Cancel));
        await Redis.CommandAsync("SET", "godwit:{other}:leases", "foreign");
        await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await broker.RenewAsync(Here, [Renewal(1) with { Room = RoomName.Parse("other") }], Cancel));
        await Redis.CommandAsync("DEL", "godwit:{other}:leases");
        await broker.RenewAsync(Here, [Renewal(1) with { Room = RoomName.Parse("other") }], Cancel);
    }

    [Fact]
    public async Task Nothing_of_members_is_kept_for_ever()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        await broker.RenewAsync(Here, [Renewal(1), Renewal(2)], Cancel);
        await broker.RenewAsync(There, [Renewal(1, "a", LeaseChange.Replace) with { Life = 3 * Life }], Cancel);
        await broker.ReleaseAsync(Here, Room, 2, TimeSpan.Zero, Cancel);
        Assert.Equal(["godwit:layout"], await LastingKeysAsync(Redis), StringComparer.Ordinal);
        clock.Set(Begin + (3 * Life) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(["1 a"], await MembersAsync(broker));
        clock.Set(Begin + (3 * Life) + TimeSpan.FromMinutes(11));
        Assert.Equal("*0\r\n", await Redis.CommandAsync("KEYS", "*{room:1}*"));
    }

    private async Task<bool> IsSubscribedAsync() => (await Redis.CommandAsync("PUBSUB", "CHANNELS", "*members")).StartsWith("*1", StringComparison.Ordinal);

    private static LeaseRenewal Renewal(int session, string state = "", LeaseChange change = LeaseChange.Keep) =>
        new(Room, (UInt128)session, null, Encoding.UTF8.GetBytes(state), change, Life, 1000);

    private static async Task<string[]> MembersAsync(IBroker broker)
    {
        MemberPage page = await broker.MembersAsync(Room, null, 10_000, Cancel);
        Assert.Equal(page.Count, page.Members.Count);
        return [.. page.Members.Select(static member => $"{member.Session} {Encoding.UTF8.GetString(member.State.Span)}".TrimEnd())];
    }

    private static Task RenewSilentlyAsync(RedisBroker broker, int session) => RunSilentlyAsync(
        broker,
        RedisScript.Load("leases", "lease-renew"),
        ["godwit:{room:1}:leases", "godwit:{room:1}:holders", "godwit:{room:1}:list"],
        "PUBLISH", "nobody", "silent", 60_000, 60_000, StoredMember.Write((UInt128)session), "-", "", "keep", 60_000, 1000);
}
