using System.Diagnostics;
using Godwit.Brokers;
using Godwit.Protocol;

namespace Godwit.Redis.Tests;

/// <summary>What is asked of Redis for what is done.</summary>
public sealed class CostTests(RedisServerFixture redis) : RedisTest, IClassFixture<RedisServerFixture>
{
    [Fact]
    public async Task A_publish_is_one_round_trip()
    {
        RedisBroker broker = await ConnectAsync(redis.Server.Endpoint);
        await PublishAsync(broker, "1");
        (long scripts, long texts) = (await redis.Server.CallsAsync("evalsha"), await redis.Server.CallsAsync("eval"));
        for (int i = 0; i < 100; i++)
        {
            await broker.AppendAsync(Room, Content("2"), i % 2 == 0 ? null : new PublishKey("tests", $"{i}"), Cancel);
        }

        Assert.Equal((scripts + 100, texts), (await redis.Server.CallsAsync("evalsha"), await redis.Server.CallsAsync("eval")));
    }

    [Fact]
    public async Task A_server_that_watches_no_room_is_sent_nothing_of_it_and_one_that_does_subscribes_once()
    {
        RedisBroker broker = await ConnectAsync(redis.Server.Endpoint);
        string channel = broker.Redis.Connection.Keys.Events(Room);
        await PublishAsync(broker, "1");
        Assert.Contains(":0\r\n", await redis.Server.CommandAsync("PUBSUB", "NUMSUB", channel), StringComparison.Ordinal);

        await using (await broker.WatchAsync(Room, new TestWatcher(), Cancel))
        await using (await broker.WatchAsync(Room, new TestWatcher(), Cancel))
        {
            Assert.Contains(":1\r\n", await redis.Server.CommandAsync("PUBSUB", "NUMSUB", channel), StringComparison.Ordinal);
        }

        // It is not waited for that Redis has taken the end of it.
        await broker.CatchUpAsync();
        for (long began = TimeProvider.System.GetTimestamp(); !(await redis.Server.CommandAsync("PUBSUB", "NUMSUB", channel)).Contains(":0\r\n", StringComparison.Ordinal); await Task.Delay(20, Cancel))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, "It is still subscribed to.");
        }
    }

    [Fact]
    public async Task Everything_that_is_kept_has_an_expiry_but_the_number_of_the_layout()
    {
        RedisBroker broker = await ConnectAsync(redis.Server.Endpoint);
        await broker.AppendAsync(Room, Content("1"), new PublishKey("tests", "key"), Cancel);
        await ReadAsync(broker, ReadFrom.Now, RoomName.Parse("read"));
        await using IAsyncDisposable watch = await broker.WatchAsync(RoomName.Parse("watched"), new TestWatcher(), Cancel);
        string[] keys = [.. (await redis.Server.CommandAsync("KEYS", $"{Prefix}*")).Split("\r\n").Where(line => line.StartsWith(Prefix, StringComparison.Ordinal))];
        Assert.Equal(6, keys.Length);
        foreach (string key in keys)
        {
            Assert.Equal(key == broker.Redis.Connection.Keys.Layout, await redis.Server.CommandAsync("PTTL", key) == ":-1\r\n");
        }
    }

    [Fact]
    public async Task Thousands_of_rooms_are_subscribed_to_anew_and_compared_after_a_restart()
    {
        int rooms = Environment.GetEnvironmentVariable("GODWIT_SOAK") == "1" ? 10_000 : 2_000;
        await using RedisServerProcess server = await RedisServerProcess.StartAsync("--appendonly yes --appendfsync everysec");
        RedisBroker broker = await ConnectAsync(server.Endpoint);
        var watcher = new TestWatcher();
        var watches = new List<IAsyncDisposable>();
        foreach (int[] some in Enumerable.Range(0, rooms).Chunk(200))
        {
            watches.AddRange(await Task.WhenAll(some.Select(async i => await broker.WatchAsync(RoomName.Parse($"room-{i}"), watcher, Cancel))));
        }

        await server.StopAsync();
        await server.StartAgainAsync();
        long begin = Stopwatch.GetTimestamp();
        for (int i = 0; i < rooms; i += 100)
        {
            var room = RoomName.Parse($"room-{i}");
            while (true)
            {
                try
                {
                    await PublishAsync(broker, $"{i}", room);
                    break;
                }
                catch (BrokerUnavailableException)
                {
                    await Task.Delay(20, Cancel);
                }
            }
        }

        await watcher.HasEntriesAsync(rooms / 100, Cancel);
        Assert.DoesNotContain("uncertain", watcher.Told);
        await broker.Redis.Connection.Subscriptions.SettledAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"{rooms} rooms were subscribed to anew {Stopwatch.GetElapsedTime(begin).TotalSeconds:F1} s after Redis answered.");
        Assert.Equal($"{rooms + 1}", $"{(await server.CommandAsync("PUBSUB", "CHANNELS", $"{Prefix}:*")).Split("\r\n").Count(line => line.StartsWith(Prefix, StringComparison.Ordinal))}");
        foreach (IAsyncDisposable watch in watches)
        {
            await watch.DisposeAsync();
        }
    }
}
