using System.Diagnostics.Metrics;
using Godwit.Instruments;

namespace Godwit.Redis.Instruments;

/// <summary>What a connected Redis is at a time. Everything is looked up when it is asked for.</summary>
internal sealed class RedisGauges : IDisposable
{
    private readonly Meter _meter;

    /// <summary>Begins to tell.</summary>
    /// <param name="isAway">Whether Redis, or a part of a cluster, does not answer.</param>
    /// <param name="subscriptions">How many channels are subscribed to.</param>
    public RedisGauges(Func<bool> isAway, Func<int> subscriptions)
    {
        _meter = GodwitMeter.Of(this);
        _meter.CreateObservableUpDownCounter("godwit.redis.away", () => isAway() ? 1L : 0L, "1", "1 while Redis, or a part of a cluster, does not answer; else 0.");
        _meter.CreateObservableUpDownCounter("godwit.redis.subscriptions", () => (long)subscriptions(), "{channel}", "Channels that this server subscribes to: one for each live room, and a few of its own.");
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
