using Godwit.Brokers;
using Godwit.Protocol;

namespace Godwit.Redis.Tests;

/// <summary>Redis loses what it had acknowledged: exactly those whose position the log contradicts get a reset, and whoever watches is told to read anew.</summary>
public sealed class LostTailTests : RedisTest
{
    private static readonly PublishKey Key = new("tests", "key");

    [Fact]
    public async Task After_FLUSHALL_every_position_is_reset_and_watchers_are_told_with_the_next_entry()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync();
        RedisBroker broker = await ConnectAsync(redis.Endpoint);
        var watcher = new TestWatcher();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        Position[] at = [(await ReadAsync(broker, ReadFrom.Now)).Head, await PublishAsync(broker, "1"), await PublishAsync(broker, "2")];
        await redis.CommandAsync("FLUSHALL");
        await PublishAsync(broker, "3");
        await watcher.WasToldAsync("uncertain", Cancel);
        foreach (Position position in at)
        {
            Assert.Equal(Verdict.Reset, await JudgeAsync(broker, position));
        }

        await PublishAsync(broker, "4");
        await watcher.WasToldAsync("4", Cancel);
    }

    [Fact]
    public async Task After_FLUSHALL_watchers_of_a_room_in_which_nothing_happens_are_told_too()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync();
        RedisBroker broker = await ConnectAsync(redis.Endpoint);
        var watcher = new TestWatcher();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        await PublishAsync(broker, "1");
        await redis.CommandAsync("FLUSHALL");
        await broker.CatchUpAsync();
        await watcher.WasToldAsync("uncertain", Cancel);
        Assert.Equal(0, (await ReadAsync(broker, ReadFrom.Now)).Head.Offset);
    }

    [Fact]
    public async Task After_a_restart_without_persistence_every_position_is_reset_and_watchers_are_told()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync();
        RedisBroker broker = await ConnectAsync(redis.Endpoint);
        var watcher = new TestWatcher();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        Position at = await PublishAsync(broker, "1");
        await redis.KillAsync();
        await redis.StartAgainAsync();
        await watcher.WasToldAsync("uncertain", Cancel);
        Assert.Equal(Verdict.Reset, await JudgeAsync(broker, at));
    }

    [Fact]
    public async Task Of_a_truncated_append_only_file_positions_before_the_loss_hold_and_those_behind_are_reset()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync("--appendonly yes --appendfsync always --aof-load-truncated yes");
        RedisBroker broker = await ConnectAsync(redis.Endpoint);
        RedisBroker other = await ConnectAsync(redis.Endpoint);
        var watcher = new TestWatcher();
        var at = new List<Position>();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        string file = Directory.GetFiles(Path.Combine(redis.Directory, "appendonlydir"), "*.incr.aof").Single();
        long kept = 0;
        for (int i = 1; i <= 6; i++)
        {
            at.Add(await PublishAsync(other, $"{i}"));
            kept = i == 4 ? new FileInfo(file).Length : kept;
        }

        await watcher.HasEntriesAsync(6, Cancel);
        await redis.KillAsync();
        using (FileStream aof = File.OpenWrite(file))
        {
            // In the midst of the fifth.
            aof.SetLength(kept + 40);
        }

        await redis.StartAgainAsync();
        Position instead = await PublishAtLastAsync(other, "other 5", Key);
        Assert.Equal(at[4] with { Mark = instead.Mark }, instead);
        await watcher.WasToldAsync("uncertain", Cancel);
        for (int i = 0; i < 6; i++)
        {
            Assert.Equal(i < 4 ? Verdict.Ok : Verdict.Reset, await JudgeAsync(broker, at[i]));
        }

        Assert.Equal(Verdict.Ok, await JudgeAsync(broker, instead));
        await PublishAsync(other, "6");
        await watcher.WasToldAsync("6", Cancel, times: 2);
    }

    [Fact]
    public async Task After_a_replica_that_lagged_was_promoted_exactly_what_it_had_not_got_is_reset()
    {
        await using RedisServerProcess primary = await RedisServerProcess.StartAsync();
        Relay replication = End(new Relay(primary.Port));
        await using RedisServerProcess replica = await RedisServerProcess.StartAsync($"--replicaof {replication.Endpoint.Replace(':', ' ')}");
        Relay relay = End(new Relay(primary.Port));
        RedisBroker broker = await ConnectAsync(relay.Endpoint);
        var watcher = new TestWatcher();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        var at = new List<Position> { await PublishAsync(broker, "1"), await PublishAsync(broker, "2") };
        while (await replica.CommandAsync("XLEN", broker.Redis.Connection.Keys.Log(Room)) != ":2\r\n")
        {
            await Task.Delay(10, Cancel);
        }

        replication.Cut();
        at.Add(await PublishAsync(broker, "3"));
        at.Add(await PublishAsync(broker, "4"));
        await watcher.HasEntriesAsync(4, Cancel);
        await primary.KillAsync();
        relay.Cut();
        await replica.CommandAsync("REPLICAOF", "NO", "ONE");
        relay.Mend(replica.Port);

        // Nobody has published since: it is found by comparing.
        await watcher.WasToldAsync("uncertain", Cancel);
        Assert.Equal([Verdict.Ok, Verdict.Ok, Verdict.Reset, Verdict.Reset], [await JudgeAsync(broker, at[0]), await JudgeAsync(broker, at[1]), await JudgeAsync(broker, at[2]), await JudgeAsync(broker, at[3])]);
        Position instead = await PublishAtLastAsync(broker, "other 3", Key);
        Assert.Equal(at[2] with { Mark = instead.Mark }, instead);
        await watcher.WasToldAsync("other 3", Cancel);
        Assert.Equal(Verdict.Reset, await JudgeAsync(broker, at[2]));
    }

    [Fact]
    public async Task A_log_whose_end_was_lost_and_written_anew_up_to_where_it_was_is_told_apart_by_the_mark()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync();
        RedisBroker broker = await ConnectAsync(redis.Endpoint);
        var watcher = new TestWatcher();
        await PublishAsync(broker, "1");
        string record = broker.Redis.Connection.Keys.Record(Room), log = broker.Redis.Connection.Keys.Log(Room);
        await redis.CommandAsync("COPY", record, record + "2");
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        Position lost = await PublishAsync(broker, "2");
        await watcher.HasEntriesAsync(1, Cancel);

        // As a primary has it that did not get the second one.
        await redis.CommandAsync("COPY", record + "2", record, "REPLACE");
        await redis.CommandAsync("XDEL", log, "2-0");
        await redis.CommandAsync("XSETID", log, "1-0");
        Position instead = await PublishAsync(broker, "other 2");
        Assert.Equal(lost with { Mark = instead.Mark }, instead);
        await watcher.WasToldAsync("uncertain", Cancel);
        Assert.Equal(Verdict.Reset, await JudgeAsync(broker, lost));
        Assert.Equal(Verdict.Ok, await JudgeAsync(broker, instead));
    }

    [Fact]
    public async Task A_log_whose_end_was_lost_and_grew_again_beyond_where_it_was_is_told_apart_by_the_mark_before()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync();
        RedisBroker broker = await ConnectAsync(redis.Endpoint);
        var watcher = new TestWatcher();
        await PublishAsync(broker, "1");
        string record = broker.Redis.Connection.Keys.Record(Room), log = broker.Redis.Connection.Keys.Log(Room);
        await redis.CommandAsync("COPY", record, record + "2");
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        await PublishAsync(broker, "2");
        await watcher.HasEntriesAsync(1, Cancel);
        await redis.CommandAsync("COPY", record + "2", record, "REPLACE");
        await redis.CommandAsync("XDEL", log, "2-0");
        await redis.CommandAsync("XSETID", log, "1-0");

        // The offset of the one that is heard follows on; what it follows is another entry.
        await PublishUnheardAsync(redis, "other 2");
        await PublishAsync(broker, "3");
        await watcher.WasToldAsync("uncertain", Cancel);
        Assert.Equal(["2", "uncertain"], watcher.Told);
        await PublishAsync(broker, "4");
        await watcher.WasToldAsync("4", Cancel);
    }
}
