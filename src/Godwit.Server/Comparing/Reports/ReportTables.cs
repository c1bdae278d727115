using System.Globalization;
using Godwit.Server.Comparing.Figures;
using Godwit.Server.Comparing.Plans;
using Godwit.Server.Reporting;

namespace Godwit.Server.Comparing.Reports;

/// <summary>The tables of a comparison, the same in every form of the report.</summary>
internal static class ReportTables
{
    /// <summary>What stands where a figure is not known.</summary>
    public const string Unknown = "–";

    /// <summary>The tables.</summary>
    public static IReadOnlyList<ReportTable> Of(ComparePlan plan) =>
    [
        new("How late an entry is", Line($"From the publisher's request to the client. A burst is {plan.Burst} entries in one request; steady is {Quantity.Plain(plan.Rate)} entries a second; together is all of them in one room. The recovery is from a cut of the connection to an entry that was published at that moment, for clients that reconnect at once."),
        [
            .. Latency("single entry", static way => way.Quiet, withMost: true),
            .. Latency("steady", static way => way.Steady, withMost: true),
            .. Latency("burst", static way => way.Bursty, withMost: true),
            .. Latency("together", static way => way.Together, withMost: false),
            new("median", "recovery", static way => Time(way.Recovery?.Median)),
            new("most", "recovery", static way => Time(way.Recovery?.Most)),
        ]),
        new("What is on the wire", "As the clients' kernel counts it, with the headers of HTTP, TCP and IP; over data channels as the client counts its datagrams, with those of UDP and IP.",
        [
            new("1 entry a minute", "requests a minute", static way => Number(way.RequestsQuiet)),
            new("steady", "requests a minute", static way => Number(way.RequestsSteady)),
            new("up", "bytes a minute, nothing published", static way => Bytes(way.WireAtRest?.Up)),
            new("down", "bytes a minute, nothing published", static way => Bytes(way.WireAtRest?.Down)),
            new("up", "bytes an entry, steady", static way => Bytes(way.WirePerEntry?.Up)),
            new("down", "bytes an entry, steady", static way => Bytes(way.WirePerEntry?.Down)),
            new("held", "connections", static way => Number(way.Connections)),
        ]),
        new("What the server spends", "CPU time is the kernel's of the server's process. For a client that waits: with heartbeats every " + Quantity.Plain(plan.Heartbeat.TotalSeconds) + " s, held polls of " + Quantity.Plain(plan.Hold.TotalSeconds) + " s, and the poll intervals as they are named. A publish is part of the " + Quantity.Plain(plan.Clients) + " deliveries that it makes.",
        [
            new("a minute, nothing published", "CPU of a client", static way => Cpu(way.CpuAtRest)),
            new("an entry, steady", "CPU of a client", static way => Cpu(way.CpuPerEntry)),
            new("an entry of a burst", "CPU of a client", static way => Cpu(way.CpuPerEntryBursty)),
            new("process", "memory of a waiting client", static way => Memory(way.ResidentKiB)),
            new("kernel", "memory of a waiting client", static way => Memory(way.KernelKiB)),
            new("lost", "entries", static way => HasEntries(way) ? way.Faults.Lost.ToString(CultureInfo.InvariantCulture) : null),
            new("skipped", "entries", static way => HasEntries(way) && way.Skipped is { } skipped ? skipped.ToString(CultureInfo.InvariantCulture) : null),
            new("twice", "entries", static way => HasEntries(way) ? way.Faults.Duplicates.ToString(CultureInfo.InvariantCulture) : null),
        ]),
    ];

    // Before the stages with entries came to an end nobody counted.
    private static bool HasEntries(WayFigures way) => way.Quiet is not null || way.Steady is not null || way.Together is not null;

    private static IEnumerable<ReportColumn> Latency(string under, Func<WayFigures, LatencyFigures?> of, bool withMost)
    {
        yield return new ReportColumn("median", under, way => Shown(of(way), static figures => figures.Median));
        yield return new ReportColumn("99 %", under, way => Shown(of(way), static figures => figures.High));
        if (withMost)
        {
            yield return new ReportColumn("most", under, way => Shown(of(way), static figures => figures.Most));
        }
    }

    private static string? Shown(LatencyFigures? figures, Func<LatencyFigures, double> of) => figures is null ? null : (figures.IsReckoned ? "≈ " : "") + Quantity.Milliseconds(of(figures));

    private static string? Time(double? value) => value is { } there ? Quantity.Milliseconds(there) : null;

    private static string? Number(double? value) => value is { } there ? Quantity.Number(there) : null;

    private static string? Bytes(double? value) => value is { } there ? Quantity.Bytes(there) : null;

    private static string? Memory(double? kib) => kib is { } there ? Quantity.Memory(there) : null;

    private static string? Cpu(double? value) => value is { } there ? Quantity.Microseconds(there) : null;

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
