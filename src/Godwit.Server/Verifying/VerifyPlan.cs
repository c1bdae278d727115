using Godwit.Server.Verifying.Faults;

namespace Godwit.Server.Verifying;

/// <summary>What a run does.</summary>
internal sealed record VerifyPlan
{
    /// <summary>How long few readers keep a connection.</summary>
    public static readonly TimeSpan UsualStay = TimeSpan.FromSeconds(5);

    /// <summary>Decides the schedule, and what clients do.</summary>
    public required int Seed { get; init; }

    /// <summary>How long is published.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The faults, in order.</summary>
    public required IReadOnlyList<FaultStep> Schedule { get; init; }

    /// <summary>The number of rooms; one in three keeps few entries, and of the others one in four or less gives readers the newest entry alone.</summary>
    public int Rooms { get; init; } = 4;

    /// <summary>The number of readers.</summary>
    public int Readers { get; init; } = 18;

    /// <summary>The number of publishers.</summary>
    public int Publishers { get; init; } = 5;

    /// <summary>How many entries are published in a second, by all publishers together.</summary>
    public double Rate { get; init; } = 60;

    /// <summary>How many entries a publisher sends at once, if its way carries several; then it waits for as many turns.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>How long a reader keeps a connection, in the mean; one in four is short all the same.</summary>
    public TimeSpan Stay { get; init; } = UsualStay;

    /// <summary>Whether the run ends with the first violation.</summary>
    public bool StopsAtFirst { get; init; }

    /// <summary>Whether a reset is never a violation: somebody else restarts servers that have their logs in memory.</summary>
    public bool ExpectsResets { get; init; }

    public Bounds Bounds { get; init; } = new();
}
