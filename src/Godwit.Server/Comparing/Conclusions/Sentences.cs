using System.Globalization;
using Godwit.Server.Comparing.Figures;
using Godwit.Server.Comparing.Plans;
using Godwit.Server.Probes;
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
        result.Ways.Where(static way => way.Way.IsPersistent).OrderBy(static way => way.Way.Transport != ProbeTransport.WebSocket).ThenBy(static way => way.CpuPerEntry ?? double.MaxValue).FirstOrDefault();

    private static IEnumerable<Sentence> Latency(CompareResult result)
    {
        WayFigures[] measured = [.. Direct(result).Where(static way => way.Quiet is not null)];
        WayFigures[] persistent = [.. measured.Where(static way => way.Way.IsPersistent)];
        if (persistent.Length == 0)
        {
            yield break;
        }

        (double first, double last) = (persistent.Min(static way => way.Quiet!.Median), persistent.Max(static way => way.Quiet!.Median));
        yield return new Sentence("Latency", Line($"Over {Or(persistent)} a single entry is with a client after {Range(first, last)} in the median, and 99 % of them within {Quantity.Milliseconds(persistent.Max(static way => way.Quiet!.High))}."));
        foreach (WayFigures way in measured.Where(static way => !way.Way.IsPersistent))
        {
            double times = way.Quiet!.Median / Math.Max(last, 0.001);
            string subject = Capital(way.Way.Phrase);
            yield return new Sentence("Latency", (way.Way.Family, times < Noticeable) switch
            {
                (WayFamily.LongPoll, true) => $"{subject} is as fast: what it costs is not time.",
                (_, true) => $"{subject} is no later.",
                (WayFamily.LongPoll, _) => Line($"{subject} takes {Quantity.Number(times)} times as long, {Quantity.Milliseconds(way.Quiet.Median)} in the median."),
                _ => Line($"{subject} brings it after {(way.Way.IsPaced ? "about " : "")}{Quantity.Milliseconds(way.Quiet.Median)} in the median and {Quantity.Milliseconds(way.Quiet.Most)} at worst, {Quantity.Roughly(times)} times as late."),
            });
        }
    }

    private static IEnumerable<Sentence> Costs(CompareResult result)
    {
        if (Persistent(result) is not { } persistent)
        {
            yield break;
        }

        foreach (WayFigures other in result.Ways.Where(static way => way.Way.Transport is ProbeTransport.ShortPoll or ProbeTransport.LongPoll))
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
        foreach (WayFigures way in result.Ways.Where(static way => way.Way.Transport is ProbeTransport.ShortPoll or ProbeTransport.LongPoll && way.RequestsQuiet is not null))
        {
            double requests = way.RequestsQuiet!.Value;
            double idle = Math.Max(0, 100 * (requests - 1) / Math.Max(requests, 1));
            yield return new Sentence("Requests", Line($"With one entry a minute, {way.Way.Phrase} makes {Quantity.Number(requests)} requests a minute and client{(idle >= 1 ? Line($", {Quantity.Number(idle)} % of them for nothing") : "")}."));
        }
    }

    private static IEnumerable<Sentence> Memory(CompareResult result)
    {
        WayFigures[] measured = [.. Direct(result).Where(static way => way.MemoryKiB is not null)];
        if (measured.Length > 0)
        {
            yield return new Sentence("Memory", Line($"A client that waits takes of the server {And(measured.Select(static way => $"{Quantity.Memory(way.MemoryKiB!.Value)} {By(way.Way)}"))}. The kernel's part is in it, {Quantity.Memory(measured.Average(static way => way.KernelKiB!.Value))} on average."));
        }
    }

    private static IEnumerable<Sentence> Held(CompareResult result)
    {
        WayFigures[] ways = [.. result.Ways.Where(static way => way.Way.Transport is ProbeTransport.ShortPoll or ProbeTransport.LongPoll or ProbeTransport.ServerSentEvents or ProbeTransport.WebSocket)];
        string size = Line($"A server of this size ({result.Machine.Cores} core{(result.Machine.Cores == 1 ? "" : "s")}, {Quantity.Memory(result.Machine.MemoryBytes / 1024.0)})");
        WayFigures[] byFiles = [.. ways.Where(way => Capacity.Of(way, result.Machine)?.By == Bottleneck.OpenFiles)];
        if (byFiles.Length > 0)
        {
            yield return new Sentence("Capacity", Line($"The limit of open files ({result.Machine.OpenFiles}, ulimit -n) ends it at about {Quantity.Roughly(Capacity.Of(byFiles[0], result.Machine)!.Value.Clients)} clients that wait {And(byFiles.Select(static way => By(way.Way)))}. Raise it; what follows leaves it out."));
        }

        foreach (WayFigures way in ways)
        {
            if (Capacity.Of(way, result.Machine with { OpenFiles = null }) is { } capacity)
            {
                yield return new Sentence("Capacity", Line($"{size} holds about {Quantity.Roughly(capacity.Clients)} clients that wait by {Gerund(way.Way)}, with one entry a minute; then its {(capacity.By == Bottleneck.Memory ? "memory is full" : "processors are busy")}."));
            }
        }
    }

    private static IEnumerable<Sentence> Together(CompareResult result)
    {
        WayFigures[] both = [.. result.Ways.Where(static way => way.Way.Family != WayFamily.ShortPoll && way is { Together: not null, Steady: not null })];
        if (both.Length > 0 && result.Plan.Ways.Count > 1)
        {
            (double together, double alone) = (both.Max(static way => way.Together!.Median), both.Max(static way => way.Steady!.Median));
            yield return new Sentence("Together", together < alone * Noticeable
                ? Line($"With all of them in one room, and so {result.Plan.Ways.Count} times as many clients for every entry, it is no later over what does not poll.")
                : Line($"With all of them in one room, and so {result.Plan.Ways.Count} times as many clients for every entry, it is there within {Quantity.Milliseconds(together)} in the median over what does not poll; alone, within {Quantity.Milliseconds(alone)}."));
        }
    }

    private static IEnumerable<Sentence> Recovery(CompareResult result)
    {
        WayFigures[] measured = [.. Direct(result).Where(static way => way.Recovery is not null)];
        WayFigures[] held = [.. measured.Where(static way => way.Way.Family != WayFamily.ShortPoll)];
        if (held.Length > 0)
        {
            yield return new Sentence("Recovery", Line($"After a cut, a client that reconnects at once has what it missed after {Range(held.Min(static way => way.Recovery!.Median), held.Max(static way => way.Recovery!.Median))} in the median over {Or(held)}."));
        }

        foreach (WayFigures way in measured.Except(held))
        {
            yield return new Sentence("Recovery", Line($"{Capital(way.Way.Phrase)} has it with its next poll, after {Quantity.Milliseconds(way.Recovery!.Median)} in the median."));
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
        foreach (WayFigures way in result.Ways.Where(static way => way.Skipped is not null))
        {
            yield return new Sentence("Losses", Line($"Over {way.Way.Phrase} {way.Skipped} {(way.Skipped == 1 ? "entry was" : "entries were")} left out for newer ones or lost on the way, as it is meant to be."));
        }
    }

    private static IEnumerable<Sentence> Unknown(CompareResult result)
    {
        if (result.Unknown is { } unknown)
        {
            yield return new Sentence("Not known", unknown);
        }
    }

    // What is said of sessions is in the tables: they cost a little more than what they run over. Data channels have nothing else.
    private static IEnumerable<WayFigures> Direct(CompareResult result) => result.Ways.Where(static way => !way.Way.Transport.IsSession() || way.Way.Transport.IsDataChannel());

    // "by polling every 5 s", but "by following a WebSocket".
    private static string Gerund(Way way) => way.Family is WayFamily.ShortPoll or WayFamily.LongPoll ? way.Phrase : $"following {way.Phrase}";

    private static string By(Way way) => (way.Family is WayFamily.ShortPoll or WayFamily.LongPoll ? "by " : "over ") + way.Phrase;

    private static string Or(IReadOnlyList<WayFigures> ways) => Join([.. ways.Select(static way => way.Way.Phrase)], "or");

    private static string And(IEnumerable<string> parts) => Join([.. parts], "and");

    private static string Join(string[] parts, string word) => parts.Length == 1 ? parts[0] : $"{string.Join(", ", parts[..^1])} {word} {parts[^1]}";

    private static string Range(double first, double last) => last < first * Noticeable ? Quantity.Milliseconds(last) : $"{Quantity.Milliseconds(first)} to {Quantity.Milliseconds(last)}";

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
