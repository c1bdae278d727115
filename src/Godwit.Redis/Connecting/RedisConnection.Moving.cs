using Godwit.Brokers;
using StackExchange.Redis;

namespace Godwit.Redis.Connecting;

/// <summary>Calls while the slots of a cluster move.</summary>
internal sealed partial class RedisConnection
{
    private static readonly TimeSpan WhileMoving = TimeSpan.FromMilliseconds(50);

    // While the keys of a slot are on their way, Redis refuses what names several of which some are here and some are there, and says so before it has done anything.
    private async ValueTask<RedisResult> RunWhileMovingAsync(RedisScript script, RedisKey[] keys, RedisValue[] values, CancellationToken cancel)
    {
        long begin = _time.GetTimestamp();
        while (true)
        {
            try
            {
                return await RunAsync(script, keys, values, cancel).ConfigureAwait(false);
            }
            catch (BrokerUnavailableException refused) when (refused.InnerException is RedisServerException { Message: var message }
                && message.StartsWith("TRYAGAIN", StringComparison.Ordinal) && _time.GetElapsedTime(begin) < _options.CallTimeout / 2)
            {
                await Task.Delay(WhileMoving, _time, cancel).ConfigureAwait(false);
            }
        }
    }
}
