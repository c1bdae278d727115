using System.Globalization;
using Godwit.Server.Reporting;

namespace Godwit.Bench.Report;

/// <summary>A bar for each row, with its interval. Godwit's are in another colour.</summary>
internal static class BarPlot
{
    private const int Left = 170, Right = 90, Top = 40, Pitch = 26, Width = 720;

    /// <summary>One bar.</summary>
    public sealed record Bar(string Label, Statistics Value);

    public static string Draw(Plot plot, IEnumerable<Bar> bars)
    {
        Bar[] all = [.. bars];
        int bottom = Top + (all.Length * Pitch);
        Svg svg = new(Width, bottom + 44, plot.Title);
        Axis axis = Axis.UpTo(all.Select(static bar => Math.Max(bar.Value.High, bar.Value.Median)).DefaultIfEmpty(1).Max());
        double X(double value) => Left + (Math.Clamp(value, 0, axis.End) / axis.End * (Width - Left - Right));
        foreach (double number in axis.Numbers())
        {
            svg.Line(X(number), Top, X(number), bottom, "g");
            svg.Text(X(number), bottom + 16, number.ToString("#,0.###", CultureInfo.InvariantCulture), "m", "middle");
        }

        svg.Text(X(axis.End / 2), bottom + 34, plot.Unit, "m", "middle");
        for (int i = 0; i < all.Length; i++)
        {
            Bar bar = all[i];
            double y = Top + (i * Pitch);
            double middle = y + (Pitch / 2.0);
            svg.Text(Left - 8, middle + 4, bar.Label, anchor: "end");
            svg.Rectangle(Left, y + 4, X(bar.Value.Median) - Left, Pitch - 8, bar.Label.StartsWith("godwit", StringComparison.Ordinal) ? "o" : "b");
            if (bar.Value.Count > 1)
            {
                svg.Line(X(bar.Value.Low), middle, X(bar.Value.High), middle, "w");
            }

            svg.Text(Math.Max(X(bar.Value.Median), X(bar.Value.High)) + 6, middle + 4, bar.Value.Median.ToString(plot.Format, CultureInfo.InvariantCulture));
        }

        return svg.ToString();
    }
}
