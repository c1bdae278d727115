using Godwit.Server.Comparing.Plans;
using Godwit.Server.Probes;
using Godwit.WebRtc.Client;

namespace Godwit.Server.Comparing.Figures;

/// <summary>Makes figures of what was read.</summary>
/// <remarks>
/// What a minute of waiting costs cannot be watched for a minute in each way. A client that waits does the same thing again
/// and again: it polls, it has a held poll answered, it is sent a heartbeat. What one such turn costs is measured, with held
/// polls and heartbeats a second apart; how many a minute has is known. Of windows a quarter are left out at either end, at least one, and with
/// them what happens now and then, such as a collection.
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
        double? turnCpu = Middle(record.Idle, window => window.Cpu / Turns(way, window));
        WireFigures? turnWire = Wire(record.Idle, window => Turns(way, window));
        WireFigures? atRest = turnWire is { } turn && turns is { } count ? new WireFigures(turn.Up * count, turn.Down * count) : null;
        return new WayFigures
        {
            Way = way,
            TurnsPerMinute = turns,
            Quiet = way.IsPaced && record.Latencies.ContainsKey(Stage.Quiet) ? LatencyFigures.Between(Way.SlowestPace) : LatencyFigures.Of(record.Latencies.GetValueOrDefault(Stage.Quiet)),
            Steady = LatencyFigures.Of(record.Latencies.GetValueOrDefault(Stage.Steady)),
            Bursty = LatencyFigures.Of(record.Latencies.GetValueOrDefault(Stage.Bursty)),
            Together = LatencyFigures.Of(record.Latencies.GetValueOrDefault(Stage.Together)),
            Recovery = LatencyFigures.Of(record.Latencies.GetValueOrDefault(Stage.Cut)),
            RequestsQuiet = way.Family switch
            {
                WayFamily.ShortPoll => turns,

                // An entry ends a hold, and the next begins.
                WayFamily.LongPoll => turns is { } whole ? Math.Floor(whole) + 1 : null,
                _ => turns is null ? null : 0,
            },
            RequestsSteady = record.Steady is [] ? null : record.Steady.Aggregate(static (sum, next) => sum + next) is var steady ? steady.Did.Requests / steady.Seconds / record.Clients * 60 : null,
            WireAtRest = atRest,
            WirePerEntry = Wire(record.Steady, static window => window.Did.Deliveries, way.Family == WayFamily.ShortPoll ? null : turnWire, window => Turns(way, window, isBusy: true)),
            WireAdded = NotBelowZero(Middle(record.Steady, window => (window.Did.Traffic is { } traffic ? traffic.Sent + traffic.Received - (turnWire?.Both * Turns(way, window, isBusy: true)) : null) / window.Did.Deliveries)),
            CpuAtRest = NotBelowZero(turnCpu * turns),
            CpuPerEntry = NotBelowZero(Middle(record.Steady, window => OfEntries(window) / window.Did.Deliveries)),

            // Of a burst it brings next to nothing but the newest: what a delivery costs there says nothing.
            CpuPerEntryBursty = way.Loses ? null : NotBelowZero(Middle(record.Bursty, window => OfEntries(window) / window.Did.Deliveries)),
            CpuAdded = NotBelowZero(Middle(record.Steady, window => (window.Cpu - (turnCpu * Turns(way, window, isBusy: true))) / window.Did.Deliveries)),
            ResidentKiB = NotBelowZero(record.Resident),
            KernelKiB = NotBelowZero(record.Kernel),
            Connections = record.Connections,
            Faults = (record.Lost, record.Duplicates),
            Skipped = record.Skipped,
        };

        // Polls by the clock are how entries come. What is held or connected has its turns beside them, here far more often than a minute has.
        double? OfEntries(Window window) => way.Family == WayFamily.ShortPoll ? window.Cpu : window.Cpu - ((turnCpu ?? 0) * Turns(way, window, isBusy: true));
    }

    private static double? TurnsPerMinute(TrialRecord record, ComparePlan plan)
    {
        Way way = record.Way;
        return way.Family switch
        {
            WayFamily.ShortPoll => 60 / (way.PollEvery ?? Way.SlowestPace).TotalSeconds,
            WayFamily.LongPoll => 60 / plan.Hold.TotalSeconds,

            // Whatever the server's heartbeat: the client asks whether its path is still there.
            WayFamily.DataChannel => 60_000.0 / ClientPeer.CheckInterval,

            // Heartbeats are due up to a fifth earlier than they are set.
            _ => plan.IsGiven ? Middle(record.Idle, window => Turns(way, window) / window.Seconds / record.Clients * 60) : 60 / (plan.Heartbeat.TotalSeconds * 0.9),
        };
    }

    // While entries come, a request of a long poll is one of theirs, and only what is beyond them came back empty.
    private static double Turns(Way way, Window window, bool isBusy = false) =>
        !way.Transport.Polls() ? window.Did.Heartbeats : isBusy && way.Family == WayFamily.LongPoll ? Math.Max(0, window.Did.Requests - window.Did.Deliveries) : window.Did.Requests;

    private static WireFigures? Wire(IReadOnlyList<Window> windows, Func<Window, double> per, WireFigures? turn = null, Func<Window, double>? turns = null)
    {
        double? up = Middle(windows, window => (window.Did.Traffic?.Sent - (turn is not { } one ? 0 : one.Up * turns!(window))) / per(window));
        double? down = Middle(windows, window => (window.Did.Traffic?.Received - (turn is not { } one ? 0 : one.Down * turns!(window))) / per(window));
        return up is { } sent && down is { } received ? new WireFigures(Math.Max(0, sent), Math.Max(0, received)) : null;
    }

    // A difference of two measurements that are nearly the same may come out below.
    private static double? NotBelowZero(double? value) => value is { } there ? Math.Max(0, there) : null;

    // The mean without a quarter of them at either end, at least one: the median of up to four windows, and steadier than that of more.
    private static double? Middle(IReadOnlyList<Window> windows, Func<Window, double?> of)
    {
        double[] sorted = [.. windows.Select(of).OfType<double>().Where(double.IsFinite).Order()];
        return sorted.Length switch
        {
            0 => null,
            < 3 => sorted.Average(),
            int count => sorted[Math.Max(1, count / 4)..^Math.Max(1, count / 4)].Average(),
        };
    }
}
