namespace Godwit.Bench;

/// <summary>What is measured, and how much of it.</summary>
internal sealed record BenchOptions
{
    /// <summary>fanout, burst, idle.</summary>
    public required IReadOnlyList<string> Loads { get; init; }

    /// <summary>Which systems: godwit, floor, signalr, or NAME=FOLDER for another published build of Godwit.</summary>
    public required IReadOnlyList<string> Systems { get; init; }

    /// <summary>Which transports, where a system has them.</summary>
    public required IReadOnlyList<Systems.Transport> Transports { get; init; }

    /// <summary>How often every system is measured.</summary>
    public required int Rounds { get; init; }

    /// <summary>Readers of fan-out and idle.</summary>
    public required int Connections { get; init; }

    /// <summary>Entries of fan-out, in each of its two forms.</summary>
    public required int Entries { get; init; }

    /// <summary>Entries of fan-out before measuring.</summary>
    public required int WarmUp { get; init; }

    /// <summary>Readers of burst.</summary>
    public int BurstConnections { get; init; } = 500;

    /// <summary>Entries of burst.</summary>
    public int BurstEntries { get; init; } = 4_000;

    /// <summary>Publishers of burst.</summary>
    public int BurstPublishers { get; init; } = 8;

    /// <summary>How long connections are idle before memory is read.</summary>
    public required TimeSpan Idle { get; init; }

    /// <summary>Threads that receive.</summary>
    public required int Threads { get; init; }
}
