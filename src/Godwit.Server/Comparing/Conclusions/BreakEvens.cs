using System.Globalization;
using Godwit.Server.Comparing.Figures;
using Godwit.Server.Comparing.Plans;
using Godwit.Server.Reporting;

namespace Godwit.Server.Comparing.Conclusions;

/// <summary>At which message rates a persistent connection costs less than polling.</summary>
internal static class BreakEvens
{
    // Nobody follows a room in which more happens.
    private const double MostEntries = 60_000;

    /// <summary>By the server's CPU time; null where it is not known.</summary>
    public static BreakEven? Cpu(WayFigures first, WayFigures second) =>
        CpuLine(first) is { } one && CpuLine(second) is { } other ? BreakEven.Between(one, other) : null;

    /// <summary>By the bytes on the wire; null where they are not known.</summary>
    public static BreakEven? Wire(WayFigures first, WayFigures second) =>
        WireLine(first) is { } one && WireLine(second) is { } other ? BreakEven.Between(one, other) : null;

    /// <summary>The server's CPU time of a client in a minute, in µs; null where it is not known, and at the server's pace, at which there are more polls the more happens.</summary>
    public static CostLine? CpuLine(WayFigures way) => way is { Way.IsPaced: false, CpuAtRest: { } atRest, CpuAdded: { } added } ? new CostLine(atRest, added) : null;

    /// <summary>The bytes of a client in a minute; null likewise.</summary>
    public static CostLine? WireLine(WayFigures way) => way is { Way.IsPaced: false, WireAtRest: { } atRest, WireAdded: { } added } ? new CostLine(atRest.Both, added) : null;

    /// <summary>Says it.</summary>
    /// <param name="first">The persistent connection.</param>
    /// <param name="second">What it is compared with.</param>
    /// <param name="verb">What it does, such as "costs the server".</param>
    /// <param name="what">What it does less of, such as "CPU time".</param>
    /// <param name="point">Where the break-even point is.</param>
    public static string Sentence(Way first, Way second, string verb, string what, BreakEven point)
    {
        string subject = char.ToUpperInvariant(first.Phrase[0]) + first.Phrase[1..];
        string fewer = what.StartsWith("bytes", StringComparison.Ordinal) ? "fewer" : "less";
        CheaperWhen when = point.Entries > MostEntries ? point.When switch { CheaperWhen.Below => CheaperWhen.Always, CheaperWhen.Above => CheaperWhen.Never, var other => other } : point.When;
        return when switch
        {
            CheaperWhen.Always => $"{subject} {verb} {fewer} {what} than {second.Phrase} at every message rate.",
            CheaperWhen.Never => $"{subject} never {verb} {fewer} {what} than {second.Phrase}, at no message rate.",
            CheaperWhen.Same => $"{subject} {verb} as {(fewer == "fewer" ? "many" : "much")} {what} as {second.Phrase}, at every message rate.",
            CheaperWhen.Below => $"{subject} {verb} {fewer} {what} than {second.Phrase} at up to {Rate(point.Entries)}; above that, {Above(second, fewer)}.",
            _ => $"{subject} {verb} {fewer} {what} than {second.Phrase} from {Rate(point.Entries)} on; below that, {second.Phrase} {verb} {fewer}.",
        };
    }

    private static string Above(Way second, string fewer) => second.Family == WayFamily.ShortPoll
        ? $"an answer that brings many entries at once makes {second.Phrase} cheaper, and late"
        : $"{second.Phrase} takes {fewer}";

    private static string Rate(double entries) => entries >= 120
        ? string.Create(CultureInfo.InvariantCulture, $"{Quantity.Number(entries / 60)} entries a second")
        : string.Create(CultureInfo.InvariantCulture, $"{Quantity.Number(entries)} {(Math.Abs(entries - 1) < 0.005 ? "entry" : "entries")} a minute");
}
