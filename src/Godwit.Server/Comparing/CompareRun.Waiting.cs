using Godwit.Server.Comparing.Figures;
using Godwit.Server.Comparing.Plans;
using Godwit.Server.Comparing.Servers;
using Godwit.Server.Measuring;
using Godwit.Server.Probes;

namespace Godwit.Server.Comparing;

/// <summary>The stage in which memory is read.</summary>
/// <remarks>
/// What a client takes is the slope between few clients and many, so what a server allocates once is no part of it. Both times the server is left alone until it has
/// collected what the arrivals left (<c>memory.collectWhenQuiet</c>). Clients come over one transport after the other, since the kernel's memory is that of the whole
/// machine; then all of them wait at the same time. Ways in which a client waits alike are measured once.
/// </remarks>
internal sealed partial class CompareRun
{
    private static readonly TimeSpan Arrived = TimeSpan.FromMilliseconds(200);

    private async Task WaitAsync(CancellationToken cancel)
    {
        Trial[] trials = [.. _trials.DistinctBy(static trial => trial.Way!.Waiting)];
        TimeSpan longest = plan.LengthOf(Stage.Waiting);
        long began = TimeProvider.System.GetTimestamp();
        (_, IReadOnlySet<Trial> collectedFew) = await GatherAsync(trials, FirstOf, longest / 2, cancel);
        Dictionary<Trial, MemoryReading?> few = trials.ToDictionary(static trial => trial, static trial => trial.Server.Memory);

        // What the first time did not need the second has.
        TimeSpan used = TimeProvider.System.GetElapsedTime(began);
        (Dictionary<Trial, double?> kernel, IReadOnlySet<Trial> collected) = await GatherAsync(trials, MoreOf, used < longest / 2 ? longest - used : longest / 2, cancel);
        _baseKiB = _bare?.Server.Memory?.Resident;
        foreach (Trial trial in trials)
        {
            int more = MoreOf(trial);

            // Before a collection and after one, memory is not to be compared.
            double? resident = collectedFew.Contains(trial) == collected.Contains(trial) ? (trial.Server.Memory?.Resident - few[trial]?.Resident) / (double)more : null;
            double connections = trial.Followers!.OpenConnections / (double)(FirstOf(trial) + more);
            foreach (Way way in plan.Ways.Where(way => way.Waiting == trial.Way!.Waiting))
            {
                _records[way] = _records[way] with { Resident = resident, Kernel = kernel[trial] / more, Connections = connections };
            }

            await trial.LeaveAsync();
        }
    }

    private int FirstOf(Trial trial) => plan.FirstWaiting / (trial.Way!.Transport.IsDataChannel() ? ComparePlan.FewerPeers : 1);

    private int MoreOf(Trial trial) => Math.Max(1, (plan.Waiting - plan.FirstWaiting) / (trial.Way!.Transport.IsDataChannel() ? ComparePlan.FewerPeers : 1));

    // Gives by how much the kernel's memory rose with them, in KiB, at the server's end: both ends of a connection are on this machine, and they are alike.
    private async Task<(Dictionary<Trial, double?> Kernel, IReadOnlySet<Trial> Collected)> GatherAsync(Trial[] trials, Func<Trial, int> countOf, TimeSpan longest, CancellationToken cancel)
    {
        var arrived = new Dictionary<Trial, Task<RuntimeReading?>>();
        var kernel = new Dictionary<Trial, double?>();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            await ArriveAsync(trials, countOf, arrived, kernel, ended.Token);
            await Task.WhenAll(arrived.Values);
        }
        finally
        {
            await ended.CancelAsync();
            await ((Task)Task.WhenAll(arrived.Values)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return (kernel, await CollectAsync(arrived.ToDictionary(static each => each.Key, static each => each.Value.Result), longest, cancel));
    }

    private async Task ArriveAsync(Trial[] trials, Func<Trial, int> countOf, Dictionary<Trial, Task<RuntimeReading?>> arrived, Dictionary<Trial, double?> kernel, CancellationToken cancel)
    {
        foreach (Trial trial in trials)
        {
            RuntimeReading? atFirst = await trial.Server.RuntimeAsync(cancel);
            MemoryReading? before = trial.Server.Memory;
            int count = countOf(trial);
            if (count > 0)
            {
                await trial.FollowAsync(count, Reading(trial) with { Wait = plan.LongestHold, PollEvery = plan.LongestHold, FirstPause = plan.LongestHold, FollowsPace = false }, cancel);
            }

            await Task.Delay(Arrived, TimeProvider.System, cancel);

            // All peers of a server come to one socket, which it has anyway.
            kernel[trial] = trial.Way!.Transport.IsDataChannel() ? 0 : before is { } none && trial.Server.Memory is { } full ? (full.KernelSlab - none.KernelSlab + full.SocketBuffers - none.SocketBuffers) / 2.0 : null;

            // While the next ones' clients arrive, so that it becomes quiet meanwhile. A collection before this reading is not the one that is waited for.
            arrived[trial] = atFirst is { } first ? trial.Server.LitterAsync(trial.Room, first, cancel) : Task.FromResult<RuntimeReading?>(null);
        }
    }

    // A server collects when it has become quiet, if enough was allocated for it to be worth it.
    private async Task<IReadOnlySet<Trial>> CollectAsync(Dictionary<Trial, RuntimeReading?> arrived, TimeSpan longest, CancellationToken cancel)
    {
        long began = TimeProvider.System.GetTimestamp();
        var waiting = arrived.Where(static each => each.Value is not null).ToDictionary(static each => each.Key, static each => each.Value!.Value);
        var collected = new HashSet<Trial>();

        // Where a server does not tell, it has the time for it.
        for (bool isOver = false; !isOver && TimeProvider.System.GetElapsedTime(began) < longest;)
        {
            TimeSpan left = longest - TimeProvider.System.GetElapsedTime(began);
            await Task.Delay(left < RuntimeReading.Seldom ? left : RuntimeReading.Seldom, TimeProvider.System, cancel);
            foreach ((Trial trial, RuntimeReading before) in waiting.ToArray())
            {
                if (await trial.Server.RuntimeAsync(cancel) is { } now && now.Collections > before.Collections)
                {
                    waiting.Remove(trial);
                    collected.Add(trial);
                }
            }

            isOver = waiting.Count == 0 && arrived.Values.All(static reading => reading is not null);
        }

        _uncollected += waiting.Count;
        return collected;
    }
}
