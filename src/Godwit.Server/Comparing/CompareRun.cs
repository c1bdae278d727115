using Godwit.Server.Comparing.Clients;
using Godwit.Server.Comparing.Figures;
using Godwit.Server.Comparing.Plans;
using Godwit.Server.Comparing.Servers;
using Godwit.Server.Measuring;
using Godwit.Server.Probes;
using Godwit.Server.Processes;

namespace Godwit.Server.Comparing;

/// <summary>Measures every way of reading by the plan.</summary>
/// <remarks>
/// Each way has a server and a room of its own, and entries are published to one after the other in turn, so that whatever
/// else the machine does meets all of them alike. One more server has no clients and nothing to do: what it uses is taken
/// off. CPU time is the kernel's of the process, so waiting for a turn on a busy machine does not count. Ways in which the server sends heartbeats have
/// one server more, which sends them a second apart: what waiting costs is measured there, and elsewhere heartbeats are too far apart to matter.
/// </remarks>
/// <param name="plan">What is measured.</param>
/// <param name="fleet">Where servers come from.</param>
internal sealed partial class CompareRun(ComparePlan plan, ServerFleet fleet) : IAsyncDisposable
{
    private const int WarmUpClients = 20;
    private const int WarmUpEntries = 20;
    private const int WarmUpRounds = 4;

    // The share of a processor above which servers that have nothing to do still compile.
    private const double StillCompiling = 0.1;

    // The runtime compiles what is used often a little after it was.
    private static readonly TimeSpan Compiling = TimeSpan.FromMilliseconds(600);
    private static readonly TimeSpan MostCompiling = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan WarmUpPoll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(60);

    // An entry that is lost for good is not waited for.
    private static readonly TimeSpan LossyDrainTime = TimeSpan.FromSeconds(2);

    // The stages that one audience follows.
    private static readonly Stage[] s_inTurn = [Stage.Quiet, Stage.Steady, Stage.Bursty, Stage.Cut];

    private readonly string _name = Guid.NewGuid().ToString("N")[..8];
    private readonly long _began = TimeProvider.System.GetTimestamp();
    private readonly List<Trial> _trials = [];

    // For what waiting costs: those above, or others in their place whose servers send heartbeats close together.
    private readonly List<Trial> _beating = [];
    private readonly Dictionary<Way, TrialRecord> _records = plan.Ways.ToDictionary(static way => way, way => new TrialRecord(way, plan.Clients));
    private readonly List<Stage> _done = [];
    private Trial? _bare;
    private double? _otherLoad;
    private double? _baseKiB;
    private int _uncollected;
    private Stage _stage;
    private long _stageBegan;

    /// <summary>What has been read so far.</summary>
    public IEnumerable<TrialRecord> Records => plan.Ways.Select(way => _records[way]);

    /// <summary>The stages that have come to their end.</summary>
    public IReadOnlyList<Stage> Done => _done;

    /// <summary>The memory of a server without clients, in KiB.</summary>
    public double? BaseKiB => _baseKiB;

    /// <summary>How often memory was read of a server that had not collected what arrivals left, though it was waited for.</summary>
    public int Uncollected => _uncollected;

    /// <summary>The share of the processors that others used while figures were read; null where it is not known.</summary>
    public double? OtherLoad => _otherLoad;

    /// <summary>How far it is, from 0 to 1, and what it does.</summary>
    public (double Share, string What) Progress
    {
        get
        {
            TimeSpan before = Stages.All.Where(stage => stage < _stage).Aggregate(TimeSpan.Zero, (sum, stage) => sum + plan.ExpectedOf(stage));
            TimeSpan within = TimeProvider.System.GetElapsedTime(_stageBegan == 0 ? _began : _stageBegan);
            TimeSpan expected = plan.ExpectedOf(_stage);
            return ((before + (within < expected ? within : expected)) / plan.Expected, _stage.Phrase());
        }
    }

    /// <summary>Runs it to its end, or until it is cancelled: then what the stages that were done have read is there.</summary>
    /// <exception cref="DeploymentException">A server does not do what is needed.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        try
        {
            await DoAllAsync(cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            await TakeWhatIsDoneAsync();
            throw;
        }
    }

    private async Task DoAllAsync(CancellationToken cancel)
    {
        await DoAsync(Stage.Start, StartAsync, cancel);
        if (!plan.IsGiven)
        {
            await DoAsync(Stage.Waiting, WaitAsync, cancel);
        }

        await DoAsync(Stage.WarmUp, WarmUpAsync, cancel);
        (MachineTime Machine, TimeSpan Own)? before = ReadLoad();
        await DoAsync(Stage.Idle, IdleAsync, cancel);
        await FollowAsync(cancel);
        await DoAsync(Stage.Quiet, token => InTurnAsync(Stage.Quiet, 1, token), cancel);
        await DoAsync(Stage.Steady, SteadyAsync, cancel);
        await DoAsync(Stage.Bursty, token => InTurnAsync(Stage.Bursty, plan.Burst, token), cancel);
        await DoAsync(Stage.Cut, token => InTurnAsync(Stage.Cut, 1, token), cancel);
        _otherLoad = before is { } from && ReadLoad() is { } to ? OthersShare(from, to) : null;
        await LeaveAsync(cancel);
        await DoAsync(Stage.Together, TogetherAsync, cancel);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (Trial trial in All)
        {
            await trial.DisposeAsync();
        }

        await fleet.DisposeAsync();
    }

    private IEnumerable<Trial> All => (Trial[])[.. _trials, .. _beating.Except(_trials), .. _bare is { } bare ? (Trial[])[bare] : []];

    private async Task DoAsync(Stage stage, Func<CancellationToken, Task> work, CancellationToken cancel)
    {
        (_stage, _stageBegan) = (stage, TimeProvider.System.GetTimestamp());
        await work(cancel);
        CheckServers();
        _done.Add(stage);
    }

    private (MachineTime Machine, TimeSpan Own)? ReadLoad() => OperatingSystem.IsLinux()
        ? (MachineTime.Now(), All.Aggregate(ProcessClock.Of(Environment.ProcessId), static (sum, trial) => sum + (trial.Server.Cpu ?? TimeSpan.Zero)))
        : null;

    // The kernel counts the machine's time in hundredths of a second.
    private static double OthersShare((MachineTime Machine, TimeSpan Own) from, (MachineTime Machine, TimeSpan Own) to) =>
        Math.Clamp(to.Machine.BusySince(from.Machine) - ((to.Own - from.Own).TotalSeconds * 100 / Math.Max(1, to.Machine.All - from.Machine.All)), 0, 1);

    private void CheckServers()
    {
        if (All.Select(static trial => trial.Server.Fault).FirstOrDefault(static fault => fault is not null) is { } fault)
        {
            throw new DeploymentException(fault);
        }
    }

    private string RoomOf(string name) => $"{ServerFleet.Prefix}{_name}:{name}";

    private ProbeTarget Reading(Trial trial) => trial.Server.Target(trial.Room) with
    {
        Wait = plan.Hold,
        PollEvery = trial.Way?.PollEvery ?? TimeSpan.FromSeconds(1),
        PollsByClock = true,
        FollowsPace = trial.Way?.IsPaced == true,
    };

    private async Task StartAsync(CancellationToken cancel)
    {
        ComparedServer[] servers = await fleet.StartAsync(plan.Ways.Count + 1, plan.Heartbeat, cancel);
        for (int i = 0; i < plan.Ways.Count; i++)
        {
            _trials.Add(new Trial(plan.Ways[i], servers[i], RoomOf(plan.Ways[i].Name), plan.DataBytes));
        }

        _bare = plan.IsGiven ? null : new Trial(null, servers[^1], RoomOf("bare"), plan.DataBytes);
        Trial[] beaten = [.. _trials.Where(trial => !plan.IsGiven && !trial.Way!.Transport.Polls() && !trial.Way.Transport.IsDataChannel())];
        var beating = new Queue<ComparedServer>(beaten.Length == 0 ? [] : await fleet.StartAsync(beaten.Length, plan.ShortTurn, cancel));
        _beating.AddRange(_trials.Select(trial => beaten.Contains(trial) ? new Trial(trial.Way, beating.Dequeue(), trial.Room, plan.DataBytes) : trial));
    }

    // So that what is measured later has been compiled.
    private async Task WarmUpAsync(CancellationToken cancel)
    {
        await Task.WhenAll(_trials.Union(_beating).Select(trial => WarmUpAsync(trial, cancel)));

        // Nothing is asked of them any more: what they do yet is compiling.
        long began = TimeProvider.System.GetTimestamp();
        for (bool isOver = false; !isOver && CpuOfAll() is { } before && TimeProvider.System.GetElapsedTime(began) < MostCompiling;)
        {
            await Task.Delay(Compiling, TimeProvider.System, cancel);
            isOver = CpuOfAll() - before < Compiling * StillCompiling;
        }
    }

    private TimeSpan? CpuOfAll() => All.Aggregate((TimeSpan?)TimeSpan.Zero, static (sum, trial) => sum + trial.Server.Cpu);

    private async Task WarmUpAsync(Trial trial, CancellationToken cancel)
    {
        if (plan.IsGiven)
        {
            await trial.WarmUpAsync(1, cancel);
            return;
        }

        await trial.FollowAsync(Math.Min(WarmUpClients, plan.Clients), Reading(trial) with { PollEvery = WarmUpPoll, FollowsPace = false }, cancel);
        for (int i = 0; i < WarmUpRounds; i++)
        {
            await trial.WarmUpAsync(WarmUpEntries, cancel);
            await UntilAllHaveAllAsync([trial], cancel);
            await Task.Delay(Compiling, TimeProvider.System, cancel);
        }

        await trial.LeaveAsync();
    }

    private async Task FollowAsync(CancellationToken cancel)
    {
        foreach (Trial trial in _trials)
        {
            await trial.FollowAsync(plan.Clients, Reading(trial), cancel);
        }
    }

    private async Task UntilAllHaveAllAsync(IReadOnlyList<Trial> trials, CancellationToken cancel)
    {
        TimeSpan pace = plan.Ways.Any(static way => way.IsPaced) ? Way.SlowestPace : TimeSpan.Zero;
        long since = TimeProvider.System.GetTimestamp();
        while (trials.Any(trial => trial.Followers?.HaveAll(trial.Head) == false && !(trial.Way!.Loses && TimeProvider.System.GetElapsedTime(since) > LossyDrainTime)) && TimeProvider.System.GetElapsedTime(since) < DrainTime + pace)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancel);
            CheckServers();
        }
    }

    private async Task LeaveAsync(CancellationToken cancel)
    {
        await Task.WhenAll(All.Select(static trial => trial.PublishedAsync()));
        await UntilAllHaveAllAsync(_trials, cancel);
        foreach (Trial trial in _trials)
        {
            await EndAsync(trial, s_inTurn);
        }
    }

    // What came late is no loss: nobody waited for it.
    private async Task TakeWhatIsDoneAsync()
    {
        Stage[] done = [.. s_inTurn.Intersect(_done)];
        foreach (Trial trial in _trials.Where(trial => trial.Followers is not null && done.Length > 0))
        {
            await EndAsync(trial, done, isWhole: false);
        }
    }

    // Latencies can be read once nobody adds to them.
    private async Task EndAsync(Trial trial, IReadOnlyList<Stage> stages, bool isWhole = true)
    {
        Followers following = trial.Followers!;
        long behind = isWhole ? following.Behind(trial.Head) : 0;
        await following.EndAsync();
        (long lost, long duplicates) = following.Faults;
        long skipped = following.Skipped;
        TrialRecord record = _records[trial.Way!];
        var latencies = new Dictionary<Stage, double[]>(record.Latencies);
        foreach (Stage stage in stages)
        {
            latencies[stage] = following.LatenciesOf(stage);
        }

        _records[trial.Way!] = record with
        {
            Latencies = latencies,
            Lost = record.Lost + lost + (trial.Way!.Loses ? 0 : behind),
            Skipped = trial.Way.Loses ? (record.Skipped ?? 0) + skipped + behind : null,
            Duplicates = record.Duplicates + duplicates,
        };
        await trial.LeaveAsync();
    }

    private async Task TogetherAsync(CancellationToken cancel)
    {
        ComparedServer server = (await fleet.StartAsync(1, plan.Heartbeat, cancel))[0];
        string room = RoomOf("together");
        var publishing = new Trial(null, server, room, plan.DataBytes);
        Trial[] trials = [.. plan.Ways.Select(way => new Trial(way, server, room, plan.DataBytes, publishing.Timeline))];
        try
        {
            foreach (Trial trial in trials)
            {
                await trial.FollowAsync(plan.Clients, Reading(trial), cancel);
            }

            // Half of the rate: an entry goes to many more clients, and this program has to take all of them.
            await EveryAsync(TimeSpan.FromSeconds(2 / plan.Rate), plan.LengthOf(Stage.Together), () => publishing.Publish(Stage.Together, 1, null, cancel), cancel);
            await publishing.PublishedAsync();
            Array.ForEach(trials, trial => trial.Head = publishing.Head);
            await UntilAllHaveAllAsync(trials, cancel);
            foreach (Trial trial in trials)
            {
                await EndAsync(trial, [Stage.Together]);
            }
        }
        finally
        {
            foreach (Trial trial in trials.Append(publishing))
            {
                await trial.DisposeAsync();
            }
        }
    }

    private static async Task EveryAsync(TimeSpan period, TimeSpan length, Action work, CancellationToken cancel)
    {
        long began = TimeProvider.System.GetTimestamp();
        for (int i = 0; TimeProvider.System.GetElapsedTime(began) < length; i++)
        {
            work();
            await UntilAsync(began, period * (i + 1), cancel);
        }
    }

    // A moment that has passed is not waited for, and not made up for.
    private static async Task UntilAsync(long began, TimeSpan moment, CancellationToken cancel)
    {
        TimeSpan left = moment - TimeProvider.System.GetElapsedTime(began);
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left, TimeProvider.System, cancel);
        }

        cancel.ThrowIfCancellationRequested();
    }
}
