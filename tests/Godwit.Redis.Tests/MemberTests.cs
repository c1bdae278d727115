using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Redis.Connecting;
using Godwit.Redis.Presence;

namespace Godwit.Redis.Tests;

/// <summary>Members between servers: whatever is lost on the way, whoever watches knows who is there.</summary>
public sealed class MemberTests(RedisClock clock) : SharedMembers(clock)
{
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
        Clock.Set(Begin + TimeSpan.FromMilliseconds(1));
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
        await broker.RenewAsync(Here, [Renewal(1), Renewal(2)], Cancel);
        await watcher.BecomesAsync("1", "2");
        await broker.ReleaseAsync(Here, Room, 1, TimeSpan.FromSeconds(2), Cancel);
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

    private async Task<bool> IsSubscribedAsync() => (await Redis.CommandAsync("PUBSUB", "CHANNELS", "*members")).StartsWith("*1", StringComparison.Ordinal);

    private static Task RenewSilentlyAsync(RedisBroker broker, int session) => RunSilentlyAsync(
        broker,
        RedisScript.Load("leases", "lease-renew"),
        ["godwit:{room:1}:leases", "godwit:{room:1}:holders", "godwit:{room:1}:list"],
        "PUBLISH", "nobody", "silent", 60_000, 60_000, StoredMember.Write((UInt128)session), "-", "", "keep", 60_000, 1000);
}
