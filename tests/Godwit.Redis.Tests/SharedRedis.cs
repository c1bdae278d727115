using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Redis.Connecting;

namespace Godwit.Redis.Tests;

/// <summary>Servers that share one Redis, for tests of what goes wrong between them.</summary>
public abstract class SharedRedis : RedisTest
{
    /// <summary>Connects one more server, under the usual prefix.</summary>
    private protected Task<RedisBroker> ConnectAsync(RedisServerProcess redis) => ConnectAsync(redis.Endpoint, static options => options.Prefix = "godwit");

    /// <summary>Completes when something holds.</summary>
    protected static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(Patience);
        while (!await holds())
        {
            await Task.Delay(20, limit.Token);
        }
    }

    /// <summary>Completes when a server is answered again.</summary>
    protected static Task AnswersAsync(IBroker broker) => UntilAsync(async () =>
    {
        try
        {
            await broker.MembersAsync(RoomName.Parse("nobody"), null, 1, Cancel);
            return true;
        }
        catch (BrokerUnavailableException)
        {
            return false;
        }
    });

    /// <summary>Runs a script as if all that it tells were lost.</summary>
    private protected static async Task RunSilentlyAsync(RedisBroker broker, RedisScript script, string[] keys, params StackExchange.Redis.RedisValue[] values) =>
        await broker.Connection.EvaluateAsync(script, [.. keys.Select(static key => (StackExchange.Redis.RedisKey)key)], values, Cancel);

    /// <summary>The keys that never expire.</summary>
    protected static async Task<string[]> LastingKeysAsync(RedisServerProcess redis)
    {
        string lasting = await redis.CommandAsync("EVAL", "local l = {} for _, k in ipairs(redis.call('KEYS', '*')) do if redis.call('PTTL', k) < 0 then l[#l + 1] = k end end return table.concat(l, ' ')", "0");
        return [.. lasting.Split("\r\n")[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)];
    }
}
