using System.Globalization;
using System.Text.RegularExpressions;

namespace Godwit.Bench.Report;

/// <summary>The plots of a table, as files.</summary>
internal static partial class PlotFiles
{
    /// <summary>The name of a plot's file.</summary>
    public static string Name(Table table, Plot plot) => $"{table.Part}-{CamelCase().Replace(plot.Figure, static letter => "-" + letter.Value.ToLowerInvariant())}.svg";

    /// <summary>Writes the plots of a table; none where nothing was measured.</summary>
    public static void Write(string folder, Table table, Results results)
    {
        IReadOnlyList<Row> rows = results.Rows(table.Part);
        foreach (Plot plot in table.Plots.Where(_ => rows.Count > 0))
        {
            File.WriteAllText(Path.Combine(folder, Name(table, plot)), Draw(table, plot, rows, results));
        }
    }

    private static string Draw(Table table, Plot plot, IReadOnlyList<Row> rows, Results results)
    {
        (Row Row, Statistics Value)[] points = [.. rows.Select(row => (row, results.Of(table.Part, row, plot.Figure))).Where(static point => point.Item2.Count > 0)];
        bool isOfOne = points.Select(static point => point.Row.System).Distinct().Count() == 1 && points.Select(static point => point.Row.Transport).Distinct().Count() > 1;
        string Label(Row row) => isOfOne ? row.Readers : LabelOf(row);
        bool isLine = points.GroupBy(static point => (point.Row.System, point.Row.Transport)).Any(static line => line.Count() > 1);
        return isLine
            ? LinePlot.Draw(plot, table.SizeName!, points.GroupBy(point => Label(point.Row)).Select(static line => new LinePlot.Series(line.Key, [.. line.Select(static point => ((double)point.Row.Size, point.Value))])))
            : BarPlot.Draw(plot, points.Select(point => new BarPlot.Bar(Label(point.Row), point.Value)));
    }

    private static string LabelOf(Row row) => row.Transport == Systems.Transport.WebSocket ? row.System : string.Create(CultureInfo.InvariantCulture, $"{row.System}, {row.Readers}");

    [GeneratedRegex("[A-Z]")]
    private static partial Regex CamelCase();
}
