using Godwit.Brokers;

namespace Godwit.Redis.Connecting;

/// <summary>Subscribing.</summary>
internal sealed partial class RedisConnection
{
    /// <summary>Subscribes to a channel that has no listener here, and completes when Redis has acknowledged.</summary>
    /// <exception cref="BrokerUnavailableException">Redis did not.</exception>
    public async ValueTask<IAsyncDisposable> SubscribeAsync(string channel, IChannelListener listener)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (IsAwayFor(channel))
        {
            throw new BrokerUnavailableException("Redis does not answer.", RedisFaults.Retry);
        }

        try
        {
            return await Subscriptions.AddAsync(channel, listener).ConfigureAwait(false);
        }
        catch (Exception failure) when (RedisFaults.IsOfRedis(failure))
        {
            throw RedisFaults.Unavailable(failure);
        }
    }
}
