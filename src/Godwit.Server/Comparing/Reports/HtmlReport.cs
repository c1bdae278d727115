using System.Globalization;
using System.Net;
using System.Text;
using Godwit.Server.Comparing.Conclusions;
using Godwit.Server.Comparing.Figures;
using Godwit.Server.Comparing.Plans;

namespace Godwit.Server.Comparing.Reports;

/// <summary>The report as one page that needs nothing else.</summary>
internal static class HtmlReport
{
    private const string Style = """
        :root { color-scheme: light dark; --back: #fff; --card: #f6f8fa; --text: #1f2328; --quiet: #57606a; --line: #d0d7de; --accent: #0969da; --warn: #9a6700; --warn-back: #fff8c5; }
        @media (prefers-color-scheme: dark) { :root { --back: #0d1117; --card: #151b23; --text: #e6edf3; --quiet: #9198a1; --line: #3d444d; --accent: #4493f8; --warn: #d29922; --warn-back: #2a2111; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1.25rem 1rem 3rem; max-width: 72rem; background: var(--back); color: var(--text); font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
        h1 { font-size: 1.75rem; line-height: 1.2; margin: .25rem 0 .5rem; } h2 { font-size: 1.3rem; line-height: 1.3; margin: 2.5rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line); } h3 { font-size: 1rem; margin: 0 0 .4rem; color: var(--accent); }
        p { margin: .4rem 0; max-width: 48rem; } .quiet { color: var(--quiet); font-size: .9rem; }
        .warning { max-width: none; padding: .6rem .8rem; border: 1px solid var(--warn); border-radius: .4rem; background: var(--warn-back); font-weight: 600; }
        nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .75rem 0 0; } a { color: var(--accent); }
        .cards { columns: 3 19rem; column-gap: .9rem; }
        .card { break-inside: avoid; margin: 0 0 .9rem; padding: .9rem 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); }
        .card ul { margin: 0; padding: 0 0 0 1.1rem; } .card li { margin: .3rem 0; }
        .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: .9rem; align-items: start; }
        figure { margin: 0; padding: .5rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); } figure svg { display: block; width: 100%; height: auto; }
        section + section:not(.card) { margin-top: 1.75rem; }
        .scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; } .scroll:focus-visible { outline: 2px solid var(--accent); }
        table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: .9rem; } th, td { padding: .4rem .6rem; text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; border-bottom: 1px solid var(--line); } tbody tr:last-child > * { border-bottom: 0; }
        thead th { font-weight: 600; color: var(--quiet); vertical-align: bottom; } thead tr:first-child th { text-align: center; border-left: 1px solid var(--line); border-bottom-color: transparent; }
        td.first, thead tr + tr th.first { border-left: 1px solid var(--line); }
        tr > :first-child { position: sticky; left: 0; text-align: left !important; background: var(--back); border-left: 0 !important; } tbody th { font-weight: 600; }
        tbody tr:hover > * { background: var(--card); }
        code { font-size: .85em; } .key span { margin-right: 1rem; white-space: nowrap; } .key i { display: inline-block; width: .8rem; height: .8rem; border-radius: 50%; margin-right: .35rem; vertical-align: -.05rem; }
        .k0 { background: #bc4c00; } .k1 { background: #8250df; } .k2 { background: #1a7f37; } .k3 { background: #0969da; } .k4 { background: #bf3989; }
        @media (prefers-color-scheme: dark) { .k0 { background: #f0883e; } .k1 { background: #a371f7; } .k2 { background: #3fb950; } .k3 { background: #4493f8; } .k4 { background: #db61a2; } }
        @media (max-width: 40rem) { body { padding: 1rem .75rem 2rem; } h1 { font-size: 1.4rem; } tr > :first-child { white-space: normal; min-width: 7.5rem; max-width: 8.5rem; } th, td { padding: .35rem .45rem; } }
        """;

    private static readonly CultureInfo Form = CultureInfo.InvariantCulture;

    /// <summary>The page's text.</summary>
    public static string Text(CompareResult result)
    {
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
            .Append(Form, $"<title>What each transport costs – godwit compare</title>\n<style>\n{Style}\n</style></head><body>\n")
            .Append("<header><h1>What each transport costs</h1>\n")
            .Append(Form, $"<p>{Escape(Remarks.Summary(result))}</p>\n<p class=\"quiet\">{Escape(result.Machine.Name)}</p>\n");
        foreach (string warning in Remarks.Warnings(result))
        {
            page.Append(Form, $"<p class=\"warning\" role=\"note\">{Escape(warning)}</p>\n");
        }

        page.Append("<nav aria-label=\"Parts\"><a href=\"#says\">What the numbers say</a><a href=\"#plots\">Plots</a><a href=\"#tables\">Tables</a><a href=\"#how\">How it was measured</a></nav></header>\n<main>\n");
        WriteSentences(page, result);
        WritePlots(page, result);
        page.Append("<h2 id=\"tables\">Tables</h2>\n");
        foreach (ReportTable table in ReportTables.Of(result.Plan))
        {
            Write(page, table, result.Ways);
        }

        if (result.Link is { } link)
        {
            Write(page, link);
        }

        page.Append("<h2 id=\"how\">How it was measured</h2>\n");
        foreach (string paragraph in Remarks.Method(result))
        {
            page.Append(Form, $"<p>{Escape(paragraph)}</p>\n");
        }

        return page.Append(Form, $"<p>Run again: <code>{Escape(result.Command)}</code></p>\n</main></body></html>\n").ToString();
    }

    private static void WriteSentences(StringBuilder page, CompareResult result)
    {
        page.Append("<h2 id=\"says\">What the numbers say</h2>\n<div class=\"cards\">\n");
        foreach (IGrouping<string, Sentence> topic in Sentences.Of(result).GroupBy(static sentence => sentence.Topic))
        {
            page.Append(Form, $"<section class=\"card\"><h3>{Escape(topic.Key)}</h3><ul>\n");
            foreach (Sentence sentence in topic)
            {
                page.Append(Form, $"<li>{Escape(sentence.Text)}</li>\n");
            }

            page.Append("</ul></section>\n");
        }

        page.Append("</div>\n");
    }

    private static void WritePlots(StringBuilder page, CompareResult result)
    {
        page.Append("<h2 id=\"plots\">Plots</h2>\n<p class=\"key quiet\">")
            .AppendJoin("", result.Ways.Select(static way => way.Way.Family).Distinct().Order().Select(static family => $"<span><i class=\"k{(int)family}\"></i>{NameOf(family)}</span>"))
            .Append("</p>\n")
            .Append("<p class=\"quiet\">Least first. Where figures lie far apart the axis is logarithmic, and a point takes the place of the bar.</p>\n<div class=\"plots\">\n");
        foreach (Picture picture in ComparePlots.Of(result))
        {
            page.Append("<figure>").Append(picture.Svg).Append("</figure>\n");
        }

        page.Append("</div>\n");
    }

    private static string NameOf(WayFamily family) => family switch
    {
        WayFamily.ShortPoll => "short polling",
        WayFamily.LongPoll => "long polling",
        WayFamily.Stream => "streams",
        WayFamily.WebSocket => "WebSocket",
        _ => "data channels",
    };

    private static void Write(StringBuilder page, LinkFigures link)
    {
        page.Append(Form, $"<section><h3>{Escape(LinkTable.Title)}</h3>\n<p class=\"quiet\">{Escape(LinkTable.Note)}</p>\n<div class=\"scroll\" role=\"region\" aria-label=\"{Escape(LinkTable.Title)}\" tabindex=\"0\"><table>\n<thead><tr><td></td>")
            .AppendJoin("", LinkTable.Headings.Select(static heading => $"<th scope=\"col\">{Escape(heading)}</th>")).Append("</tr></thead>\n<tbody>\n");
        foreach ((string label, IReadOnlyList<string> cells) in LinkTable.Rows(link))
        {
            page.Append(Form, $"<tr><th scope=\"row\">{Escape(label)}</th>").AppendJoin("", cells.Select(static cell => $"<td>{Escape(cell)}</td>")).Append("</tr>\n");
        }

        page.Append("</tbody></table></div></section>\n");
    }

    private static void Write(StringBuilder page, ReportTable table, IReadOnlyList<WayFigures> ways)
    {
        page.Append(Form, $"<section><h3>{Escape(table.Title)}</h3>\n<p class=\"quiet\">{Escape(table.Note)}</p>\n<div class=\"scroll\" role=\"region\" aria-label=\"{Escape(table.Title)}\" tabindex=\"0\"><table>\n<thead><tr><td></td>");
        for (int i = 0; i < table.Columns.Count; i += TextReport.Span(table, i))
        {
            page.Append(Form, $"<th scope=\"colgroup\" colspan=\"{TextReport.Span(table, i)}\">{Escape(table.Columns[i].Under)}</th>");
        }

        page.Append("</tr>\n<tr><td></td>");
        for (int i = 0; i < table.Columns.Count; i++)
        {
            page.Append(Form, $"<th scope=\"col\"{First(table, i)}>{Escape(table.Columns[i].Heading)}</th>");
        }

        page.Append("</tr></thead>\n<tbody>\n");
        foreach (WayFigures way in ways)
        {
            page.Append(Form, $"<tr><th scope=\"row\">{Escape(way.Way.Label)}</th>");
            for (int i = 0; i < table.Columns.Count; i++)
            {
                page.Append(Form, $"<td{First(table, i)}>{Escape(table.Columns[i].Value(way) ?? ReportTables.Unknown)}</td>");
            }

            page.Append("</tr>\n");
        }

        page.Append("</tbody></table></div></section>\n");
    }

    private static string First(ReportTable table, int column) => column == 0 || table.Columns[column].Under != table.Columns[column - 1].Under ? " class=\"first\"" : "";

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
