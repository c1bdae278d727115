using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Redis.Tests;

/// <summary>The clock of Redis is another one after a failover: it may be behind.</summary>
public sealed class ClockTests(RedisClock clock) : RedisTest, IClassFixture<RedisClock>
{
    private static readonly DateTimeOffset Begin = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Within_a_room_time_does_not_go_back_and_nothing_goes_sooner_for_it()
    {
        clock.Set(Begin.AddHours(1));
        RedisBroker broker = await ConnectAsync(clock.Server.Endpoint, policies: Keeping(TimeSpan.FromMinutes(10)));
        await PublishAsync(broker, "1");
        clock.Set(Begin);
        Position second = await PublishAsync(broker, "2");
        LogPage page = await ReadAsync(broker, ReadFrom.Start);
        Assert.Equal(2, page.Entries.Count);
        Assert.Equal(Begin.AddHours(1).ToUnixTimeMilliseconds(), page.Entries[1].Time);

        clock.Set(Begin.AddMinutes(69));
        Assert.Equal(2, (await ReadAsync(broker, ReadFrom.Start)).Entries.Count);
        clock.Set(Begin.AddMinutes(70).AddSeconds(1));
        page = await ReadAsync(broker, ReadFrom.After(second));
        Assert.Equal((Verdict.Ok, second), (page.Verdict, page.Oldest));
    }

    [Fact]
    public async Task What_an_append_does_not_look_for_yet_is_gone_for_whoever_reads_and_is_dropped_with_more()
    {
        clock.Set(Begin);
        RedisBroker broker = await ConnectAsync(clock.Server.Endpoint, policies: new RoomPolicies([new RoomPolicy { Pattern = RoomPattern.Everything, Retention = new Retention { Entries = 1000 } }]));
        var at = new List<Position> { (await ReadAsync(broker, ReadFrom.Now)).Head };
        for (int i = 1; i <= 1064; i++)
        {
            at.Add(await PublishAsync(broker, $"{i}"));
        }

        string log = broker.Redis.Connection.Keys.Log(Room);
        Assert.Equal(":1064\r\n", await clock.Server.CommandAsync("XLEN", log));
        await PublishAsync(broker, "1065");
        Assert.Equal(":1000\r\n", await clock.Server.CommandAsync("XLEN", log));
        await PublishAsync(broker, "1066");
        Assert.Equal(":1001\r\n", await clock.Server.CommandAsync("XLEN", log));
        Assert.Equal(at[66], (await ReadAsync(broker, ReadFrom.Start)).Start);
        Assert.Equal(":1000\r\n", await clock.Server.CommandAsync("XLEN", log));
    }

    private static RoomPolicies Keeping(TimeSpan age) => new([new RoomPolicy { Pattern = RoomPattern.Everything, Retention = new Retention { Age = age } }]);
}
