using System.Text;
using Godwit.Server.Comparing.Conclusions;
using Godwit.Server.Comparing.Figures;

namespace Godwit.Server.Comparing.Reports;

/// <summary>The report on the terminal.</summary>
internal static class TextReport
{
    private const int LinkCell = 10;

    /// <summary>The report's text.</summary>
    public static string Text(CompareResult result)
    {
        var text = new StringBuilder("\n").Append(Remarks.Summary(result)).Append('\n').Append(result.Machine.Name).Append('\n');
        foreach (string warning in Remarks.Warnings(result))
        {
            text.Append(warning).Append('\n');
        }

        foreach (ReportTable table in ReportTables.Of(result.Plan))
        {
            Write(text, table, result.Ways);
        }

        if (result.Link is { } link)
        {
            Write(text, link);
        }

        text.Append('\n');
        foreach (Sentence sentence in Sentences.Of(result))
        {
            text.Append("- ").Append(sentence.Text).Append('\n');
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, ReportTable table, IReadOnlyList<WayFigures> ways)
    {
        int label = Math.Max(table.Title.Length, ways.Count == 0 ? 0 : ways.Max(static way => way.Way.Label.Length));
        string[][] cells = [.. table.Columns.Select(column => ways.Select(way => column.Value(way) ?? ReportTables.Unknown).ToArray())];
        int[] widths = [.. table.Columns.Select((column, i) => Math.Max(column.Heading.Length, cells[i].Select(static cell => cell.Length).DefaultIfEmpty().Max()))];
        Widen(table, widths);
        text.Append('\n').Append(new string(' ', label));
        for (int i = 0; i < widths.Length;)
        {
            int span = Span(table, i);
            int width = Width(widths, i, span);
            text.Append("  ").Append(table.Columns[i].Under.PadLeft(width));
            i += span;
        }

        text.Append('\n').Append(table.Title.PadRight(label));
        for (int i = 0; i < widths.Length; i++)
        {
            text.Append("  ").Append(table.Columns[i].Heading.PadLeft(widths[i]));
        }

        for (int row = 0; row < ways.Count; row++)
        {
            text.Append('\n').Append(ways[row].Way.Label.PadRight(label));
            for (int i = 0; i < widths.Length; i++)
            {
                text.Append("  ").Append(cells[i][row].PadLeft(widths[i]));
            }
        }

        text.Append('\n');
    }

    private static void Write(StringBuilder text, LinkFigures link)
    {
        text.Append('\n').Append(LinkTable.Title);
        foreach (string heading in LinkTable.Headings)
        {
            text.Append("  ").Append(heading.PadLeft(LinkCell));
        }

        foreach ((string label, IReadOnlyList<string> cells) in LinkTable.Rows(link))
        {
            text.Append('\n').Append(label.PadRight(LinkTable.Title.Length));
            for (int i = 0; i < cells.Count; i++)
            {
                text.Append("  ").Append(cells[i].PadLeft(Math.Max(LinkCell, LinkTable.Headings[i].Length)));
            }
        }

        text.Append('\n');
    }

    /// <summary>How many columns stand under the same words from one on.</summary>
    internal static int Span(ReportTable table, int from)
    {
        int to = from + 1;
        while (to < table.Columns.Count && table.Columns[to].Under == table.Columns[from].Under)
        {
            to++;
        }

        return to - from;
    }

    private static int Width(int[] widths, int from, int span) => widths.Skip(from).Take(span).Sum() + (2 * (span - 1));

    private static void Widen(ReportTable table, int[] widths)
    {
        for (int i = 0; i < widths.Length; i += Span(table, i))
        {
            int span = Span(table, i);
            widths[i] += Math.Max(0, table.Columns[i].Under.Length - Width(widths, i, span));
        }
    }
}
