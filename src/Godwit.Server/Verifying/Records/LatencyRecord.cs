namespace Godwit.Server.Verifying.Records;

/// <summary>How long entries took from publisher to reader, second by second, in buckets of a quarter octave.</summary>
internal sealed class LatencyRecord
{
    private const int Buckets = 96;

    private readonly Lock _lock = new();
    private readonly List<long[]> _seconds = [];
    private readonly long[] _all = new long[Buckets];

    /// <summary>How many deliveries were measured.</summary>
    public long Count { get; private set; }

    /// <summary>Takes a delivery in.</summary>
    public void Add(TimeSpan at, TimeSpan took)
    {
        int bucket = Math.Clamp((int)Math.Ceiling(4 * Math.Log2(Math.Max(took.TotalMilliseconds, 0.05) / 0.05)), 0, Buckets - 1);
        int second = Math.Max(0, (int)at.TotalSeconds);
        lock (_lock)
        {
            while (_seconds.Count <= second)
            {
                _seconds.Add(new long[Buckets]);
            }

            _seconds[second][bucket]++;
            _all[bucket]++;
            Count++;
        }
    }

    /// <summary>The latency in ms that this share of all deliveries does not exceed; null without any.</summary>
    public double? Quantile(double share)
    {
        lock (_lock)
        {
            return Quantile(_all, share);
        }
    }

    /// <summary>Median, 99th percentile and maximum of each second, in ms; null where nothing was delivered.</summary>
    public IReadOnlyList<(double? Median, double? High, double? Most, long Count)> Seconds()
    {
        lock (_lock)
        {
            return [.. _seconds.Select(static second => (Quantile(second, 0.5), Quantile(second, 0.99), Quantile(second, 1), second.Sum()))];
        }
    }

    private static double? Quantile(long[] buckets, double share)
    {
        long count = buckets.Sum(), passed = 0;
        for (int i = 0; count > 0 && i < Buckets; i++)
        {
            passed += buckets[i];
            if (passed >= share * count)
            {
                return 0.05 * Math.Pow(2, i / 4.0);
            }
        }

        return null;
    }
}
