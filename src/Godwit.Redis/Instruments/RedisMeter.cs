using System.Diagnostics.Metrics;
using Godwit.Instruments;

namespace Godwit.Redis.Instruments;

/// <summary>What happens between this process and Redis, counted by the meter <c>Godwit</c>. What there is at a time is told by <see cref="RedisGauges"/>.</summary>
internal static class RedisMeter
{
    private static readonly Meter Meter = new(GodwitMeter.Name);

    private static readonly Counter<long> Comparisons = Meter.CreateCounter<long>("godwit.redis.comparisons", "{room}", "Live rooms that were compared with their primary.");
    private static readonly Counter<long> Holes = Meter.CreateCounter<long>("godwit.redis.holes", "{hole}", "How often something of a live room had not come through or contradicted what had, and the log was read.");
    private static readonly Counter<long> Resubscriptions = Meter.CreateCounter<long>("godwit.redis.resubscriptions", "{resubscription}", "How often all channels were subscribed to anew.");
    private static readonly Histogram<double> Calls = Meter.CreateHistogram(
        "godwit.redis.call.duration",
        "s",
        "From the sending of a script to its answer.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] });

    /// <summary>Whether anybody wants to know how long calls take.</summary>
    public static bool TimesCalls => Calls.Enabled;

    /// <summary>A script was answered.</summary>
    public static void Called(TimeSpan duration) => Calls.Record(duration.TotalSeconds);

    /// <summary>Rooms were compared.</summary>
    public static void Compared(int rooms) => Comparisons.Add(rooms);

    /// <summary>Something was missing.</summary>
    public static void FoundHole() => Holes.Add(1);

    /// <summary>All channels were subscribed to anew.</summary>
    public static void Resubscribed() => Resubscriptions.Add(1);
}
