using Godwit.Server.Comparing.Clients;
using Godwit.Server.Comparing.Figures;
using Godwit.Server.Comparing.Plans;
using Godwit.Server.Comparing.Servers;
using Godwit.Server.Probes;

namespace Godwit.Server.Comparing;

/// <summary>The stages in which one server after the other is measured.</summary>
internal sealed partial class CompareRun
{
    // With held polls and heartbeats close together, on servers of their own where those send them.
    private async Task IdleAsync(CancellationToken cancel)
    {
        foreach (Trial trial in _beating)
        {
            await trial.FollowAsync(plan.Clients, Reading(trial) with { Wait = plan.ShortTurn }, cancel);
        }

        int count = plan.WindowsOf(Stage.Idle);
        TimeSpan window = plan.LengthOf(Stage.Idle) / count;
        long began = TimeProvider.System.GetTimestamp();
        var windows = new List<Dictionary<Way, Window>>();
        Snapshot before = Take(_beating);
        for (int i = 0; i < count; i++)
        {
            await UntilAsync(began, window * (i + 1), cancel);
            Snapshot after = Take(_beating);
            windows.Add(after.Since(before));
            before = after;
        }

        foreach (Trial trial in _beating)
        {
            _records[trial.Way!] = _records[trial.Way!] with
            {
                Idle = [.. windows.Select(one => one[trial.Way!])],
                Connections = _records[trial.Way!].Connections ?? (trial.Followers!.OpenConnections / (double)plan.Clients),
            };
            await trial.LeaveAsync();
        }
    }

    // One event of each in turn, and again when everybody can have seen it: those who do not poll have soon.
    private async Task InTurnAsync(Stage stage, int entries, CancellationToken cancel)
    {
        Dictionary<Way, Trial> trials = _trials.ToDictionary(static trial => trial.Way!);
        IReadOnlyList<(double At, Way Way)> turns = plan.TurnsOf(stage);
        int events = plan.EventsOf(stage), finer = stage == Stage.Bursty ? plan.Ways.Max(way => plan.OftenIn(stage, way)) : 1;
        TimeSpan period = plan.PeriodOf(stage);
        long began = TimeProvider.System.GetTimestamp();
        var windows = new List<Dictionary<Way, Window>>();
        Snapshot before = Take(_trials);
        for (int i = 0; i < events; i++)
        {
            for (int window = 0; window < finer; window++)
            {
                foreach ((double at, Way way) in turns.Where(turn => (int)((turn.At * finer) + 1e-9) == window))
                {
                    await UntilAsync(began, period * (i + at), cancel);
                    Trial next = trials[way];
                    long now = TimeProvider.System.GetTimestamp();
                    if (stage == Stage.Cut)
                    {
                        next.Followers?.Drop();
                    }

                    next.Publish(stage, entries, stage == Stage.Cut ? now : null, cancel);
                }

                await UntilAsync(began, period * (i + ((window + 1.0) / finer)), cancel);
                Snapshot after = Take(_trials);
                windows.Add(after.Since(before));
                before = after;
            }
        }

        await Task.WhenAll(_trials.Select(static trial => trial.PublishedAsync()));
        if (stage == Stage.Bursty)
        {
            foreach (Trial trial in _trials)
            {
                _records[trial.Way!] = _records[trial.Way!] with { Bursty = WindowsFor(trial.Way!, windows, finer) };
            }
        }
    }

    // What polls has everything that its polls bring only in the whole time between two of them.
    private static IReadOnlyList<Window> WindowsFor(Way way, List<Dictionary<Way, Window>> windows, int finer)
    {
        Window[] all = [.. windows.Select(one => one[way])];
        return way.Family == WayFamily.ShortPoll ? Window.Joined(all, finer) : all;
    }

    private async Task SteadyAsync(CancellationToken cancel)
    {
        Trial[] all = [.. _trials];
        TimeSpan turn = TimeSpan.FromSeconds(1 / plan.Rate) / all.Length;
        int count = plan.WindowsOf(Stage.Steady) * plan.Finer;
        TimeSpan window = plan.LengthOf(Stage.Steady) / count;
        var windows = new List<Dictionary<Way, Window>>();
        Snapshot before = Take(_trials);
        long began = TimeProvider.System.GetTimestamp();
        int turns = 0;
        for (int i = 0; i < count; i++)
        {
            for (; turn * turns < window * (i + 1); turns++)
            {
                await UntilAsync(began, turn * turns, cancel);
                all[turns % all.Length].Publish(Stage.Steady, 1, null, cancel);
            }

            await UntilAsync(began, window * (i + 1), cancel);
            Snapshot after = Take(_trials);
            windows.Add(after.Since(before));
            before = after;
            CheckServers();
        }

        await Task.WhenAll(all.Select(static trial => trial.PublishedAsync()));
        foreach (Trial trial in _trials)
        {
            _records[trial.Way!] = _records[trial.Way!] with { Steady = WindowsFor(trial.Way!, windows, plan.Finer) };
        }
    }

    private Snapshot Take(IReadOnlyList<Trial> trials) => new(
        TimeProvider.System.GetTimestamp(),
        _bare?.Server.Cpu,
        trials.ToDictionary(static trial => trial.Way!, static trial => (trial.Server.Cpu, trial.Followers!.Count)));

    /// <summary>Where everything stood at a moment.</summary>
    private sealed record Snapshot(long At, TimeSpan? Bare, Dictionary<Way, (TimeSpan? Cpu, FollowingCount Count)> Ways)
    {
        public Dictionary<Way, Window> Since(Snapshot earlier) => Ways.ToDictionary(static way => way.Key, way =>
        {
            (TimeSpan? cpu, FollowingCount count) = earlier.Ways[way.Key];
            TimeSpan? used = way.Value.Cpu - cpu - (Bare - earlier.Bare);
            return new Window(TimeProvider.System.GetElapsedTime(earlier.At, At).TotalSeconds, used?.TotalMicroseconds, way.Value.Count - count);
        });
    }
}
