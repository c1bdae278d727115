using Godwit.Server.Comparing.Figures;
using Godwit.Server.Comparing.Plans;
using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Comparing;

/// <summary>Measurements that nobody made.</summary>
internal static class MadeUp
{
    public static readonly Way WebSocket = new(ProbeTransport.WebSocket);
    public static readonly Way EventStream = new(ProbeTransport.ServerSentEvents);
    public static readonly Way LongPoll = new(ProbeTransport.LongPoll);
    public static readonly Way PollEvery5 = new(ProbeTransport.ShortPoll, TimeSpan.FromSeconds(5));
    public static readonly Way Paced = new(ProbeTransport.ShortPoll);

    public static MachineFigures Machine { get; } = new("a machine", 2, 8L << 30, 1 << 20, 0.01, 60_000);

    /// <summary>Figures of a way of reading, all of them there.</summary>
    public static WayFigures Figures(Way way, double cpuAtRest = 100, double cpuAdded = 5, double wireAtRest = 400, double wireAdded = 300, double memoryKiB = 20, double median = 1) => new()
    {
        Way = way,
        TurnsPerMinute = 2.5,
        Quiet = new LatencyFigures(median, median * 2, median * 3, 100),
        Steady = new LatencyFigures(median, median * 2, median * 3, 100),
        Bursty = new LatencyFigures(median, median * 2, median * 3, 100),
        Together = new LatencyFigures(median, median * 2, median * 3, 100),
        Recovery = new LatencyFigures(median * 4, median * 5, median * 6, 100),
        RequestsQuiet = way.Family == WayFamily.ShortPoll ? 12 : way.Family == WayFamily.LongPoll ? 3.4 : 0,
        RequestsSteady = 12,
        WireAtRest = new WireFigures(wireAtRest / 2, wireAtRest / 2),
        WirePerEntry = new WireFigures(60, 340),
        WireAdded = wireAdded,
        CpuAtRest = cpuAtRest,
        CpuPerEntry = cpuAdded,
        CpuPerEntryBursty = cpuAdded / 2,
        CpuAdded = cpuAdded,
        ResidentKiB = memoryKiB * 0.75,
        KernelKiB = memoryKiB * 0.25,
        Connections = 1,
    };

    /// <summary>A comparison with these figures.</summary>
    public static CompareResult Result(params WayFigures[] ways) => new()
    {
        Command = "godwit compare --html report.html",
        Began = DateTimeOffset.UnixEpoch,
        Took = TimeSpan.FromSeconds(100),
        Plan = new ComparePlan { Ways = [.. ways.Select(static way => way.Way)] },
        Server = "servers started for it, logs in memory",
        Machine = Machine,
        Ways = ways,
    };
}
