using HdrHistogram;

namespace Godwit.Server.LoadTesting;

/// <summary>How long things took, in µs up to ten minutes with three significant digits; from any thread.</summary>
internal sealed class Latencies
{
    private const long Longest = 600_000_000;

    private readonly LongConcurrentHistogram _histogram = new(1, Longest, 3);

    /// <summary>How many were measured.</summary>
    public long Count => _histogram.TotalCount;

    /// <summary>The longest in ms; 0 without any.</summary>
    public double Most => Count == 0 ? 0 : _histogram.GetMaxValue() / 1000.0;

    /// <summary>The mean in ms; 0 without any.</summary>
    public double Mean => Count == 0 ? 0 : _histogram.GetMean() / 1000.0;

    /// <summary>Takes one in.</summary>
    public void Add(TimeSpan took) => _histogram.RecordValue(Math.Clamp((long)took.TotalMicroseconds, 1, Longest));

    /// <summary>Takes all of another in.</summary>
    public void Add(Latencies other) => _histogram.Add(other._histogram);

    /// <summary>The time in ms that so many percent do not exceed; 0 without any.</summary>
    public double Percentile(double percent) => Count == 0 ? 0 : Math.Min(_histogram.GetValueAtPercentile(percent) / 1000.0, Most);

    /// <summary>How many took longer than <paramref name="from"/> and up to <paramref name="to"/>, in ms.</summary>
    public long Between(double from, double to)
    {
        long count = 0;
        foreach (HdrHistogram.Iteration.HistogramIterationValue value in _histogram.RecordedValues())
        {
            double ms = value.ValueIteratedTo / 1000.0;
            count += ms > from && ms <= to ? value.CountAddedInThisIterationStep : 0;
        }

        return count;
    }
}
