using Godwit.Server.Probes;
using Godwit.Server.Processes;
using Godwit.Server.Verifying.Clients;
using Godwit.Server.Verifying.Deployments;
using Godwit.Server.Verifying.Faults;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying;

/// <summary>Drives a deployment by a plan, and compares what was acknowledged with what was read.</summary>
internal sealed class VerifyRun(Deployment deployment, VerifyPlan plan, IReadOnlyList<(FaultKind, string)> leftOut)
{
    // A multiple of the number of ways: it publishes by POST.
    private const int PulseNumber = 1000;

    private const int Members = 12;

    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(200);

    // The first publishes, to servers that may still be compiling what they need for them.
    private static readonly TimeSpan MostBeginning = TimeSpan.FromSeconds(30);

    private readonly Heartbeat _heartbeat = new();
    private RunClock _clock = null!;
    private RunRecord _record = null!;
    private FaultDriver _driver = null!;
    private VerifyingReader[] _readers = [];
    private PresenceMember[] _members = [];
    private string _presenceRoom = "";

    /// <summary>Is told of each violation as it is found.</summary>
    public Action<Anomaly> Found { get; init; } = static _ => { };

    /// <summary>How far it is: for a progress line, at any time.</summary>
    public (TimeSpan Now, long Acknowledged, long Deliveries, int Faults, long Violations, string? Fault) Progress =>
        _record is null ? default : (_clock.Now, _record.Acknowledged, _record.Deliveries, _record.Faults.Events.Count, _record.Counts.Values.Sum(), _driver?.Current);

    /// <summary>Runs it. The deployment has been started.</summary>
    /// <exception cref="DeploymentException">Nothing can be said: not even the first publish of each room is taken.</exception>
    public async Task<VerifyResult> RunAsync(CancellationToken cancel)
    {
        DateTimeOffset began = TimeProvider.System.GetUtcNow();
        string name = Guid.NewGuid().ToString("N")[..8];
        _clock = new RunClock(_heartbeat);
        var faults = new FaultLog(_clock, plan.ExpectsResets);
        RoomPlan[] rooms = [.. Enumerable.Range(0, plan.Rooms).Select(i => PlanOf(i, name))];
        using Heartbeat heartbeat = _heartbeat;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        _record = new RunRecord(_clock, faults, rooms, deployment.Servers == 1)
        {
            Heartbeat = heartbeat,
            Found = anomaly =>
            {
                Found(anomaly);
                if (plan.StopsAtFirst)
                {
                    over.CancelAfter(0);
                }
            },
        };
        var random = new Random(plan.Seed);
        var pace = TimeSpan.FromSeconds(plan.Publishers / Math.Max(plan.Rate, 0.1));
        VerifyingPublisher[] publishers = [.. Enumerable.Range(0, plan.Publishers).Select(i => new VerifyingPublisher(_record, deployment, _record.Rooms, i, random.Next(), pace, plan.Batch))];
        _readers = [.. Enumerable.Range(0, plan.Readers).Select(i => new VerifyingReader(_record, deployment, RoomsOf(i), i, random.Next(), plan.Stay))];
        _presenceRoom = ServerConfiguration.PresenceRooms + name;
        _members = deployment.HasPresence ? [.. Enumerable.Range(0, Members).Select(i => new PresenceMember(_record, deployment, _presenceRoom, i, plan.Seed + i))] : [];
        var pulse = new VerifyingPublisher(_record, deployment, _record.Rooms, PulseNumber, random.Next(), pace);
        _driver = new FaultDriver(_record, deployment, _readers, pulse, _record.Rooms[0], plan.Bounds);
        try
        {
            await DriveAsync(publishers, pulse, over.Token);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // A violation was found, and that is all that was asked for; or whoever asked wants no more.
        }

        return Result(began, faults) with { WasInterrupted = cancel.IsCancellationRequested };
    }

    private RoomPlan PlanOf(int room, string run) =>
        room % 3 == 2 ? new RoomPlan($"{ServerConfiguration.ShortRooms}{run}:{room}", deployment.Retains(isShort: true))
        : room % 4 == 3 && deployment.HasLatest ? new RoomPlan($"{ServerConfiguration.LatestRooms}{run}:{room}", deployment.Retains(isShort: true), IsLatest: true)
        : new RoomPlan($"verify:long:{run}:{room}", deployment.Retains(isShort: false));

    private RoomRecord[] RoomsOf(int reader) => [.. Enumerable.Range(reader, Math.Min(1 + (reader % 3), plan.Rooms)).Select(i => _record.Rooms[i % plan.Rooms])];

    private async Task DriveAsync(VerifyingPublisher[] publishers, VerifyingPublisher pulse, CancellationToken cancel)
    {
        await BeginAsync(pulse, cancel);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task[] publishing = [.. publishers.Select(publisher => Task.Run(() => publisher.RunAsync(stop.Token, end.Token), CancellationToken.None))];
        Task[] reading = [.. _readers.Select(reader => Task.Run(() => reader.RunAsync(end.Token), CancellationToken.None))];
        Task[] presence = [.. _members.Select(member => Task.Run(() => member.RunAsync(stop.Token, end.Token), CancellationToken.None))];
        Task checking = Task.Run(() => CheckAsync(end.Token), CancellationToken.None);
        try
        {
            await _driver.RunAsync(plan.Schedule, plan.Duration, cancel);
            if (!_driver.IsOver && plan.Duration - _clock.Now is { Ticks: > 0 } rest)
            {
                await Task.Delay(rest, TimeProvider.System, cancel);
            }

            await stop.CancelAsync();
            if (!_driver.IsOver)
            {
                await SettleAsync(publishing, cancel);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await end.CancelAsync();
            await Task.WhenAll([.. publishing, .. reading, .. presence, checking]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (PresenceMember member in _members)
            {
                await member.DisposeAsync();
            }
        }

        Rethrow([.. publishing, .. reading, .. presence, checking]);
    }

    // A fault in this program is not a finding.
    private static void Rethrow(Task[] tasks)
    {
        foreach (Task task in tasks)
        {
            if (task.Exception is { } fault)
            {
                throw new InvalidOperationException("A client of godwit verify failed.", fault.InnerException);
            }
        }
    }

    private async Task BeginAsync(VerifyingPublisher pulse, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(MostBeginning);
        try
        {
            for (int i = 0; i < _record.Rooms.Count; i++)
            {
                await pulse.OneAsync(_record.Rooms[i], -1 - i, patience.Token);
                if (_record.Anomalies.FirstOrDefault(static anomaly => anomaly.Promise == Promise.WireContract) is { } refused && _record.Acknowledged == 0)
                {
                    throw new DeploymentException($"the first publish was not taken: {refused.What}");
                }
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new DeploymentException($"the first publishes were not acknowledged within {MostBeginning.TotalSeconds} s");
        }
    }

    private async Task CheckAsync(CancellationToken cancel)
    {
        bool isWhole = true;
        while (!cancel.IsCancellationRequested)
        {
            TimeSpan asked = _clock.Now;
            await Task.Delay(Often, TimeProvider.System, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _clock.NoteLag(_clock.Now - asked - Often);
            Array.ForEach(_readers, reader => reader.Check(plan.Bounds.Delivery));
            if (isWhole && _driver.Current is null && deployment.Fault() is { } fault)
            {
                isWhole = false;
                _record.Violates(Promise.Recovery, fault, "the deployment", null, []);
            }
        }
    }

    // Nothing is published any more, and nothing is done to the servers: everybody must come to the end.
    private async Task SettleAsync(Task[] publishing, CancellationToken cancel)
    {
        try
        {
            await Task.WhenAll(publishing).WaitAsync(plan.Bounds.Settling, cancel);
        }
        catch (TimeoutException)
        {
            _record.Violates(Promise.Recovery, $"Some publishes were not acknowledged within {plan.Bounds.Settling.TotalSeconds} s of the last fault", "the publishers", null, []);
        }

        Array.ForEach(_readers, static reader => reader.Settle());
        TimeSpan since = _clock.Now;
        while (!Array.TrueForAll(_readers, static reader => reader.HasAll) && _clock.Now - since < plan.Bounds.Settling)
        {
            await Task.Delay(Often / 4, TimeProvider.System, cancel);
        }

        foreach (VerifyingReader reader in _readers)
        {
            reader.End(plan.Bounds.Settling);
        }

        if (_members.Length > 0)
        {
            await new PresenceList(_record, deployment, _presenceRoom, _members).CompareAsync(plan.Bounds.Settling, cancel);
        }

        foreach (RoomRecord room in _record.Rooms)
        {
            await new LogReading(_record, deployment, room).CompareAsync(cancel);
        }
    }

    private VerifyResult Result(DateTimeOffset began, FaultLog faults) => new()
    {
        Began = began,
        Plan = plan,
        Deployment = deployment.Name,
        Took = _clock.Now,
        Faults = faults.Events,
        LeftOut = leftOut,
        Anomalies = _record.Anomalies,
        Counts = _record.Counts,
        Acknowledged = _record.Acknowledged,
        Repeated = _record.Repeated,
        Unavailable = _record.Unavailable,
        Deliveries = _record.Deliveries,
        Verdicts = (_record.Gaps, _record.Resets),
        NoDataChannels = deployment.NoDataChannels,
        Transports = [.. deployment.Transports.Select(transport => (transport.ToString(), _readers.Sum(reader => reader.Connections[(int)transport]), _readers.Sum(reader => reader.Deliveries[(int)transport])))],
        Latency = _record.Latency,
        PeakMemory = deployment.PeakMemory,
        Lag = _clock.Lag > _record.Heartbeat.Worst ? _clock.Lag : _record.Heartbeat.Worst,
        Stalled = _record.Heartbeat.Stalled,
        OwnPeakMemory = ServerProcess.PeakMemory(Environment.ProcessId),
    };
}
