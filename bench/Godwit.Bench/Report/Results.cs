using Godwit.Bench.Measure;

namespace Godwit.Bench.Report;

/// <summary>The samples of a run, and what follows from them.</summary>
internal sealed class Results(IReadOnlyList<Sample> samples)
{
    public IReadOnlyList<Sample> All => samples;

    /// <summary>The rows of a part, in the order in which they were measured first; those that differ in size alone stand together.</summary>
    public IReadOnlyList<Row> Rows(string part)
    {
        Row[] rows = [.. samples.Where(sample => sample.Part == part && sample.Void is null).OrderBy(static sample => sample.Round).Select(static sample => new Row(sample.System, sample.Transport, sample.Size)).Distinct()];
        string[] systems = [.. rows.Select(static row => row.System).Distinct()];
        return [.. rows.OrderBy(static row => row.Transport).ThenBy(row => Array.IndexOf(systems, row.System)).ThenBy(static row => row.Size)];
    }

    public Statistics Of(string part, Row row, string figure) =>
        Statistics.Of(Valid(part, row).Where(sample => sample.Figures.ContainsKey(figure)).Select(sample => sample.Figures[figure]));

    /// <summary>The ratio to another row, taken in each round in which both count.</summary>
    public Statistics Ratio(string part, Row row, Row to, string figure) => Ratio(part, row, figure, part, to, figure);

    /// <summary>The ratio of a figure to another, taken in each round in which both count.</summary>
    public Statistics Ratio(string part, Row row, string figure, string toPart, Row to, string toFigure) =>
        Statistics.Of(Valid(part, row).Join(Valid(toPart, to), static sample => sample.Round, static sample => sample.Round, (one, other) => (one, other))
            .Where(pair => pair.one.Figures.ContainsKey(figure) && pair.other.Figures.ContainsKey(toFigure))
            .Select(pair => pair.one.Figures[figure] / pair.other.Figures[toFigure]));

    private IEnumerable<Sample> Valid(string part, Row row) =>
        samples.Where(sample => sample.Part == part && sample.System == row.System && sample.Transport == row.Transport && sample.Size == row.Size && sample.Void is null);
}
