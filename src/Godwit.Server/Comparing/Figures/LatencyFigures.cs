namespace Godwit.Server.Comparing.Figures;

/// <summary>How late entries were, in ms.</summary>
/// <param name="Median">Half of them were not later.</param>
/// <param name="High">99 % of them were not later.</param>
/// <param name="Most">None of them was later.</param>
/// <param name="Count">How many there were.</param>
internal sealed record LatencyFigures(double Median, double High, double Most, int Count)
{
    /// <summary>Whether they are reckoned from the interval of the polls and not measured.</summary>
    public bool IsReckoned { get; init; }

    /// <summary>Of values in order of size; null without any.</summary>
    public static LatencyFigures? Of(double[]? sorted) => sorted is not { Length: > 0 } ? null : new(At(sorted, 0.5), At(sorted, 0.99), sorted[^1], sorted.Length);

    /// <summary>Of entries that come at any moment between two polls.</summary>
    public static LatencyFigures Between(TimeSpan interval) => new(interval.TotalMilliseconds * 0.5, interval.TotalMilliseconds * 0.99, interval.TotalMilliseconds, 0) { IsReckoned = true };

    // The least value that this share of all does not exceed.
    private static double At(double[] sorted, double share) => sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
}
