using Godwit.Server.Comparing.Plans;
using Godwit.Server.Probes;

namespace Godwit.Server.Comparing.Figures;

/// <summary>Makes figures of what was read.</summary>
/// <remarks>
/// What a minute of waiting costs cannot be watched for a minute in each way. A client that waits does the same thing again
/// and again: it polls, it has a held poll answered, it is sent a heartbeat. What one such turn costs is measured, with held
/// polls and heartbeats a second apart; how many a minute has is known. Windows give medians, so that what happens once,
/// such as a collection, does not count.
/// </remarks>
internal static class Reckoning
{
    /// <summary>The figures of all ways of reading.</summary>
    public static IReadOnlyList<WayFigures> All(IEnumerable<TrialRecord> records, ComparePlan plan)
    {
        TrialRecord[] all = [.. records];

        // A poll at the server's pace is a poll like any other, and comes too seldom to be measured by itself.
        IReadOnlyList<Window> polls = all.FirstOrDefault(static record => record.Way is { Transport: ProbeTransport.ShortPoll, IsPaced: false })?.Idle ?? [];
        return [.. all.Select(record => Of(record.Way.IsPaced && polls.Count > 0 ? record with { Idle = polls } : record, plan))];
    }

    /// <summary>The figures of a way of reading.</summary>
    public static WayFigures Of(TrialRecord record, ComparePlan plan)
    {
        Way way = record.Way;
        double? turns = TurnsPerMinute(record, plan);
        double? turnCpu = Median(record.Idle, window => window.Cpu / Turns(way, window));
        WireFigures? turnWire = Wire(record.Idle, window => Turns(way, window));
        WireFigures? atRest = turnWire is { } turn && turns is { } count ? new WireFigures(turn.Up * count, turn.Down * count) : null;
        double? holds = way.Family == WayFamily.LongPoll ? 1 : 0;
        return new WayFigures
        {
            Way = way,
            TurnsPerMinute = turns,
            Quiet = way.IsPaced && record.Latencies.ContainsKey(Stage.Quiet) ? LatencyFigures.Between(Way.SlowestPace) : LatencyFigures.Of(record.Latencies.GetValueOrDefault(Stage.Quiet)),
            Steady = LatencyFigures.Of(record.Latencies.GetValueOrDefault(Stage.Steady)),
            Bursty = LatencyFigures.Of(record.Latencies.GetValueOrDefault(Stage.Bursty)),
            Together = LatencyFigures.Of(record.Latencies.GetValueOrDefault(Stage.Together)),
            Recovery = LatencyFigures.Of(record.Latencies.GetValueOrDefault(Stage.Cut)),
            RequestsQuiet = way.Transport.Polls() ? turns + holds : turns is null ? null : 0,
            RequestsSteady = Median(record.Steady, window => window.Did.Requests / window.Seconds / record.Clients * 60),
            WireAtRest = atRest,
            WirePerEntry = Wire(record.Steady, static window => window.Did.Deliveries),
            WireAdded = NotBelowZero(Median(record.Steady, window => (window.Did.Traffic is { } traffic ? traffic.Sent + traffic.Received - (turnWire?.Both * Turns(way, window, isBusy: true)) : null) / window.Did.Deliveries)),
            CpuAtRest = NotBelowZero(turnCpu * turns),
            CpuPerEntry = NotBelowZero(Median(record.Steady, static window => window.Cpu / window.Did.Deliveries)),
            CpuPerEntryBursty = NotBelowZero(Median(record.Bursty, window => (window.Cpu - (way.IsPersistent ? (turnCpu ?? 0) * Turns(way, window) : 0)) / window.Did.Deliveries)),
            CpuAdded = NotBelowZero(Median(record.Steady, window => (window.Cpu - (turnCpu * Turns(way, window, isBusy: true))) / window.Did.Deliveries)),
            ResidentKiB = NotBelowZero(record.Memory?.Resident),
            KernelKiB = NotBelowZero(record.Memory?.Kernel),
            Connections = record.Connections,
            Faults = (record.Lost, record.Duplicates),
        };
    }

    private static double? TurnsPerMinute(TrialRecord record, ComparePlan plan)
    {
        Way way = record.Way;
        return way.Family switch
        {
            WayFamily.ShortPoll => 60 / (way.PollEvery ?? Way.SlowestPace).TotalSeconds,
            WayFamily.LongPoll => 60 / plan.Hold.TotalSeconds,

            // Heartbeats are due up to a fifth earlier than they are set.
            _ => plan.IsGiven ? Median(record.Idle, window => Turns(way, window) / window.Seconds / record.Clients * 60) : 60 / (plan.Heartbeat.TotalSeconds * 0.9),
        };
    }

    // While entries come, every request of a long poll is one of theirs.
    private static double Turns(Way way, Window window, bool isBusy = false) =>
        way.Transport.Polls() ? isBusy && way.Family == WayFamily.LongPoll ? 0 : window.Did.Requests : window.Did.Heartbeats;

    private static WireFigures? Wire(IReadOnlyList<Window> windows, Func<Window, double> per) =>
        Median(windows, window => window.Did.Traffic?.Sent / per(window)) is { } up && Median(windows, window => window.Did.Traffic?.Received / per(window)) is { } down ? new WireFigures(up, down) : null;

    // A difference of two measurements that are nearly the same may come out below.
    private static double? NotBelowZero(double? value) => value is { } there ? Math.Max(0, there) : null;

    private static double? Median(IReadOnlyList<Window> windows, Func<Window, double?> of)
    {
        double[] sorted = [.. windows.Select(of).OfType<double>().Where(double.IsFinite).Order()];
        int middle = sorted.Length / 2;
        return sorted.Length == 0 ? null : sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
