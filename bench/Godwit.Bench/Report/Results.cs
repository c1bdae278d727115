using Godwit.Bench.Measure;
using Godwit.Bench.Systems;

namespace Godwit.Bench.Report;

/// <summary>The samples of a run, and what follows from them.</summary>
internal sealed class Results(IReadOnlyList<Sample> samples)
{
    public IReadOnlyList<Sample> All => samples;

    /// <summary>The systems and transports that a load was measured on, in the order they were.</summary>
    public IEnumerable<(string System, Transport Transport)> Rows(string load) =>
        samples.Where(sample => sample.Load == load).OrderBy(sample => sample.Round).ThenBy(sample => sample.System, StringComparer.Ordinal)
            .Select(sample => (sample.System, sample.Transport)).Distinct().OrderBy(row => row.Transport);

    public int Connections(string load) => samples.FirstOrDefault(sample => sample.Load == load)?.Connections ?? 0;

    public Statistics Of(string load, (string System, Transport Transport) row, string figure) =>
        Statistics.Of(Valid(load, row).Where(sample => sample.Figures.ContainsKey(figure)).Select(sample => sample.Figures[figure]));

    /// <summary>The ratio of two systems, taken in each round in which both count.</summary>
    public Statistics Ratio(string load, (string System, Transport Transport) row, (string System, Transport Transport) to, string figure) =>
        Statistics.Of(Valid(load, row).Join(Valid(load, to), sample => sample.Round, sample => sample.Round, (one, other) => one.Figures[figure] / other.Figures[figure]));

    private IEnumerable<Sample> Valid(string load, (string System, Transport Transport) row) =>
        samples.Where(sample => sample.Load == load && sample.System == row.System && sample.Transport == row.Transport && sample.Void is null);
}
