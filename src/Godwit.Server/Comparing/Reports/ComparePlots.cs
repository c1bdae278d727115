using Godwit.Server.Comparing.Conclusions;
using Godwit.Server.Comparing.Figures;
using Godwit.Server.Comparing.Plans;
using Godwit.Server.Reporting;

namespace Godwit.Server.Comparing.Reports;

/// <summary>The plots of a comparison. There is none of what was not measured.</summary>
internal static class ComparePlots
{
    /// <summary>The plots.</summary>
    public static IReadOnlyList<Picture> Of(CompareResult result) =>
    [
        .. Rank(result, "latency-quiet", "Delay of a single entry", "median · 99 %", Quantity.Milliseconds, static way => way.Quiet is { } quiet ? new(way.Way, quiet.Median, High: quiet.High) : null),
        .. Rank(result, "latency-steady", "Delay at a steady rate", "median · 99 %", Quantity.Milliseconds, static way => way.Steady is { } steady ? new(way.Way, steady.Median, High: steady.High) : null),
        .. Rank(result, "latency-burst", "Delay in bursts", "median · 99 %", Quantity.Milliseconds, static way => way.Bursty is { } bursty ? new(way.Way, bursty.Median, High: bursty.High) : null),
        .. Rank(result, "recovery", "Recovery from a cut", "median · 99 %", Quantity.Milliseconds, static way => way.Recovery is { } recovery ? new(way.Way, recovery.Median, High: recovery.High) : null),
        .. Cost(result, "cpu-by-rate", "Server CPU by message rate", Quantity.Microseconds, BreakEvens.CpuLine),
        .. Cost(result, "bytes-by-rate", "Bytes by message rate", Quantity.Bytes, BreakEvens.WireLine),
        .. Rank(result, "cpu-idle", "Server CPU of waiting", "per client and minute", Quantity.Microseconds, static way => way.CpuAtRest is { } cpu ? new(way.Way, cpu) : null),
        .. Rank(result, "cpu-entry", "Server CPU of an entry", "per delivery, steady", Quantity.Microseconds, static way => way.CpuPerEntry is { } cpu ? new(way.Way, cpu) : null),
        .. Rank(result, "bytes-quiet", "Bytes with one entry a minute", "per client and minute", Quantity.Bytes, static way => way.WireQuiet is { } bytes ? new(way.Way, bytes) : null),
        .. Rank(result, "memory", "Memory of a waiting client", "process + kernel", Quantity.Memory, static way => way is { ResidentKiB: { } resident, MemoryKiB: { } all } ? new(way.Way, all, Part: resident) : null),
    ];

    private static IEnumerable<Picture> Rank(CompareResult result, string name, string title, string key, Func<double, string> format, Func<WayFigures, RankPlot.Item?> item)
    {
        RankPlot.Item[] items = [.. result.Ways.Select(item).OfType<RankPlot.Item>()];
        if (items.Length > 0)
        {
            (string svg, string description) = RankPlot.Draw(title, key, format, items);
            yield return new Picture(name, title, description, svg);
        }
    }

    private static IEnumerable<Picture> Cost(CompareResult result, string name, string title, Func<double, string> format, Func<WayFigures, CostLine?> of)
    {
        // Sessions cost a little more than what they run over; more lines would hide these.
        (Way, CostLine)[] lines = [.. result.Ways.Where(static way => way.Way.Transport is not (>= Probes.ProbeTransport.SessionShortPoll or Probes.ProbeTransport.HttpStream)).Select(way => (way.Way, of(way))).Where(static line => line.Item2 is not null).Select(static line => (line.Way, line.Item2!.Value))];
        if (lines.Length > 0)
        {
            (string svg, string description) = CostPlot.Draw(title, format, lines);
            yield return new Picture(name, title, description, svg);
        }
    }
}
