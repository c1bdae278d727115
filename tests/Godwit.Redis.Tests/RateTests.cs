using System.Net;
using Godwit.Access;
using Godwit.Brokers;
using Godwit.Limits;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Redis.Tests;

/// <summary>Rates that hold for all servers together.</summary>
public sealed class RateTests(RedisClock clock) : SharedRedis, IClassFixture<RedisClock>, IAsyncLifetime
{
    private static readonly DateTimeOffset Begin = new(2001, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Begin);

    public async ValueTask InitializeAsync()
    {
        clock.Set(Begin);
        await clock.Server.CommandAsync("FLUSHALL");
    }

    [Fact]
    public async Task Who_has_spent_all_at_one_server_has_little_left_at_another()
    {
        (SharedRates Rates, RateTable<string> Table)[] servers = await ServersAsync(2, new Rate(10, 160));
        Assert.Equal(160, await SpendAsync(servers[0]));
        Assert.InRange(await SpendAsync(servers[1]), 1, 160 / SharedRates.PartOfBurst);
        Assert.Equal(160, await SpendAsync((servers[1].Rates, servers[1].Table), "another"));
    }

    [Fact]
    public async Task Who_asks_all_servers_for_as_much_as_they_give_gets_no_more_than_from_one_in_the_long_run()
    {
        const int Servers = 4, Seconds = 120;
        var rate = new Rate(10, 160);
        (SharedRates Rates, RateTable<string> Table)[] servers = await ServersAsync(Servers, rate);
        int spent = 0;
        for (int i = 0; i < Seconds * 2; i++)
        {
            foreach ((SharedRates, RateTable<string>) server in servers)
            {
                spent += await SpendAsync(server);
            }

            Advance(TimeSpan.FromMilliseconds(500));
        }

        int allowed = rate.Burst + (rate.PerSecond * Seconds);
        Assert.InRange(spent, allowed * 9 / 10, allowed + (Servers * 2 * rate.Burst / SharedRates.PartOfBurst));
    }

    [Fact]
    public async Task Who_waits_as_long_as_the_bucket_takes_has_all_of_it_again_at_any_server()
    {
        (SharedRates Rates, RateTable<string> Table)[] servers = await ServersAsync(2, new Rate(10, 160));
        await SpendAsync(servers[0]);
        await SpendAsync(servers[1]);
        Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(160, await SpendAsync(servers[1]));
    }

    [Fact]
    public async Task A_server_counts_by_itself_while_the_store_is_away_and_with_the_others_when_it_is_back()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync();
        RedisBroker first = await ConnectAsync(redis), second = await ConnectAsync(redis);
        await using var rates = new SharedRates(first);
        await using var others = new SharedRates(second);
        RateTable<string> table = SharedRates.Table<string>(rates, "test", new Rate(1, 1600), TimeProvider.System);
        RateTable<string> other = SharedRates.Table<string>(others, "test", new Rate(1, 1600), TimeProvider.System);
        redis.Suspend();
        Assert.InRange(Enumerable.Range(0, 1000).Count(_ => table.TryTake("alice", out TimeSpan _)), 1000, 1000);
        await UntilAsync(() => Task.FromResult(rates.Waiting == 0));
        redis.Resume();
        await AnswersAsync(first);
        await AnswersAsync(second);
        Assert.True(table.TryTake("alice", 500, TimeSpan.Zero, out _));
        await UntilAsync(() => Task.FromResult(rates.Waiting == 0));
        Assert.True(other.TryTake("alice", 100, TimeSpan.Zero, out _));
        await UntilAsync(() => Task.FromResult(others.Waiting == 0));
        Assert.False(other.TryTake("alice", 1200, TimeSpan.Zero, out _));
    }

    [Fact]
    public async Task Users_addresses_and_rooms_have_one_rate_at_all_servers()
    {
        var options = new GodwitOptions();
        var rate = new Rate(1, 160);
        (options.Limits.Publishes, options.Limits.NewRooms, options.Limits.Requests, options.Limits.RoomPublishes) = (rate, rate, rate, null);
        await using var first = new GodwitEngine(options, await ConnectAsync(clock.Server), _time);
        await using var second = new GodwitEngine(options, await ConnectAsync(clock.Server), _time);
        var user = new Caller { Kind = CallerKind.Token, User = "alice" };
        var address = new Caller { Address = IPAddress.Parse("192.0.2.7") };
        foreach (Caller caller in new[] { user, address })
        {
            await AssertSharedAsync(engine => !engine.Limits.RefusesPublish(caller, Room, out _));
            await AssertSharedAsync(engine => !engine.Limits.RefusesNewRoom(caller, out _));
            await AssertSharedAsync(engine => engine.Limits.TryTakeTurn(caller, 1, out TimeSpan wait) && wait == TimeSpan.Zero);
        }

        options.Limits.RoomPublishes = rate;
        options.Limits.Publishes = null;
        await using var third = new GodwitEngine(options, await ConnectAsync(clock.Server), _time);
        await using var fourth = new GodwitEngine(options, await ConnectAsync(clock.Server), _time);
        await AssertSharedAsync(engine => !engine.Limits.RefusesPublish(user, Room, out _), third, fourth);

        async Task AssertSharedAsync(Func<GodwitEngine, bool> tryTake, GodwitEngine? here = null, GodwitEngine? there = null)
        {
            for (int i = 0; i < 160; i++)
            {
                Assert.True(tryTake(here ?? first));
            }

            // Each asks for one at a time, so that what it has told can be answered.
            int taken = 0;
            while (tryTake(there ?? second))
            {
                Assert.True(++taken < 150, "It goes by its own count.");
                await Task.Delay(20, Cancel);
            }
        }
    }

    [Fact]
    public async Task A_bucket_is_kept_for_as_long_as_it_takes_to_be_full_and_owes_no_more_than_it_may()
    {
        RedisBroker broker = await ConnectAsync(clock.Server);
        var spending = new RateSpending("test:a", 30, TimeSpan.FromMilliseconds(100), 100, TimeSpan.FromSeconds(5));
        Assert.Equal([TimeSpan.FromSeconds(3)], await broker.SpendAsync([spending], Cancel));
        clock.Set(Begin + TimeSpan.FromSeconds(1));
        Assert.Equal([TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(0.1)], await broker.SpendAsync([spending, spending with { Bucket = "test:b", Count = 1 }], Cancel));
        Assert.Equal([TimeSpan.FromSeconds(15)], await broker.SpendAsync([spending with { Count = 1_000_000 }], Cancel));
        Assert.Equal(["godwit:layout"], await LastingKeysAsync(clock.Server), StringComparer.Ordinal);
        clock.Set(Begin + TimeSpan.FromSeconds(16.1));
        Assert.Equal("*0\r\n", await clock.Server.CommandAsync("KEYS", "*rate*"));
        Assert.Equal([TimeSpan.FromSeconds(3)], await broker.SpendAsync([spending], Cancel));
    }

    private async Task<(SharedRates Rates, RateTable<string> Table)[]> ServersAsync(int count, Rate rate)
    {
        var servers = new List<(SharedRates, RateTable<string>)>();
        for (int i = 0; i < count; i++)
        {
            var rates = new SharedRates(await ConnectAsync(clock.Server));
            servers.Add((rates, SharedRates.Table<string>(rates, "test", rate, _time)));
        }

        return [.. servers];
    }

    /// <summary>Spends as much as there is, and waits for what the others have to be known after each part.</summary>
    private static async Task<int> SpendAsync((SharedRates Rates, RateTable<string> Table) server, string key = "alice")
    {
        int spent = 0;
        while (server.Table.TryTake(key, out _))
        {
            spent++;
            await UntilAsync(() => Task.FromResult(server.Rates.Waiting == 0));
        }

        return spent;
    }

    private void Advance(TimeSpan span)
    {
        _time.Advance(span);
        clock.Set(_time.GetUtcNow());
    }
}
