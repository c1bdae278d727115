using System.Globalization;
using Godwit.Server.Reporting;

namespace Godwit.Bench.Report;

/// <summary>A line for each system over a size. Sizes that lie more than a hundredfold apart stand on a logarithmic axis.</summary>
internal static class LinePlot
{
    private const int Left = 70, Right = 170, Top = 40, Bottom = 300, Width = 720, LabelWidth = 48, MostDots = 40;
    private static readonly string[] s_colours = ["#0969da", "#bc4c00", "#1a7f37", "#8250df", "#bf3989", "#9a6700", "#57606a", "#cf222e"];

    /// <summary>One line: its points by size.</summary>
    public sealed record Series(string Label, IReadOnlyList<(double Size, Statistics Value)> Points);

    public static string Draw(Plot plot, string sizeName, IEnumerable<Series> lines)
    {
        Series[] all = [.. lines];
        Svg svg = new(Width, Bottom + 50, plot.Title);
        double[] sizes = [.. all.SelectMany(static line => line.Points).Select(static point => point.Size).Distinct().Order()];
        Axis axis = Axis.UpTo(all.SelectMany(static line => line.Points).Select(static point => point.Value.High).DefaultIfEmpty(1).Max());
        bool isLogarithmic = !plot.IsOverTime && sizes[^1] / Math.Max(1, sizes[0]) > 100;
        double Scale(double size) => isLogarithmic ? Math.Log10(Math.Max(1, size)) : size;
        double from = isLogarithmic ? Scale(sizes[0]) : 0;
        double X(double size) => Left + ((Scale(size) - from) / Math.Max(double.Epsilon, Scale(sizes[^1]) - from) * (Width - Left - Right));
        double Y(double value) => Bottom - (Math.Clamp(value, 0, axis.End) / axis.End * (Bottom - Top));
        foreach (double number in axis.Numbers())
        {
            svg.Line(Left, Y(number), Width - Right, Y(number), "g");
            svg.Text(Left - 8, Y(number) + 4, number.ToString("#,0.###", CultureInfo.InvariantCulture), "m", "end");
        }

        double free = double.NegativeInfinity;
        foreach (double size in sizes.Where(size => X(size) >= free))
        {
            free = X(size) + LabelWidth;
            svg.Text(X(size), Bottom + 18, size.ToString("#,0", CultureInfo.InvariantCulture), "m", "middle");
        }

        svg.Text((Left + Width - Right) / 2, Bottom + 38, sizeName, "m", "middle");
        svg.Text(12, Top - 4, plot.Unit, "m");
        for (int i = 0; i < all.Length; i++)
        {
            string colour = s_colours[i % s_colours.Length];
            svg.Path(all[i].Points.Select(point => (X(point.Size), Y(point.Value.Median))), colour);
            foreach ((double size, Statistics value) in all[i].Points.Where(_ => all[i].Points.Count <= MostDots))
            {
                svg.Line(X(size), Y(value.Low), X(size), Y(value.High), "w");
                svg.Dot(X(size), Y(value.Median), colour);
            }

            // A legend rather than labels at the ends, which would lie over one another.
            svg.Dot(Width - Right + 24, Top + 8 + (i * 20), colour);
            svg.Text(Width - Right + 34, Top + 12 + (i * 20), all[i].Label);
        }

        return svg.ToString();
    }
}
