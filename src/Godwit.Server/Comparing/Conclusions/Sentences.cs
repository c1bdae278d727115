using System.Globalization;
using Godwit.Server.Comparing.Figures;
using Godwit.Server.Comparing.Plans;
using Godwit.Server.Reporting;

namespace Godwit.Server.Comparing.Conclusions;

/// <summary>One thing that the numbers say.</summary>
/// <param name="Topic">What it is about.</param>
/// <param name="Text">The sentence.</param>
internal sealed record Sentence(string Topic, string Text);

/// <summary>Says what the numbers say. Every number and every comparison is computed; where a figure is not there, there is no sentence on it.</summary>
internal static class Sentences
{
    // Times as much from which on something is worth being called more.
    private const double Noticeable = 1.15;

    /// <summary>The sentences, the most important first.</summary>
    public static IReadOnlyList<Sentence> Of(CompareResult result) =>
    [
        .. Latency(result), .. Costs(result), .. Requests(result), .. Memory(result), .. Held(result), .. Together(result), .. Recovery(result), .. Losses(result), .. Unknown(result),
    ];

    /// <summary>The persistent connection that polling is compared with: a WebSocket where it was measured, otherwise the cheapest stream.</summary>
    public static WayFigures? Persistent(CompareResult result) =>
        result.Ways.Where(static way => way.Way.IsPersistent).OrderBy(static way => way.Way.Transport != Probes.ProbeTransport.WebSocket).ThenBy(static way => way.CpuPerEntry ?? double.MaxValue).FirstOrDefault();

    private static IEnumerable<Sentence> Latency(CompareResult result)
    {
        WayFigures[] measured = [.. result.Ways.Where(static way => way.Quiet is not null).OrderBy(static way => way.Quiet!.Median)];
        if (measured.Length < 2)
        {
            yield break;
        }

        WayFigures first = measured[0];
        yield return new Sentence("Latency", Line($"A single entry is with a client soonest over {first.Way.Phrase}: after {Quantity.Milliseconds(first.Quiet!.Median)} in the median, and 99 % of them within {Quantity.Milliseconds(first.Quiet.High)}."));
        WayFigures? slowest = measured.LastOrDefault(static way => way.Way.Family == WayFamily.ShortPoll);
        if (slowest is not null && slowest != first)
        {
            double times = slowest.Quiet!.Median / Math.Max(first.Quiet.Median, 0.001);
            yield return new Sentence("Latency", times < Noticeable
                ? Line($"{Capital(slowest.Way.Phrase)} is no later.")
                : Line($"{Capital(slowest.Way.Phrase)} brings it after {Quantity.Milliseconds(slowest.Quiet.Median)} in the median and {Quantity.Milliseconds(slowest.Quiet.High)} at worst, {Quantity.Roughly(times)} times as late."));
        }

        if (measured.FirstOrDefault(static way => way.Way.Transport == Probes.ProbeTransport.LongPoll) is { } held && held != first)
        {
            double times = held.Quiet!.Median / Math.Max(first.Quiet.Median, 0.001);
            yield return new Sentence("Latency", times < Noticeable
                ? "Long polling is as fast: what it costs is not time."
                : Line($"Long polling takes {Quantity.Number(times)} times as long as that, {Quantity.Milliseconds(held.Quiet.Median)} in the median: it never waits for a clock."));
        }
    }

    private static IEnumerable<Sentence> Costs(CompareResult result)
    {
        if (Persistent(result) is not { } persistent)
        {
            yield break;
        }

        foreach (WayFigures other in result.Ways.Where(static way => way.Way.Transport is Probes.ProbeTransport.ShortPoll or Probes.ProbeTransport.LongPoll))
        {
            if (BreakEvens.Cpu(persistent, other) is { } cpu)
            {
                yield return new Sentence("Server CPU", BreakEvens.Sentence(persistent.Way, other.Way, "costs the server", "CPU time", cpu));
            }

            if (BreakEvens.Wire(persistent, other) is { } wire)
            {
                yield return new Sentence("Bytes", BreakEvens.Sentence(persistent.Way, other.Way, "puts", "bytes on the wire", wire));
            }
        }
    }

    private static IEnumerable<Sentence> Requests(CompareResult result)
    {
        foreach (WayFigures way in result.Ways.Where(static way => way.Way.Transport is Probes.ProbeTransport.ShortPoll or Probes.ProbeTransport.LongPoll && way.RequestsQuiet is not null))
        {
            double requests = way.RequestsQuiet!.Value;
            double idle = Math.Max(0, 100 * (requests - 1) / Math.Max(requests, 1));
            yield return new Sentence("Requests", Line($"With one entry a minute, {way.Way.Phrase} makes {Quantity.Number(requests)} requests a minute and client{(idle >= 1 ? Line($", {Quantity.Number(idle)} % of them for nothing") : "")}."));
        }
    }

    private static IEnumerable<Sentence> Memory(CompareResult result)
    {
        WayFigures[] measured = [.. result.Ways.Where(static way => way.MemoryKiB is not null).OrderBy(static way => way.MemoryKiB)];
        if (measured.Length >= 2)
        {
            (WayFigures least, WayFigures most) = (measured[0], measured[^1]);
            yield return new Sentence("Memory", Line($"A client that waits takes {Quantity.Bytes(least.MemoryKiB!.Value * 1024)} of the server over {least.Way.Phrase} ({Quantity.Bytes(least.KernelKiB!.Value * 1024)} of them in the kernel) and {Quantity.Bytes(most.MemoryKiB!.Value * 1024)} over {most.Way.Phrase}."));
        }
    }

    private static IEnumerable<Sentence> Held(CompareResult result)
    {
        foreach (WayFigures way in result.Ways.Where(static way => way.Way.Transport is Probes.ProbeTransport.ShortPoll or Probes.ProbeTransport.LongPoll or Probes.ProbeTransport.ServerSentEvents or Probes.ProbeTransport.WebSocket))
        {
            if (Capacity.Of(way, result.Machine) is { } capacity)
            {
                string by = capacity.By switch
                {
                    Bottleneck.Memory => "then its memory is full",
                    Bottleneck.Cpu => "then its processors are busy",
                    _ => "then it may open no more files (ulimit -n)",
                };
                yield return new Sentence("Capacity", Line($"A server of this size ({result.Machine.Cores} core{(result.Machine.Cores == 1 ? "" : "s")}, {Quantity.Bytes(result.Machine.MemoryBytes)}) holds about {Quantity.Roughly(capacity.Clients)} clients that wait by {Gerund(way.Way)}, with one entry a minute; {by}."));
            }
        }
    }

    private static IEnumerable<Sentence> Together(CompareResult result)
    {
        WayFigures[] both = [.. result.Ways.Where(static way => way.Way.Family != WayFamily.ShortPoll && way is { Together: not null, Steady: not null })];
        if (both.Length > 0)
        {
            WayFigures worst = both.MaxBy(static way => way.Together!.Median / Math.Max(way.Steady!.Median, 0.001))!;
            double times = worst.Together!.Median / Math.Max(worst.Steady!.Median, 0.001);
            yield return new Sentence("Together", times < Noticeable
                ? "All of them in one room are as fast as each alone."
                : Line($"With all of them in one room every entry goes to {result.Plan.Ways.Count} times as many clients, and is up to {Quantity.Number(times)} times as late: {Quantity.Milliseconds(worst.Together.Median)} in the median over {worst.Way.Phrase}."));
        }
    }

    private static IEnumerable<Sentence> Recovery(CompareResult result)
    {
        WayFigures[] measured = [.. result.Ways.Where(static way => way.Recovery is not null).OrderBy(static way => way.Recovery!.Median)];
        if (measured.Length >= 2)
        {
            (WayFigures first, WayFigures last) = (measured[0], measured[^1]);
            yield return new Sentence("Recovery", Line($"After a cut a client has what it missed soonest over {first.Way.Phrase}, after {Quantity.Milliseconds(first.Recovery!.Median)} in the median if it reconnects at once, and last by {Gerund(last.Way)}, after {Quantity.Milliseconds(last.Recovery!.Median)}."));
        }
    }

    private static IEnumerable<Sentence> Losses(CompareResult result)
    {
        if (result.Ways.All(static way => way.Quiet is null && way.Steady is null && way.Bursty is null && way.Recovery is null))
        {
            yield break;
        }

        (long lost, long duplicates) = result.Faults;
        string[] where = [.. result.Ways.Where(static way => way.Faults != (0, 0)).Select(static way => way.Way.Phrase)];
        yield return new Sentence("Losses", where.Length == 0
            ? "No entry was lost and none came twice, over any of them."
            : Line($"{lost} {(lost == 1 ? "entry was" : "entries were")} lost and {duplicates} came twice, over {string.Join(", ", where)}."));
    }

    private static IEnumerable<Sentence> Unknown(CompareResult result)
    {
        if (result.Unknown is { } unknown)
        {
            yield return new Sentence("Not known", unknown);
        }
    }

    // "by polling every 5 s", but "by following a WebSocket".
    private static string Gerund(Way way) => way.Family is WayFamily.ShortPoll or WayFamily.LongPoll ? way.Phrase : way.Transport == Probes.ProbeTransport.ServerSentEvents ? "following server-sent events" : "following " + way.Phrase;

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
