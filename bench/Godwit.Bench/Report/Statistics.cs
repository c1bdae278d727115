namespace Godwit.Bench.Report;

/// <summary>The median of the rounds, and an interval around it.</summary>
/// <param name="Median">The middle of the values, NaN without any.</param>
/// <param name="Low">Where the interval begins.</param>
/// <param name="High">Where it ends.</param>
/// <param name="Count">How many values there were.</param>
/// <remarks>
/// The interval holds the median of what is measured with 95 % confidence, whatever the distribution: it reaches from one
/// order statistic to another (the k-th least and the k-th greatest). Fewer than six values cannot give that, and the
/// interval is then from the least to the greatest.
/// </remarks>
internal readonly record struct Statistics(double Median, double Low, double High, int Count)
{
    public static Statistics Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Where(double.IsFinite).Order()];
        if (sorted.Length == 0)
        {
            return new Statistics(double.NaN, double.NaN, double.NaN, 0);
        }

        int middle = sorted.Length / 2;
        double median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        int left = LeftOut(sorted.Length);
        return new Statistics(median, sorted[left], sorted[^(left + 1)], sorted.Length);
    }

    /// <summary>How many values may be left out at either end so that what is between them holds the median with 95 % confidence.</summary>
    private static int LeftOut(int count)
    {
        // The median is below the k-th least value when fewer than k of the values are below it: a binomial tail.
        double tail = Math.Pow(0.5, count);
        double one = tail;
        int left = 0;
        while (left < count / 2)
        {
            one = one * (count - left) / (left + 1);
            tail += one;
            if (tail > 0.025)
            {
                break;
            }

            left++;
        }

        return left;
    }
}
