using System.Globalization;
using System.Text;
using Godwit.Bench.Load;
using Godwit.Bench.Measure;
using Godwit.Bench.Systems;

namespace Godwit.Bench.Report;

/// <summary>The report that people read.</summary>
internal sealed class MarkdownReport(Results results, Machine machine, BenchOptions options, string command)
{
    private static readonly (string System, Transport Transport) s_floor = ("floor", Transport.WebSocket);
    private static readonly (string System, Transport Transport) s_signalR = ("signalr", Transport.WebSocket);
    private readonly StringBuilder _text = new();

    public override string ToString()
    {
        Line($"- Machine: {machine.Processor}, {machine.Cores} cores, {machine.MemoryGiB:0.#} GiB; Linux {machine.Kernel}; .NET {machine.DotNet}; gcc {machine.Gcc}");
        Line($"- Runtime settings: {machine.RuntimeSettings}; load average at the start {machine.LoadAverage}; commit {machine.Commit}; {machine.Date}");
        Line($"- Command: `{command}`");
        Line($"- Rounds: {options.Rounds}, interleaved. Figures are medians, then least to greatest. Ratios are taken in each round.");
        Line();
        Deliveries(FanOut.PacedName, $"Fan-out, paced: {options.Entries} entries, each published when every reader has the one before");
        Deliveries(FanOut.Name, $"Fan-out: {options.Entries} entries, each published when the answer to the one before is in");
        Deliveries(Burst.Name, $"Burst: {options.BurstEntries:N0} entries by {options.BurstPublishers} publishers");
        IdleMemory();
        Voids();
        return _text.ToString();
    }

    private static string Name(Transport transport) => transport switch
    {
        Transport.WebSocket => "WebSocket",
        Transport.EventStream => "SSE",
        _ => "long poll",
    };

    private static string Show(Statistics figure, string format) => figure.Count == 0
        ? "–"
        : string.Create(CultureInfo.InvariantCulture, $"{figure.Median.ToString(format, CultureInfo.InvariantCulture)} ({figure.Least.ToString(format, CultureInfo.InvariantCulture)}–{figure.Greatest.ToString(format, CultureInfo.InvariantCulture)})");

    private void Deliveries(string load, string title)
    {
        (string System, Transport Transport)[] rows = [.. results.Rows(load)];
        if (rows.Length == 0)
        {
            return;
        }

        Line($"### {title}; {results.Connections(load):N0} readers");
        Line();
        Line("| system | readers | CPU µs per delivery | user part | × floor | × SignalR | deliveries/s | × SignalR | entries per receive | generator CPU µs per delivery |");
        Line("|---|---|---|---|---|---|---|---|---|---|");
        foreach ((string System, Transport Transport) row in rows)
        {
            Line($"| {row.System} | {Name(row.Transport)} | {Show(results.Of(load, row, Figure.Cpu), "0.00")} | {Show(results.Of(load, row, Figure.UserCpu), "0.00")} | {Show(results.Ratio(load, row, s_floor, Figure.Cpu), "0.00")} | {Show(results.Ratio(load, row, s_signalR, Figure.Cpu), "0.00")} | {Show(results.Of(load, row, Figure.Rate), "#,0")} | {Show(results.Ratio(load, row, s_signalR, Figure.Rate), "0.00")} | {Show(results.Of(load, row, Figure.PerRead), "0.0")} | {Show(results.Of(load, row, Figure.GeneratorCpu), "0.00")} |");
        }

        Line();
        foreach ((string System, Transport Transport) row in rows.Where(row => row is { System: "godwit", Transport: Transport.WebSocket }))
        {
            Require(load != Burst.Name, results.Ratio(load, row, s_floor, Figure.Cpu), "CPU per WebSocket delivery ≤ 1.7 × the floor", value => value <= 1.7);
            Require(load == Burst.Name, results.Ratio(load, row, s_signalR, Figure.Rate), "burst deliveries/s ≥ 2 × SignalR", value => value >= 2);
        }
    }

    private void IdleMemory()
    {
        (string System, Transport Transport)[] rows = [.. results.Rows(Idle.Name)];
        if (rows.Length == 0)
        {
            return;
        }

        Line($"### Memory per idle connection; {results.Connections(Idle.Name):N0} connections, idle for {options.Idle.TotalSeconds:0} s");
        Line();
        Line("| system | readers | RSS KiB | RSS KiB after 10 entries to each | kernel objects KiB, both ends | socket buffers KiB, both ends | RSS MiB without connections |");
        Line("|---|---|---|---|---|---|---|");
        foreach ((string System, Transport Transport) row in rows)
        {
            Line($"| {row.System} | {Name(row.Transport)} | {Show(results.Of(Idle.Name, row, Figure.Resident), "0.0")} | {Show(results.Of(Idle.Name, row, Figure.ResidentAfterTraffic), "0.0")} | {Show(results.Of(Idle.Name, row, Figure.KernelObjects), "0.0")} | {Show(results.Of(Idle.Name, row, Figure.SocketBuffers), "0.0")} | {Show(results.Of(Idle.Name, row, Figure.EmptyServer), "0.0")} |");
        }

        Line();
        foreach ((string System, Transport Transport) row in rows.Where(row => row.System == "godwit"))
        {
            Require(true, results.Of(Idle.Name, row, Figure.Resident), $"RSS per idle {Name(row.Transport)} connection ≤ 12 KiB", value => value <= 12);
        }
    }

    private void Require(bool applies, Statistics figure, string what, Func<double, bool> holds)
    {
        if (applies && figure.Count > 0)
        {
            Line($"Required: {what}. Measured: {figure.Median.ToString("0.00", CultureInfo.InvariantCulture)}, {(holds(figure.Median) ? "reached" : "**not reached**")}.");
            Line();
        }
    }

    private void Voids()
    {
        Sample[] voids = [.. results.All.Where(sample => sample.Void is not null)];
        if (voids.Length > 0)
        {
            Line($"### Void: {voids.Length} of {results.All.Count} measurements do not count");
            Line();
            foreach (Sample sample in voids)
            {
                Line($"- {sample.Load}, {sample.System}, {Name(sample.Transport)}, round {sample.Round}: {sample.Void}");
            }

            Line();
        }
    }

    private void Line(FormattableString line) => _text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private void Line(string line = "") => _text.Append(line).Append('\n');
}
