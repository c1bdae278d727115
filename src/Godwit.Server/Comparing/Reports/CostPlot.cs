using Godwit.Server.Comparing.Conclusions;
using Godwit.Server.Comparing.Plans;
using Godwit.Server.Reporting;

namespace Godwit.Server.Comparing.Reports;

/// <summary>What a client costs in a minute over how many entries a minute has, both on logarithmic axes: where two lines cross, they cost the same.</summary>
internal static class CostPlot
{
    private const int Width = 384, Left = 62, Right = 16, Top = 44, Bottom = 300, Row = 20;
    private const double First = 0.1, Last = 1000;

    /// <summary>Draws it.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="format">Writes a cost.</param>
    /// <param name="lines">What each way of reading costs.</param>
    /// <returns>The picture, and what it shows in words.</returns>
    public static (string Svg, string Description) Draw(string title, Func<double, string> format, IReadOnlyList<(Way Way, CostLine Cost)> lines)
    {
        double[] costs = [.. lines.SelectMany(static line => (double[])[line.Cost.At(First), line.Cost.At(Last)]).Where(static cost => cost > 0).DefaultIfEmpty(1)];
        double least = Math.Pow(10, Math.Floor(Math.Log10(costs.Min())));
        double most = Math.Max(Math.Pow(10, Math.Ceiling(Math.Log10(costs.Max()))), least * 10);
        string description = "Per client and minute, with 1 entry and with 100 entries a minute: "
            + string.Join("; ", lines.Select(line => $"{line.Way.Label} {format(line.Cost.At(1))} and {format(line.Cost.At(100))}"));
        var svg = new Svg(Width, Bottom + 54 + (lines.Count * Row), title, description);
        double X(double entries) => Left + ((Width - Left - Right) * Math.Log10(entries / First) / Math.Log10(Last / First));
        double Y(double cost) => Bottom - ((Bottom - Top) * Math.Log10(Math.Clamp(cost, least, most) / least) / Math.Log10(most / least));
        for (double cost = least; cost <= most * 1.001; cost *= 10)
        {
            svg.Line(Left, Y(cost), Width - Right, Y(cost), "g");
            svg.Text(Left - 6, Y(cost) + 4, format(cost), "m", "end");
        }

        foreach (double entries in (double[])[0.1, 1, 10, 100, 1000])
        {
            svg.Line(X(entries), Top, X(entries), Bottom, "g");
            svg.Text(X(entries), Bottom + 16, Quantity.Plain(entries), "m", entries == Last ? "end" : "middle");
        }

        svg.Text((Left + Width - Right) / 2.0, Bottom + 34, "entries a minute", "m", "middle");
        var seen = new Dictionary<WayFamily, int>();
        for (int i = 0; i < lines.Count; i++)
        {
            (Way way, CostLine cost) = lines[i];
            int number = seen[way.Family] = seen.GetValueOrDefault(way.Family, -1) + 1;
            string style = $"l {RankPlot.StyleOf(way)}{(number == 0 ? "" : $" d{Math.Min(number, 3)}")}";
            svg.StyledPath(Enumerable.Range(0, 41).Select(step => First * Math.Pow(10, step / 10.0)).Select(entries => (X(entries), Y(cost.At(entries)))), style);
            double y = Bottom + 54 + (i * Row);
            svg.StyledPath([(Left, y), (Left + 34, y)], style);
            svg.Text(Left + 42, y + 4, way.Label);
        }

        return (svg.ToString(), description);
    }
}
