using System.Globalization;
using System.Text;
using Godwit.Bench.Loads;
using Godwit.Bench.Measure;
using Godwit.Bench.Systems;

namespace Godwit.Bench.Report;

/// <summary>The report that people read.</summary>
/// <param name="results">What was measured.</param>
/// <param name="conditions">Of what, on what, by which command.</param>
/// <param name="plots">Where the plots are, as seen from the report; null for a report without them.</param>
internal sealed class MarkdownReport(Results results, Conditions conditions, string? plots)
{
    private readonly StringBuilder _text = new();

    public override string ToString()
    {
        Machine machine = conditions.Machine;
        Line($"- Machine: {machine.Processor}, {machine.Cores} cores, {machine.MemoryGiB:0.#} GiB; Linux {machine.Kernel}; .NET {machine.DotNet}");
        Line($"- Commit {machine.Commit}; {machine.Date}; load average at the start {machine.LoadAverage}; runtime settings: {machine.RuntimeSettings}");
        Line($"- Command: `{conditions.Command}`");
        Line($"- Rounds: {conditions.Options.Rounds}, interleaved{Fewer()}. Figures are medians and, in parentheses, an interval: of 95 % confidence from six rounds on, else the least and the greatest. Ratios are taken in each round.");
        Line();
        Line("| system | what it is |");
        Line("|---|---|");
        foreach ((string name, string description) in conditions.Systems)
        {
            Line($"| {name} | {description} |");
        }

        Line();
        Required();
        foreach (BenchLoad load in conditions.Loads)
        {
            foreach (Table table in load.Tables(conditions.Options))
            {
                Show(table);
            }
        }

        Voids();
        return _text.ToString();
    }

    private string Fewer() => string.Concat(conditions.Loads.Where(static load => load.EveryRounds > 1).GroupBy(static load => load.EveryRounds).OrderBy(static loads => loads.Key)
        .Select(static loads => $"; {string.Join(", ", loads.Select(static load => load.Name))} in every {(loads.Key == 2 ? "second" : "third")} of them"));

    private static string Show(Statistics figure, string format) => figure.Count == 0
        ? "–"
        : figure.Count == 1
            ? Number(figure.Median, format)
            : $"{Number(figure.Median, format)} ({Number(figure.Low, format)}–{Number(figure.High, format)})";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private void Required()
    {
        // What a run is not about it says nothing of.
        string[] parts = [.. conditions.Loads.SelectMany(load => load.Tables(conditions.Options)).Select(static table => table.Part)];
        (Requirement Requirement, Statistics Measured)[] rows = [.. Requirements.All.Where(requirement => parts.Contains(requirement.Part)).Select(requirement => (requirement, requirement.Read(results)))];
        if (rows.All(static row => row.Measured.Count == 0))
        {
            return;
        }

        Line("### Required");
        Line();
        Line("| required | measured | |");
        Line("|---|---|---|");
        foreach ((Requirement requirement, Statistics measured) in rows)
        {
            string verdict = measured.Count == 0 ? "not measured in this run" : requirement.Holds(measured.Median) ? "reached" : "**not reached**";
            Line($"| {requirement.What} | {Show(measured, requirement.Format)} | {verdict} |");
        }

        Line();
    }

    private void Show(Table table)
    {
        IReadOnlyList<Row> rows = results.Rows(table.Part);
        if (rows.Count == 0 || (table.IsPlotAlone && plots is null))
        {
            return;
        }

        Line($"### {table.Title}");
        Line();
        if (table.Note.Length > 0)
        {
            Line(table.Note);
            Line();
        }

        if (!table.IsPlotAlone)
        {
            ShowRows(table, rows);
        }

        foreach (Plot plot in table.Plots.Where(_ => plots is not null))
        {
            Line($"![{plot.Title}]({plots}/{PlotFiles.Name(table, plot)})");
            Line();
        }
    }

    private void ShowRows(Table table, IReadOnlyList<Row> rows)
    {
        // A column of ratios is left out where what it relates to was not measured.
        Column[] columns = [.. table.Columns.Where(column => column.RelativeTo is null || rows.Any(row => row.System == column.RelativeTo))];
        Line($"| system | readers | {(table.SizeName is null ? "" : table.SizeName + " | ")}{string.Join(" | ", columns.Select(static column => column.Heading))} |");
        Line($"|---|---|{(table.SizeName is null ? "" : "---|")}{string.Concat(Enumerable.Repeat("---|", columns.Length))}");
        foreach (Row row in rows)
        {
            string size = table.SizeName is null ? "" : $"{row.Size:N0} | ";
            Line($"| {row.System} | {row.Readers} | {size}{string.Join(" | ", columns.Select(column => Show(Read(table.Part, row, column), column.Format)))} |");
        }

        Line();
    }

    private Statistics Read(string part, Row row, Column column) => column.RelativeTo is null
        ? results.Of(part, row, column.Figure)
        : results.Ratio(part, row, row with { System = column.RelativeTo }, column.Figure);

    private void Voids()
    {
        Sample[] voids = [.. results.All.Where(static sample => sample.Void is not null)];
        if (voids.Length > 0)
        {
            Line("### Void");
            Line();
            Line("These measurements do not count, and are left out above.");
            Line();
            foreach (Sample sample in voids)
            {
                Line($"- {sample.Part}, {sample.System}, {new Row(sample.System, sample.Transport, 0).Readers}, round {sample.Round}: {sample.Void!.ReplaceLineEndings(" ")}");
            }

            Line();
        }
    }

    private void Line(string text = "") => _text.Append(text).Append('\n');
}
