using Godwit.Server.Comparing.Figures;

namespace Godwit.Server.Comparing.Conclusions;

/// <summary>What ends how many clients a server holds.</summary>
internal enum Bottleneck
{
    Memory,
    Cpu,
    OpenFiles,
}

/// <summary>How many clients that wait, with one entry a minute, a server of a size holds.</summary>
/// <param name="Clients">How many.</param>
/// <param name="By">What ends it.</param>
internal readonly record struct Capacity(double Clients, Bottleneck By)
{
    /// <summary>The share of the processors that is reckoned with: above it, whoever waits for a turn waits long.</summary>
    public const double CpuShare = 0.7;

    /// <summary>The share of the memory that is reckoned with: logs and the system need the rest.</summary>
    public const double MemoryShare = 0.7;

    /// <summary>The share of the open files that a server gives to connections by its defaults.</summary>
    public const double FileShare = 0.9;

    /// <summary>Reckons it; null where the server's figures are not known.</summary>
    public static Capacity? Of(WayFigures way, MachineFigures machine)
    {
        if (way.CpuQuiet is not { } cpu || way.MemoryKiB is not { } memory || way.Connections is not { } connections)
        {
            return null;
        }

        double memoryKiB = (machine.MemoryBytes / 1024.0 * MemoryShare) - (machine.BaseKiB ?? 0);
        Capacity most = new(Quotient(memoryKiB, memory), Bottleneck.Memory);
        Capacity byCpu = new(Quotient(machine.Cores * 60e6 * CpuShare, cpu), Bottleneck.Cpu);
        Capacity byFiles = new(machine.OpenFiles is { } files ? Quotient(files * FileShare, connections) : double.PositiveInfinity, Bottleneck.OpenFiles);
        Capacity least = byCpu.Clients < most.Clients ? byCpu : most;
        least = byFiles.Clients < least.Clients ? byFiles : least;
        return double.IsFinite(least.Clients) ? least : null;
    }

    // What costs nothing ends nothing.
    private static double Quotient(double available, double each) => each > 0 ? Math.Max(0, available) / each : double.PositiveInfinity;
}
