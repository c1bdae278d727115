using Godwit.Brokers;
using Godwit.Protocol;

namespace Godwit.Redis.Tests;

/// <summary>Redis goes away and comes back: publishers are refused at once, readers are told, and nothing is lost.</summary>
public sealed class OutageTests : RedisTest
{
    private static readonly PublishKey Key = new("tests", "key");

    [Fact]
    public async Task While_Redis_is_down_publishers_are_refused_at_once_and_afterwards_all_goes_on()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync("--appendonly yes --appendfsync always");
        RedisBroker broker = await ConnectAsync(redis.Endpoint);
        var watcher = new TestWatcher();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        var first = await PublishAsync(broker, "1");
        await redis.KillAsync();
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => PublishAsync(broker, "lost"));
        await watcher.WasToldAsync("degraded", Cancel);
        await RefusesAtOnceAsync(broker);

        await redis.StartAgainAsync();
        await PublishAtLastAsync(broker, "2", Key);
        await watcher.WasToldAsync("restored", Cancel);
        await watcher.HasEntriesAsync(2, Cancel);
        Assert.Equal([1, 2], watcher.Offsets);
        Assert.DoesNotContain("uncertain", watcher.Told);
        Assert.Equal(Verdict.Ok, await JudgeAsync(broker, first));
    }

    [Fact]
    public async Task A_Redis_that_hangs_counts_as_away_until_it_answers()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync();
        RedisBroker broker = await ConnectAsync(redis.Endpoint);
        var watcher = new TestWatcher();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        await PublishAsync(broker, "1");
        redis.Suspend();
        await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await broker.AppendAsync(Room, Content("2"), Key, Cancel));
        await watcher.WasToldAsync("degraded", Cancel);
        await RefusesAtOnceAsync(broker);

        redis.Resume();
        await PublishAtLastAsync(broker, "2", Key);
        await watcher.WasToldAsync("restored", Cancel);
        await watcher.HasEntriesAsync(2, Cancel);

        // What hung was carried out after all; the key made it one entry.
        Assert.Equal([1, 2], watcher.Offsets);
        Assert.DoesNotContain("uncertain", watcher.Told);
    }

    [Fact]
    public async Task Who_is_cut_off_is_told_what_others_published_before_it_hears_that_all_is_restored()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync();
        Relay relay = End(new Relay(redis.Port));
        RedisBroker broker = await ConnectAsync(relay.Endpoint);
        RedisBroker other = await ConnectAsync(redis.Endpoint);
        var watcher = new TestWatcher();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        relay.Cut();
        await watcher.WasToldAsync("degraded", Cancel);
        var late = new TestWatcher();
        await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await broker.WatchAsync(Room, late, Cancel));
        for (int i = 1; i <= 700; i++)
        {
            await PublishAsync(other, $"{i}");
        }

        relay.Mend();
        await watcher.WasToldAsync("restored", Cancel);
        Assert.Equal(["degraded", .. Enumerable.Range(1, 700).Select(i => $"{i}"), "restored"], watcher.Told);
    }

    [Fact]
    public async Task A_restart_that_is_soon_over_is_nothing_to_readers_but_a_pause()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync("--appendonly yes --appendfsync always");
        RedisBroker broker = await ConnectAsync(redis.Endpoint);
        var watcher = new TestWatcher();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        await PublishAsync(broker, "1");
        await redis.StopAsync();
        await redis.StartAgainAsync();
        await PublishAtLastAsync(broker, "2", Key);
        await watcher.HasEntriesAsync(2, Cancel);
        Assert.Equal([1, 2], watcher.Offsets);
        Assert.DoesNotContain("uncertain", watcher.Told);
    }

    [Fact]
    public async Task A_Redis_that_is_full_says_so_and_whoever_reads_goes_on_also_over_what_has_aged()
    {
        var clock = End(new RedisClock());
        await clock.InitializeAsync();
        var begin = new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
        RedisBroker broker = await ConnectAsync(clock.Server.Endpoint);
        Position first = await PublishAsync(broker, "1");
        clock.Set(begin.AddMinutes(30));
        Position second = await PublishAsync(broker, "2");
        await clock.Server.CommandAsync("CONFIG", "SET", "maxmemory", "1");
        BrokerUnavailableException full = await Assert.ThrowsAsync<BrokerUnavailableException>(() => PublishAsync(broker, "3"));
        Assert.True(full.IsFull);
        Assert.Contains("maxmemory", full.Message, StringComparison.Ordinal);
        Assert.Equal(2, (await ReadAsync(broker, ReadFrom.Start)).Entries.Count);

        clock.Set(begin.AddMinutes(65));
        for (int i = 0; i < 2; i++)
        {
            LogPage page = await ReadAsync(broker, ReadFrom.Start);
            Assert.Equal((first, second), (page.Oldest, page.Head));
            Assert.Single(page.Entries);
        }

        Assert.True((await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await broker.EndAsync(Room, Cancel))).IsFull);
        await clock.Server.CommandAsync("CONFIG", "SET", "maxmemory", "0");
        Assert.Equal(second.Epoch, (await PublishAsync(broker, "3")).Epoch);
        Assert.Equal([2, 3], (await ReadAsync(broker, ReadFrom.Start)).Entries.Select(static entry => entry.Offset));
    }

    // Without having waited for anything: so they do not pile up.
    private static async Task RefusesAtOnceAsync(RedisBroker broker)
    {
        for (int i = 0; i < 100; i++)
        {
            ValueTask<Appended> refused = broker.AppendAsync(Room, Content("x"), null, Cancel);
            Assert.True(refused.IsFaulted);
            await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await refused);
        }
    }
}
