using System.Globalization;
using Godwit.Server.Comparing.Figures;
using Godwit.Server.Links;

namespace Godwit.Server.Comparing.Reports;

/// <summary>The table of what became of the packets of a link, the same in every form of the report.</summary>
internal static class LinkTable
{
    /// <summary>Its heading.</summary>
    public const string Title = "What the link did";

    /// <summary>What is to be known to read it.</summary>
    public const string Note = "Packets. Lost are those that were to be; late came out more than 1 ms after they were due; a full queue and a machine that is too busy lose what was not to be lost.";

    /// <summary>The headings of its columns; the first has none.</summary>
    public static readonly IReadOnlyList<string> Headings = ["sent", "lost", "late", "queue full", "missed by the machine"];

    /// <summary>Its rows: what they are of, and their cells.</summary>
    public static IReadOnlyList<(string Label, IReadOnlyList<string> Cells)> Rows(LinkFigures link) => [("to the server", Cells(link.Up)), ("to the client", Cells(link.Down))];

    private static string[] Cells(LinkCounters counters) =>
        [.. ((long[])[counters.Seen, counters.Lost, counters.Late, counters.Overflowed, counters.Missed]).Select(static count => count.ToString(CultureInfo.InvariantCulture))];
}
