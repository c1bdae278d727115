using Godwit.Server.Comparing.Plans;

namespace Godwit.Server.Comparing.Figures;

/// <summary>What a way of reading costs. What was not measured is null.</summary>
internal sealed record WayFigures
{
    /// <summary>Which.</summary>
    public required Way Way { get; init; }

    /// <summary>How often a client that waits does something in a minute: it polls, has a held poll answered, or is sent a heartbeat.</summary>
    public double? TurnsPerMinute { get; init; }

    /// <summary>How late a single entry is, with nothing before it.</summary>
    public LatencyFigures? Quiet { get; init; }

    /// <summary>How late entries are that come steadily.</summary>
    public LatencyFigures? Steady { get; init; }

    /// <summary>How late entries are that come many at once.</summary>
    public LatencyFigures? Bursty { get; init; }

    /// <summary>How late entries are while all ways of reading follow the same room.</summary>
    public LatencyFigures? Together { get; init; }

    /// <summary>How long after a cut clients have an entry that was published meanwhile.</summary>
    public LatencyFigures? Recovery { get; init; }

    /// <summary>Requests of a client in a minute with one entry in it.</summary>
    public double? RequestsQuiet { get; init; }

    /// <summary>Requests of a client in a minute at the steady rate.</summary>
    public double? RequestsSteady { get; init; }

    /// <summary>Bytes of a client in a minute without entries.</summary>
    public WireFigures? WireAtRest { get; init; }

    /// <summary>Bytes of a delivered entry at the steady rate, all that is on the wire meanwhile.</summary>
    public WireFigures? WirePerEntry { get; init; }

    /// <summary>Bytes that one more entry adds for a client, both ways.</summary>
    public double? WireAdded { get; init; }

    /// <summary>CPU time of the server for a client in a minute without entries, in µs.</summary>
    public double? CpuAtRest { get; init; }

    /// <summary>CPU time of the server per delivered entry at the steady rate, in µs.</summary>
    public double? CpuPerEntry { get; init; }

    /// <summary>CPU time of the server per delivered entry of bursts, in µs.</summary>
    public double? CpuPerEntryBursty { get; init; }

    /// <summary>CPU time of the server that one more entry adds for a client, in µs.</summary>
    public double? CpuAdded { get; init; }

    /// <summary>Memory of the server's process for a client that waits, in KiB.</summary>
    public double? ResidentKiB { get; init; }

    /// <summary>Memory of the kernel for the server's end of the connection of a client that waits, in KiB.</summary>
    public double? KernelKiB { get; init; }

    /// <summary>Connections that a client holds while it waits.</summary>
    public double? Connections { get; init; }

    /// <summary>Entries that clients did not get, and that they got more than once.</summary>
    public (long Lost, long Duplicates) Faults { get; init; }

    /// <summary>Entries that clients did without, left out for newer ones, lost or late, where only the newest matters; null where every entry does.</summary>
    public long? Skipped { get; init; }

    /// <summary>CPU time of the server for a client in a minute with one entry in it, in µs.</summary>
    public double? CpuQuiet => CpuAtRest + CpuAdded;

    /// <summary>Bytes of a client in a minute with one entry in it, both ways.</summary>
    public double? WireQuiet => WireAtRest?.Both + WireAdded;

    /// <summary>Memory of a client that waits, of the process and of the kernel, in KiB.</summary>
    public double? MemoryKiB => ResidentKiB + KernelKiB;
}
