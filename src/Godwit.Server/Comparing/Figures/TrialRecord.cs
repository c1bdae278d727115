using Godwit.Server.Comparing.Plans;

namespace Godwit.Server.Comparing.Figures;

/// <summary>What was read of one way of reading. What was not measured, or not to its end, is not there.</summary>
/// <param name="Way">Which.</param>
/// <param name="Clients">How many clients followed.</param>
internal sealed record TrialRecord(Way Way, int Clients)
{
    /// <summary>Memory of the server's process for one client that waits, in KiB.</summary>
    public double? Resident { get; init; }

    /// <summary>Memory of the kernel for the server's end of the connection of one client that waits, in KiB.</summary>
    public double? Kernel { get; init; }

    /// <summary>Connections that a client holds while it waits.</summary>
    public double? Connections { get; init; }

    /// <summary>While nothing was published.</summary>
    public IReadOnlyList<Window> Idle { get; init; } = [];

    /// <summary>While entries came steadily.</summary>
    public IReadOnlyList<Window> Steady { get; init; } = [];

    /// <summary>While they came many at once.</summary>
    public IReadOnlyList<Window> Bursty { get; init; } = [];

    /// <summary>How late entries were, in ms, in order of size, by the stage in which they were published.</summary>
    public IReadOnlyDictionary<Stage, double[]> Latencies { get; init; } = new Dictionary<Stage, double[]>();

    /// <summary>Entries that clients did not get.</summary>
    public long Lost { get; init; }

    /// <summary>Entries that clients did without, where only the newest matters; null where every entry does.</summary>
    public long? Skipped { get; init; }

    /// <summary>Entries that clients got more than once.</summary>
    public long Duplicates { get; init; }
}
