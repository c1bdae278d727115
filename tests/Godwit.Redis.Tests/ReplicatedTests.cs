using Godwit.Brokers;
using Godwit.Redis.Connecting;
using StackExchange.Redis;

namespace Godwit.Redis.Tests;

/// <summary>Acknowledged is only what replicas have.</summary>
public sealed class ReplicatedTests : RedisTest
{
    [Fact]
    public async Task What_is_acknowledged_is_at_the_replica_and_nothing_is_while_it_does_not_answer()
    {
        await using RedisServerProcess primary = await RedisServerProcess.StartAsync();
        await using RedisServerProcess replica = await RedisServerProcess.StartAsync($"--replicaof 127.0.0.1 {primary.Port}");
        RedisBroker broker = await ConnectAsync(primary.Endpoint, Replicated(TimeSpan.FromMilliseconds(500)));
        var key = new PublishKey("tests", "1");
        await PublishAtLastAsync(broker, "1", key);
        Assert.Equal(":1\r\n", await replica.CommandAsync("XLEN", broker.Redis.Connection.Keys.Log(Room)));

        replica.Suspend();
        BrokerUnavailableException refused;
        long began = TimeProvider.System.GetTimestamp();
        do
        {
            refused = await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await broker.AppendAsync(Room, Content("2"), new PublishKey("tests", "2"), Cancel));
        }
        while (refused.Message == "Redis does not answer." && TimeProvider.System.GetElapsedTime(began) < Patience);

        Assert.Equal("0 of 1 replicas confirmed in time.", refused.Message);

        // Stored it is, and repeated it is not acknowledged either before the replica has it.
        await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await broker.AppendAsync(Room, Content("2"), new PublishKey("tests", "2"), Cancel));
        replica.Resume();
        await PublishAtLastAsync(broker, "2", new PublishKey("tests", "2"));
        await PublishAtLastAsync(broker, "3", new PublishKey("tests", "3"));
        Assert.Equal(3, (await ReadAsync(broker, ReadFrom.Start)).Entries.Count);
        Assert.Equal(":3\r\n", await replica.CommandAsync("XLEN", broker.Redis.Connection.Keys.Log(Room)));
    }

    [Fact]
    public async Task Many_at_once_share_a_WAIT()
    {
        await using RedisServerProcess primary = await RedisServerProcess.StartAsync();
        await using RedisServerProcess replica = await RedisServerProcess.StartAsync($"--replicaof 127.0.0.1 {primary.Port}");
        RedisBroker broker = await ConnectAsync(primary.Endpoint, Replicated(TimeSpan.FromSeconds(4)));
        await PublishAtLastAsync(broker, "1", new PublishKey("tests", "1"));
        await primary.CommandAsync("CONFIG", "RESETSTAT");
        const int Publishers = 64, Each = 20;
        await Task.WhenAll(Enumerable.Range(0, Publishers).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < Each; i++)
            {
                await PublishAsync(broker, "2");
            }
        })));
        Assert.Equal(1 + (Publishers * Each), (await ReadAsync(broker, ReadFrom.Now)).Head.Offset);
        Assert.InRange(await primary.CallsAsync("wait"), Each, Publishers * Each / 8);
    }

    [Fact]
    public async Task Without_a_replica_nothing_is_acknowledged()
    {
        await using RedisServerProcess primary = await RedisServerProcess.StartAsync();
        RedisBroker broker = await ConnectAsync(primary.Endpoint, Replicated(TimeSpan.FromMilliseconds(50)));
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => PublishAsync(broker, "1"));
    }

    [Fact]
    public async Task Where_the_primary_changes_meanwhile_nothing_that_the_old_one_took_is_acknowledged_by_the_new_one()
    {
        // Both without replicas of their own: what a new connection would say of an old one's writes is wrong.
        await using RedisServerProcess old = await RedisServerProcess.StartAsync();
        await using RedisServerProcess next = await RedisServerProcess.StartAsync();
        await using RedisServerProcess replica = await RedisServerProcess.StartAsync($"--replicaof 127.0.0.1 {next.Port}");
        Relay relay = End(new Relay(old.Port));
        RedisBroker broker = await ConnectAsync(relay.Endpoint, Replicated(TimeSpan.FromSeconds(4)));
        Task<Protocol.Position> hanging = PublishAsync(broker, "1");
        while (!(await old.CommandAsync("EXISTS", broker.Redis.Connection.Keys.Record(Room))).Contains('1', StringComparison.Ordinal))
        {
            await Task.Delay(10, Cancel);
        }

        relay.Cut();
        relay.Mend(next.Port);
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => hanging);
        await PublishAtLastAsync(broker, "1", new PublishKey("tests", "1"));
        Assert.Single((await ReadAsync(broker, ReadFrom.Start)).Entries);
    }

    [Fact]
    public void A_connection_that_was_made_anew_between_confirms_nothing_and_a_disk_counts_only_with_that_of_the_primary()
    {
        RedisResult one = RedisResult.Create((RedisValue)1), two = RedisResult.Create((RedisValue)2), none = RedisResult.Create((RedisValue)0);
        Assert.Equal(2, ReplicatedWrites.Confirmed(one, two, one, RedisAcknowledgement.Replicated));
        Assert.Equal(-1, ReplicatedWrites.Confirmed(one, two, two, RedisAcknowledgement.Replicated));
        Assert.Equal(2, ReplicatedWrites.Confirmed(one, RedisResult.Create([one, two]), one, RedisAcknowledgement.ReplicatedOnDisk));
        Assert.Equal(0, ReplicatedWrites.Confirmed(one, RedisResult.Create([none, two]), one, RedisAcknowledgement.ReplicatedOnDisk));
        Assert.Equal(-1, ReplicatedWrites.Confirmed(one, RedisResult.Create([one, two]), two, RedisAcknowledgement.ReplicatedOnDisk));
    }

    private static Action<RedisBrokerOptions> Replicated(TimeSpan timeout) => options =>
    {
        options.Acknowledgement = RedisAcknowledgement.Replicated;
        options.ReplicationTimeout = timeout;
    };
}
