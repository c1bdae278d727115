using System.Globalization;
using System.Text;
using Godwit.Server.Comparing.Conclusions;
using Godwit.Server.Comparing.Figures;
using Godwit.Server.Reporting;

namespace Godwit.Server.Comparing.Reports;

/// <summary>The report as a part of a Markdown file, with its plots beside it.</summary>
internal static class MarkdownReport
{
    /// <summary>The part's text.</summary>
    /// <param name="result">What is reported.</param>
    /// <param name="folder">Where its plots are, as the file refers to them.</param>
    public static string Text(CompareResult result, string folder)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"`{result.Command}`\\\n{Remarks.Summary(result)}\\\n{result.Machine.Name}, {Quantity.Memory(result.Machine.MemoryBytes / 1024.0)}\n");
        foreach (string warning in Remarks.Warnings(result))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n**{warning}**\n");
        }

        text.Append("\n### What the numbers say\n");
        foreach (IGrouping<string, Sentence> topic in Sentences.Of(result).GroupBy(static sentence => sentence.Topic))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n**{topic.Key}**\n\n");
            foreach (Sentence sentence in topic)
            {
                text.Append(CultureInfo.InvariantCulture, $"- {sentence.Text}\n");
            }
        }

        foreach (ReportTable table in ReportTables.Of(result.Plan))
        {
            Write(text, table, result.Ways);
        }

        if (result.Link is { } link)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n### {LinkTable.Title}\n\n{LinkTable.Note}\n\n| | {string.Join(" | ", LinkTable.Headings)} |\n|---|").Insert(text.Length, "---:|", LinkTable.Headings.Count).Append('\n');
            foreach ((string label, IReadOnlyList<string> cells) in LinkTable.Rows(link))
            {
                text.Append(CultureInfo.InvariantCulture, $"| {label} | {string.Join(" | ", cells)} |\n");
            }
        }

        text.Append("\n### Plots\n\n");
        foreach (Picture picture in ComparePlots.Of(result))
        {
            text.Append(CultureInfo.InvariantCulture, $"![{picture.Title}. {picture.Description}]({folder}/{picture.Name}.svg)\n");
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, ReportTable table, IReadOnlyList<WayFigures> ways)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n### {table.Title}\n\n{table.Note}\n\n| |");
        foreach (ReportColumn column in table.Columns)
        {
            text.Append(CultureInfo.InvariantCulture, $" {column.Under}: {column.Heading} |");
        }

        text.Append("\n|---|").Insert(text.Length, "---:|", table.Columns.Count).Append('\n');
        foreach (WayFigures way in ways)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {way.Way.Label} |");
            foreach (ReportColumn column in table.Columns)
            {
                text.Append(CultureInfo.InvariantCulture, $" {column.Value(way) ?? ReportTables.Unknown} |");
            }

            text.Append('\n');
        }
    }
}
