using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Redis.Connecting;

namespace Godwit.Redis.Tests;

/// <summary>Under the keys of a room is something that this system did not store: the fault is told clearly, and other rooms go on.</summary>
public sealed class ForeignValueTests(RedisServerFixture redis) : RedisTest, IClassFixture<RedisServerFixture>
{
    private RedisKeys Keys => new(Prefix);

    [Theory]
    [InlineData("SET", "nonsense")]
    [InlineData("SET", "1 AAAAAAAAAAA and less than it has to have")]
    [InlineData("SET", "2 AAAAAAAAAAA of another layout, as long as one of this is: that is so many octets...")]
    [InlineData("LPUSH", "x")]
    public async Task A_record(string command, string value)
    {
        RedisBroker broker = await ConnectAsync(redis.Server.Endpoint);
        await redis.Server.CommandAsync(command, Keys.Record(Room), value);
        await IsToldAsync(broker, () => PublishAsync(broker, "1"));
        await IsToldAsync(broker, () => ReadAsync(broker, ReadFrom.Start));
        await IsToldAsync(broker, async () => await broker.WatchAsync(Room, new TestWatcher(), Cancel));
        await IsToldAsync(broker, async () => await broker.EndAsync(Room, Cancel));
        await IsToldAsync(broker, async () => await broker.ListAsync(null, 10, Cancel));
    }

    [Fact]
    public async Task A_log_of_another_type()
    {
        RedisBroker broker = await ConnectAsync(redis.Server.Endpoint);
        await PublishAsync(broker, "1");
        await redis.Server.CommandAsync("SET", Keys.Log(Room), "x");
        await IsToldAsync(broker, () => PublishAsync(broker, "2"));
        await IsToldAsync(broker, () => ReadAsync(broker, ReadFrom.Start));
    }

    [Theory]
    [InlineData("m", "1", "t", "2", "s", "8", "c", "nonsense")]
    [InlineData("m", "1", "t", "2", "s", "8", "c", "j 99 -\nmessage1")]
    [InlineData("m", "1", "t", "2", "s", "8", "c", "j -1 -\nmessage1")]
    [InlineData("m", "x", "t", "2", "s", "8", "c", "j 7 -\nmessage1")]
    [InlineData("m", "4294967296", "t", "2", "s", "8", "c", "j 7 -\nmessage1")]
    [InlineData("a", "b")]
    public async Task An_entry(params string[] fields)
    {
        RedisBroker broker = await ConnectAsync(redis.Server.Endpoint);
        await PublishAsync(broker, "1");
        await PublishAsync(broker, "2");
        await redis.Server.CommandAsync("DEL", Keys.Log(Room));
        await redis.Server.CommandAsync(["XADD", Keys.Log(Room), "1-0", .. fields]);
        await redis.Server.CommandAsync(["XADD", Keys.Log(Room), "2-0", .. fields]);
        await IsToldAsync(broker, () => ReadAsync(broker, ReadFrom.Start));
    }

    [Fact]
    public async Task A_remembered_key()
    {
        RedisBroker broker = await ConnectAsync(redis.Server.Endpoint);
        var key = new PublishKey("tests", "key");
        await redis.Server.CommandAsync("SET", Keys.OfRoom(Room, Logs.KeyNames.Of(key)), "x");
        await IsToldAsync(broker, async () => await broker.AppendAsync(Room, Content("1"), key, Cancel));
    }

    [Fact]
    public async Task A_log_of_which_somebody_took_or_added_entries_is_another_log()
    {
        RedisBroker broker = await ConnectAsync(redis.Server.Endpoint);
        Position at = await PublishAsync(broker, "1");
        Position second = await PublishAsync(broker, "2");
        await PublishAsync(broker, "3");
        await redis.Server.CommandAsync("XDEL", Keys.Log(Room), "2-0");
        Assert.Equal(Verdict.Reset, await JudgeAsync(broker, at));
        Assert.Equal(1, (await PublishAsync(broker, "4")).Offset);
        await redis.Server.CommandAsync("XADD", Keys.Log(Room), "9-0", "a", "b");
        Assert.Equal(1, (await PublishAsync(broker, "5")).Offset);
        Assert.Equal(Verdict.Reset, await JudgeAsync(broker, second));
    }

    [Fact]
    public async Task Of_a_log_that_was_deleted_the_record_says_that_its_entries_are_gone()
    {
        RedisBroker broker = await ConnectAsync(redis.Server.Endpoint);
        Position first = await PublishAsync(broker, "1");
        Position second = await PublishAsync(broker, "2");
        await redis.Server.CommandAsync("DEL", Keys.Log(Room));
        Assert.Equal(Verdict.Gap, await JudgeAsync(broker, first));
        Assert.Equal(Verdict.Ok, await JudgeAsync(broker, second));
        Assert.Equal(second.Epoch, (await PublishAsync(broker, "3")).Epoch);
        Assert.Equal([3], (await ReadAsync(broker, ReadFrom.After(second))).Entries.Select(static entry => entry.Offset));
    }

    // In words, and other rooms are none the worse.
    private async Task IsToldAsync(RedisBroker broker, Func<Task> call)
    {
        BrokerUnavailableException told = await Assert.ThrowsAsync<BrokerUnavailableException>(call);
        Assert.Contains("another prefix", told.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("user_script", told.Message, StringComparison.Ordinal);
        await PublishAsync(broker, "1", RoomName.Parse("other"));
    }
}
