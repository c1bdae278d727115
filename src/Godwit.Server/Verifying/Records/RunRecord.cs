using Godwit.Server.Verifying.Faults;

namespace Godwit.Server.Verifying.Records;

/// <summary>What was published, acknowledged and seen, kept by nobody that the servers know.</summary>
internal sealed class RunRecord
{
    private const int MostKept = 200;

    private readonly Lock _lock = new();
    private readonly List<Anomaly> _anomalies = [];
    private readonly long[] _counts = new long[Promises.All.Count];
    private long _deliveries;
    private long _acknowledged;
    private long _repeated;
    private long _unavailable;
    private long _gaps;
    private long _resets;

    public RunRecord(RunClock clock, FaultLog faults, IReadOnlyList<RoomPlan> rooms, bool isOneServer)
    {
        Clock = clock;
        Faults = faults;
        IsOneServer = isOneServer;
        Rooms = [.. rooms.Select(plan => new RoomRecord(this, plan))];
    }

    public RunClock Clock { get; }

    /// <summary>Notices when this process is late itself.</summary>
    public required Heartbeat Heartbeat { get; init; }

    public FaultLog Faults { get; }

    /// <summary>Whether one server alone has the rooms, so that what it has acknowledged is in whatever it answers afterwards.</summary>
    public bool IsOneServer { get; }

    public IReadOnlyList<RoomRecord> Rooms { get; }

    public LatencyRecord Latency { get; } = new();

    /// <summary>Is told of each anomaly as it is found.</summary>
    public Action<Anomaly> Found { get; set; } = static _ => { };

    /// <summary>Entries that readers were given.</summary>
    public long Deliveries => Interlocked.Read(ref _deliveries);

    /// <summary>Publishes that were acknowledged.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Publishes that were sent again with their key, after an answer or for the lack of one.</summary>
    public long Repeated => Interlocked.Read(ref _repeated);

    /// <summary>Requests that were refused or not answered.</summary>
    public long Unavailable => Interlocked.Read(ref _unavailable);

    /// <summary>What was found, the first 200.</summary>
    public IReadOnlyList<Anomaly> Anomalies
    {
        get
        {
            lock (_lock)
            {
                return [.. _anomalies];
            }
        }
    }

    /// <summary>How often each promise was broken.</summary>
    public IReadOnlyDictionary<Promise, long> Counts
    {
        get
        {
            lock (_lock)
            {
                return Promises.All.ToDictionary(static promise => promise, promise => _counts[(int)promise]);
            }
        }
    }

    /// <summary>Gaps that were told.</summary>
    public long Gaps => Interlocked.Read(ref _gaps);

    /// <summary>Resets that were told.</summary>
    public long Resets => Interlocked.Read(ref _resets);

    public void CountGap() => Interlocked.Increment(ref _gaps);

    public void CountReset() => Interlocked.Increment(ref _resets);

    public void CountDelivery() => Interlocked.Increment(ref _deliveries);

    public void CountAcknowledged() => Interlocked.Increment(ref _acknowledged);

    public void CountRepeated(int publishes = 1) => Interlocked.Add(ref _repeated, publishes);

    public void CountUnavailable() => Interlocked.Increment(ref _unavailable);

    /// <summary>Notes what a promise does not allow.</summary>
    public void Violates(Promise promise, string what, string who, string? room, IEnumerable<string> frames)
    {
        var anomaly = new Anomaly(Clock.Now, promise, what, who, room, [.. frames]);
        lock (_lock)
        {
            _counts[(int)promise]++;
            if (_anomalies.Count < MostKept)
            {
                _anomalies.Add(anomaly);
            }
        }

        Found(anomaly);
    }
}
