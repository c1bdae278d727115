using System.Globalization;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Redis.Connecting;

namespace Godwit.Redis.Tests;

/// <summary>Messages of Redis are lost, come twice, late, or are of somebody else; entries are told once and in order all the same.</summary>
public sealed class LostMessageTests(RedisServerFixture redis) : RedisTest, IClassFixture<RedisServerFixture>
{
    [Fact]
    public async Task What_was_lost_is_read_when_the_next_message_comes()
    {
        RedisBroker broker = await ConnectAsync(redis.Server.Endpoint);
        var watcher = new TestWatcher();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        await PublishAsync(broker, "1");
        await PublishUnheardAsync(redis.Server, "2");
        await PublishUnheardAsync(redis.Server, "3");
        await PublishAsync(broker, "4");
        await watcher.HasEntriesAsync(4, Cancel);
        Assert.Equal(["1", "2", "3", "4"], watcher.Told);
    }

    [Fact]
    public async Task The_last_message_of_a_quiet_room_arrives_though_it_was_lost_and_subscriptions_are_made_anew()
    {
        RedisBroker broker = await ConnectAsync(redis.Server.Endpoint);
        var watcher = new TestWatcher();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        await PublishAsync(broker, "1");
        await watcher.HasEntriesAsync(1, Cancel);
        await PublishUnheardAsync(redis.Server, "2");
        await broker.CatchUpAsync();
        await watcher.HasEntriesAsync(2, Cancel);
        Assert.Equal(["1", "2"], watcher.Told);
        await broker.Redis.Connection.Subscriptions.SettledAsync();
        Assert.Equal(1, broker.Redis.Connection.Subscriptions.Renewals);
        await PublishAsync(broker, "3");
        await watcher.HasEntriesAsync(3, Cancel);
        Assert.Equal(["1", "2", "3"], watcher.Told);
    }

    [Fact]
    public async Task Whoever_is_cut_off_again_and_again_subscribes_anew_and_is_told_everything_once()
    {
        RedisBroker broker = await ConnectAsync(redis.Server.Endpoint);
        RedisBroker publisher = await ConnectAsync(redis.Server.Endpoint);
        var watcher = new TestWatcher();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        const int Count = 600;
        for (int i = 1; i <= Count; i++)
        {
            await PublishAsync(publisher, i.ToString(CultureInfo.InvariantCulture));
            if (i % 200 == 100)
            {
                await redis.Server.CommandAsync("CLIENT", "KILL", "TYPE", "pubsub");
            }
        }

        await watcher.HasEntriesAsync(Count, Cancel);
        Assert.Equal(Enumerable.Range(1, Count).Select(i => i.ToString(CultureInfo.InvariantCulture)), watcher.Told);
    }

    [Fact]
    public async Task A_subscription_that_is_silently_dead_is_found_out_and_made_anew()
    {
        Relay relay = End(new Relay(redis.Server.Port));
        RedisBroker broker = await ConnectAsync(relay.Endpoint);
        RedisBroker publisher = await ConnectAsync(redis.Server.Endpoint);
        var watcher = new TestWatcher();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        relay.Silence();
        await PublishAsync(publisher, "1");
        await watcher.HasEntriesAsync(1, Cancel);
        await PublishAsync(publisher, "2");
        await watcher.HasEntriesAsync(2, Cancel);
        Assert.Equal(["1", "2"], watcher.Told);
    }

    [Fact]
    public async Task A_message_that_comes_twice_or_late_is_told_once()
    {
        RedisBroker broker = await ConnectAsync(redis.Server.Endpoint);
        var watcher = new TestWatcher();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        var at = new List<Position> { (await ReadAsync(broker, ReadFrom.Now)).Head };
        for (int i = 1; i <= 20; i++)
        {
            at.Add(await PublishAsync(broker, $"{i}"));
        }

        await watcher.HasEntriesAsync(20, Cancel);
        foreach (int i in new[] { 20, 20, 19, 3, 1 })
        {
            await RepeatAsync(at[i - 1], at[i], $"{i}");
        }

        await PublishAsync(broker, "21");
        await watcher.HasEntriesAsync(21, Cancel);
        Assert.Equal(Enumerable.Range(1, 21).Select(i => $"{i}"), watcher.Told);
    }

    [Fact]
    public async Task What_others_publish_on_a_rooms_channel_is_told_to_nobody()
    {
        RedisBroker broker = await ConnectAsync(redis.Server.Endpoint);
        var watcher = new TestWatcher();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        Position first = await PublishAsync(broker, "1");
        string[] strange =
        [
            "", "x", "entry", "entry 1", "entry 2 x", "entry 1 not-an-epoch 2 3 4 5\nj 7 -\nmessage2",
            $"entry 1 {first.Epoch} 2 3 {first.Mark} 5", $"entry 1 {first.Epoch} 2 3 {first.Mark} 5\nj 99 -\nmessage2", $"entry 1 {first.Epoch} 2 -3 {first.Mark} 5\nj 7 -\nmessage2",
            $"entry 1 {first.Epoch} 7 3 4 5\nj 7 -\nmessage7", $"entry 1 {first.Epoch} 2 3 {first.Mark ^ 1} 5\nj 7 -\nmessage99", $"entry 1 {new Epoch(7)} 1 3 0 5\nj 7 -\nmessage1", $"ended 1 {new Epoch(7)}",
        ];
        foreach (string message in strange)
        {
            await redis.Server.CommandAsync("PUBLISH", broker.Redis.Connection.Keys.Events(Room), message);
        }

        await PublishAsync(broker, "2");
        await watcher.HasEntriesAsync(2, Cancel);
        Assert.Equal(["1", "2"], watcher.Told);
    }

    // As the scripts of another server would tell of it.
    private Task RepeatAsync(Position before, Position at, string json) =>
        redis.Server.CommandAsync("PUBLISH", new RedisKeys(Prefix).Events(Room), $"entry 1 {at.Epoch} {at.Offset} {at.Mark} {before.Mark} 5\nj 7 -\nmessage{json}");
}
