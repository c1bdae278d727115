using Godwit.Server.Comparing.Plans;

namespace Godwit.Server.Comparing.Figures;

/// <summary>What came of a comparison.</summary>
internal sealed record CompareResult
{
    /// <summary>How it is run again.</summary>
    public string Command { get; init; } = "";

    /// <summary>When it began.</summary>
    public required DateTimeOffset Began { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Took { get; init; }

    public required ComparePlan Plan { get; init; }

    /// <summary>What was compared against, for people.</summary>
    public required string Server { get; init; }

    /// <summary>What was between the clients and the server; null for nothing.</summary>
    public LinkFigures? Link { get; init; }

    /// <summary>How often memory was read of a server that had not collected what arrivals left.</summary>
    public int Uncollected { get; init; }

    /// <summary>The machine.</summary>
    public required MachineFigures Machine { get; init; }

    /// <summary>The figures, in the order of the plan.</summary>
    public required IReadOnlyList<WayFigures> Ways { get; init; }

    /// <summary>Stages that were begun and not ended, or never begun, since the run was interrupted.</summary>
    public IReadOnlyList<Stage> Missing { get; init; } = [];

    /// <summary>The ways that could not be compared, by the names in reports, and why; null for none.</summary>
    public string? LeftOut { get; init; }

    /// <summary>What is not known of the server, and why; null if everything is.</summary>
    public string? Unknown { get; init; }

    /// <summary>Whether it was interrupted.</summary>
    public bool WasInterrupted => Missing.Count > 0;

    /// <summary>Entries that clients did not get, and that they got more than once.</summary>
    public (long Lost, long Duplicates) Faults => (Ways.Sum(static way => way.Faults.Lost), Ways.Sum(static way => way.Faults.Duplicates));
}

/// <summary>The machine that was measured on.</summary>
/// <param name="Name">Its processors and system.</param>
/// <param name="Cores">How many processors a process may use.</param>
/// <param name="MemoryBytes">How much memory a process may use.</param>
/// <param name="OpenFiles">How many files a process may have open; null if that is not known or not limited.</param>
/// <param name="OtherLoad">The share of all processors that others used while it was measured; null where it is not known.</param>
/// <param name="BaseKiB">The memory of a server without clients; null where it is not known.</param>
internal sealed record MachineFigures(string Name, int Cores, long MemoryBytes, long? OpenFiles, double? OtherLoad, double? BaseKiB);
