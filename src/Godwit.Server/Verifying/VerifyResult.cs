using Godwit.Server.Verifying.Faults;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying;

/// <summary>What came of a run.</summary>
internal sealed record VerifyResult
{
    /// <summary>How it is run again.</summary>
    public string Command { get; init; } = "";

    /// <summary>When it began.</summary>
    public required DateTimeOffset Began { get; init; }

    public required VerifyPlan Plan { get; init; }

    /// <summary>What was verified.</summary>
    public required string Deployment { get; init; }

    /// <summary>How long it took, the end included.</summary>
    public required TimeSpan Took { get; init; }

    /// <summary>The faults that were made.</summary>
    public required IReadOnlyList<FaultEvent> Faults { get; init; }

    /// <summary>The faults that were not to be made or could not be, and why.</summary>
    public required IReadOnlyList<(FaultKind Kind, string Why)> LeftOut { get; init; }

    /// <summary>What was found, in order; the first 200.</summary>
    public required IReadOnlyList<Anomaly> Anomalies { get; init; }

    /// <summary>How often each promise was broken.</summary>
    public required IReadOnlyDictionary<Promise, long> Counts { get; init; }

    public required long Acknowledged { get; init; }

    public required long Repeated { get; init; }

    public required long Unavailable { get; init; }

    public required long Deliveries { get; init; }

    /// <summary>Gaps and resets that were told, all of which were looked at.</summary>
    public required (long Gaps, long Resets) Verdicts { get; init; }

    /// <summary>By transport: connections and entries given.</summary>
    public required IReadOnlyList<(string Transport, long Connections, long Deliveries)> Transports { get; init; }

    /// <summary>Why data channels are not among them; null where they are, or nobody would expect them.</summary>
    public string? NoDataChannels { get; init; }

    public required LatencyRecord Latency { get; init; }

    /// <summary>The most memory of each process that was started, in octets.</summary>
    public required IReadOnlyList<long> PeakMemory { get; init; }

    /// <summary>By how much the program that verifies was late at the worst.</summary>
    public required TimeSpan Lag { get; init; }

    /// <summary>By how much it was late all told.</summary>
    public TimeSpan Stalled { get; init; }

    /// <summary>The most memory that it has had itself, in octets; null where the system does not tell.</summary>
    public long? OwnPeakMemory { get; init; }

    /// <summary>Whether it was ended before its time, and so has not been compared to the end.</summary>
    public bool WasInterrupted { get; init; }

    /// <summary>How many violations there were.</summary>
    public long Violations => Counts.Values.Sum();
}
