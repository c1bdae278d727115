using Godwit.Brokers;

namespace Godwit.Redis.Tests;

/// <summary>Keys, tickets and orders are as durable as entries.</summary>
public sealed class ReplicatedStateTests : SharedRedis
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Keys_tickets_and_orders_count_once_replicas_have_them()
    {
        await using RedisServerProcess primary = await RedisServerProcess.StartAsync();
        RedisBroker broker = await ConnectAsync(primary.Endpoint, TimeSpan.FromMilliseconds(100));
        Func<Task>[] writes =
        [
            async () => await broker.KeysAsync("session", Life, Cancel),
            async () => await broker.AddTicketAsync("a", new byte[1], Life, Cancel),
            async () => await broker.TakeTicketAsync("a", Cancel),
            async () => await broker.AddOrderAsync(null, new byte[4], Life, Cancel),
        ];
        foreach (Func<Task> write in writes)
        {
            await Assert.ThrowsAsync<BrokerUnavailableException>(write);
        }

        // Members need not outlive the store.
        Assert.Equal([LeaseOutcome.Member], await broker.RenewAsync("here", [new LeaseRenewal(Room, 1, null, default, LeaseChange.Keep, Life, 10)], Cancel));

        await using RedisServerProcess replica = await RedisServerProcess.StartAsync($"--replicaof 127.0.0.1 {primary.Port}");
        await UntilAsync(async () =>
        {
            try
            {
                await broker.KeysAsync("session", Life, Cancel);
                return true;
            }
            catch (BrokerUnavailableException)
            {
                return false;
            }
        });

        // As long as there may be waited for it: the machine may be doing other things.
        broker = await ConnectAsync(primary.Endpoint, TimeSpan.FromSeconds(4));
        foreach (Func<Task> write in writes)
        {
            await write();
        }

        Assert.StartsWith(":1", await replica.CommandAsync("EXISTS", $"{Prefix}:{{!orders}}:log"), StringComparison.Ordinal);
    }

    private async Task<RedisBroker> ConnectAsync(string endpoint, TimeSpan timeout) => await ConnectAsync(endpoint, options =>
    {
        options.Acknowledgement = RedisAcknowledgement.Replicated;
        options.ReplicationTimeout = timeout;
    });
}
