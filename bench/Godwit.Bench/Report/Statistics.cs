namespace Godwit.Bench.Report;

/// <summary>Median, least and greatest of the rounds.</summary>
internal readonly record struct Statistics(double Median, double Least, double Greatest, int Count)
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
        return new Statistics(median, sorted[0], sorted[^1], sorted.Length);
    }
}
