namespace Godwit.Server.Reporting;

/// <summary>The numbers along an axis that begins at 0: round steps, at most six of them, that reach what is shown.</summary>
/// <param name="Step">From one number to the next.</param>
/// <param name="End">The last number.</param>
internal readonly record struct Axis(double Step, double End)
{
    public static Axis UpTo(double greatest)
    {
        if (!(greatest > 0) || !double.IsFinite(greatest))
        {
            return new Axis(1, 1);
        }

        double power = Math.Pow(10, Math.Floor(Math.Log10(greatest / 5)));
        double step = ((double[])[1, 2, 5, 10]).Select(round => round * power).First(step => greatest / step <= 5.0001);
        return new Axis(step, Math.Ceiling((greatest / step) - 0.0001) * step);
    }

    /// <summary>The numbers from 0 to the end.</summary>
    public IEnumerable<double> Numbers()
    {
        (double step, double end) = this;
        return Enumerable.Range(0, (int)Math.Round(end / step) + 1).Select(i => i * step);
    }
}
