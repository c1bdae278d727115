using Godwit.Server.Comparing.Clients;
using Godwit.Server.Comparing.Figures;
using Godwit.Server.Comparing.Plans;
using Godwit.Server.Comparing.Servers;
using Godwit.Server.Measuring;
using Godwit.Server.Probes;

namespace Godwit.Server.Comparing;

/// <summary>The stages in which one server after the other is measured.</summary>
internal sealed partial class CompareRun
{
    // Clients come one way after the other, since the kernel's memory is that of the whole machine; then all of them wait at the same time.
    private async Task WaitAsync(CancellationToken cancel)
    {
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancel);
        var before = new Dictionary<Trial, (MemoryReading? Memory, double? Kernel)>();
        foreach (Trial trial in _trials)
        {
            MemoryReading? empty = trial.Server.Memory;
            await trial.FollowAsync(plan.Waiting, Reading(trial) with { Wait = plan.Hold }, cancel);
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancel);

            // Both ends of a connection are on this machine, and they are alike. All peers of a server come to one socket, which it has anyway.
            double? kernel = trial.Way!.Transport.IsDataChannel() ? 0 : trial.Server.Memory is { } full && empty is { } none ? (full.KernelSlab - none.KernelSlab + full.SocketBuffers - none.SocketBuffers) / 2.0 / plan.Waiting : null;
            before[trial] = (empty, kernel);
        }

        // Long enough for a server to give back what the arrivals left.
        await Task.Delay(plan.LengthOf(Stage.Waiting), TimeProvider.System, cancel);
        _baseKiB = _bare?.Server.Memory?.Resident;
        foreach (Trial trial in _trials)
        {
            TrialRecord record = _records[trial.Way!];
            _records[trial.Way!] = record with
            {
                Memory = trial.Server.Memory is { } now && before[trial] is { Memory: { } empty, Kernel: { } kernel } ? ((now.Resident - empty.Resident) / (double)plan.Waiting, kernel) : null,
                Connections = trial.Followers!.OpenConnections / (double)plan.Waiting,
            };
            await trial.LeaveAsync();
        }
    }

    private async Task IdleAsync(CancellationToken cancel)
    {
        int count = plan.WindowsOf(Stage.Idle);
        TimeSpan window = plan.LengthOf(Stage.Idle) / count;
        long began = TimeProvider.System.GetTimestamp();
        var windows = new List<Dictionary<Way, Window>>();
        Snapshot before = Take();
        for (int i = 0; i < count; i++)
        {
            await UntilAsync(began, window * (i + 1), cancel);
            Snapshot after = Take();
            windows.Add(after.Since(before));
            before = after;
        }

        foreach (Trial trial in _trials)
        {
            _records[trial.Way!] = _records[trial.Way!] with
            {
                Idle = [.. windows.Select(one => one[trial.Way!])],
                Connections = _records[trial.Way!].Connections ?? (trial.Followers!.OpenConnections / (double)plan.Clients),
            };
        }
    }

    // One event of each in turn, and again when everybody can have seen it.
    private async Task InTurnAsync(Stage stage, int entries, CancellationToken cancel)
    {
        Trial[] all = [.. _trials];
        int events = plan.EventsOf(stage);
        long began = TimeProvider.System.GetTimestamp();
        var windows = new List<Dictionary<Way, Window>>();
        Snapshot before = Take();
        for (int i = 0; i < events; i++)
        {
            for (int turn = 0; turn < all.Length; turn++)
            {
                await UntilAsync(began, plan.Period * (i + ((double)turn / all.Length)), cancel);
                long now = TimeProvider.System.GetTimestamp();
                if (stage == Stage.Cut)
                {
                    all[turn].Followers?.Drop();
                }

                all[turn].Publish(stage, entries, stage == Stage.Cut ? now : null, cancel);
            }

            await UntilAsync(began, plan.Period * (i + 1), cancel);
            Snapshot after = Take();
            windows.Add(after.Since(before));
            before = after;
        }

        await Task.WhenAll(all.Select(static trial => trial.PublishedAsync()));
        if (stage == Stage.Bursty)
        {
            foreach (Trial trial in _trials)
            {
                _records[trial.Way!] = _records[trial.Way!] with { Bursty = [.. windows.Select(one => one[trial.Way!])] };
            }
        }
    }

    private async Task SteadyAsync(CancellationToken cancel)
    {
        Trial[] all = [.. _trials];
        TimeSpan period = TimeSpan.FromSeconds(1 / plan.Rate);
        int count = plan.WindowsOf(Stage.Steady);
        TimeSpan window = plan.LengthOf(Stage.Steady) / count;
        var windows = new List<Dictionary<Way, Window>>();
        Snapshot before = Take();
        for (int i = 0; i < count; i++)
        {
            int turn = 0;
            await EveryAsync(period / all.Length, window, () => all[turn++ % all.Length].Publish(Stage.Steady, 1, null, cancel), cancel);
            Snapshot after = Take();
            windows.Add(after.Since(before));
            before = after;
            CheckServers();
        }

        await Task.WhenAll(all.Select(static trial => trial.PublishedAsync()));
        foreach (Trial trial in _trials)
        {
            _records[trial.Way!] = _records[trial.Way!] with { Steady = [.. windows.Select(one => one[trial.Way!])] };
        }
    }

    private Snapshot Take() => new(
        TimeProvider.System.GetTimestamp(),
        _bare?.Server.Cpu,
        _trials.ToDictionary(static trial => trial.Way!, static trial => (trial.Server.Cpu, trial.Followers!.Count)));

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
