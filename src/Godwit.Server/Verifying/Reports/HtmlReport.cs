using System.Globalization;
using System.Net;
using System.Text;
using Godwit.Server.Reporting;
using Godwit.Server.Verifying.Faults;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Reports;

/// <summary>The report as one page that needs nothing else.</summary>
internal static class HtmlReport
{
    private const string Style = """
        :root { color-scheme: light dark; --back: #fff; --text: #1b1f23; --quiet: #5b6570; --line: #d5dade; --good: #0a7a3d; --bad: #b3261e; --median: #0b62c4; --high: #b45f06; --most: #8a939b; --fault: #e9edf1; --strong: #f6d9d5; }
        @media (prefers-color-scheme: dark) { :root { --back: #14181c; --text: #e4e8ec; --quiet: #9aa5b0; --line: #333b43; --good: #58c98b; --bad: #ff8a80; --median: #6cb2ff; --high: #f0a95a; --most: #6f7a84; --fault: #232b33; --strong: #4a2a2a; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1rem; max-width: 64rem; background: var(--back); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
        h1 { font-size: 1.4rem; line-height: 1.25; } h2 { font-size: 1.1rem; margin-top: 2rem; }
        .good { color: var(--good); } .bad { color: var(--bad); } .quiet { color: var(--quiet); }
        .scroll { overflow-x: auto; } svg { width: 100%; min-width: 44rem; display: block; }
        svg text { fill: var(--quiet); font-size: 12px; } .grid { stroke: var(--line); } .line { fill: none; stroke-width: 1.6; }
        .median { stroke: var(--median); } .high { stroke: var(--high); } .most { stroke: var(--most); stroke-dasharray: 3 3; } .violation { fill: var(--bad); }
        .fault { fill: var(--fault); } .kill, .power-loss, .disk-full, .drain, .rolling-restart, .freeze, .store-kill, .store-freeze, .store-cut, .store-network-cut, .store-delay, .subscription-kill, .store-failover { fill: var(--strong); }
        .key span { margin-right: 1rem; white-space: nowrap; } .key i { display: inline-block; width: 1.2rem; height: .6rem; margin-right: .3rem; border-top: 3px solid; vertical-align: middle; } .key i.fault, .key i.kill { border: 0; height: .8rem; }
        table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .5rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        pre { overflow-x: auto; padding: .6rem; border: 1px solid var(--line); font-size: .8rem; line-height: 1.4; } code { font-size: .9em; }
        details { margin: .5rem 0; } summary { cursor: pointer; }
        """;

    private static readonly CultureInfo Form = CultureInfo.InvariantCulture;

    /// <summary>The page's text.</summary>
    public static string Text(VerifyResult result)
    {
        var page = new StringBuilder();
        string verdict = result.Violations == 0 ? result.WasInterrupted ? "Interrupted" : "No violation" : $"{result.Violations} violation{(result.Violations == 1 ? "" : "s")}";
        page.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
            .Append(Form, $"<title>{verdict} – godwit verify</title><style>{Style}</style></head><body>\n")
            .Append(Form, $"<h1>godwit verify: <span class=\"{(result.Violations == 0 ? "good" : "bad")}\">{verdict}</span></h1>\n")
            .Append(Form, $"<p>{Escape(result.Deployment)} · seed {result.Plan.Seed} · {result.Took.TotalSeconds:F0} s · {result.Began:yyyy-MM-dd HH:mm} UTC<br>")
            .Append(Form, $"{result.Acknowledged:N0} publishes acknowledged · {result.Repeated:N0} repeated with their key · {result.Deliveries:N0} entries delivered · {result.Verdicts.Gaps:N0} gaps and {result.Verdicts.Resets:N0} resets told · {result.Faults.Count} faults<br>")
            .Append(Form, $"<span class=\"quiet\">{Escape(Machine.Name)}</span></p>\n<p><code>{Escape(result.Command)}</code></p>\n");
        WritePromises(page, result);
        page.Append("<h2>Latency, from the publisher to connected readers</h2>\n<p class=\"key\"><span class=\"quiet\"><i style=\"color:var(--median)\"></i>median</span><span class=\"quiet\"><i style=\"color:var(--high)\"></i>99 %</span><span class=\"quiet\"><i style=\"color:var(--most)\"></i>maximum</span>")
            .Append("<span class=\"quiet\"><i style=\"background:var(--fault)\" class=\"fault\"></i>network and clients</span><span class=\"quiet\"><i style=\"background:var(--strong)\" class=\"kill\"></i>servers and store</span></p>\n<div class=\"scroll\">")
            .Append(LatencyPlot.Svg(result)).Append("</div>\n");
        WriteTransports(page, result);
        WriteTimeline(page, result);
        return page.Append("</body></html>\n").ToString();
    }

    private static void WritePromises(StringBuilder page, VerifyResult result)
    {
        page.Append("<h2>Promises</h2>\n<table>");
        foreach ((Promise promise, long count) in result.Counts)
        {
            page.Append(Form, $"<tr><td>{Escape(promise.Sentence())}</td><td class=\"number {(count == 0 ? "good\">held" : $"bad\">broken {count}×")}</td></tr>\n");
        }

        page.Append("</table>\n");
    }

    private static void WriteTransports(StringBuilder page, VerifyResult result)
    {
        page.Append("<h2>Transports</h2>\n<table><tr><th>transport</th><th class=\"number\">connections</th><th class=\"number\">entries</th></tr>");
        foreach ((string transport, long connections, long deliveries) in result.Transports)
        {
            page.Append(Form, $"<tr><td>{transport}</td><td class=\"number\">{connections:N0}</td><td class=\"number\">{deliveries:N0}</td></tr>\n");
        }

        page.Append("</table>\n");
    }

    private static void WriteTimeline(StringBuilder page, VerifyResult result)
    {
        page.Append("<h2>What happened</h2>\n");
        if (result.NoDataChannels is { } why)
        {
            page.Append("<p class=\"quiet\">Data channels are left out: ").Append(Escape(why)).Append(".</p>\n");
        }

        if (result.LeftOut.Count > 0)
        {
            page.Append("<p class=\"quiet\">Left out: ").Append(string.Join("; ", result.LeftOut.Select(static left => Escape($"{left.Kind.Name()} ({left.Why})")))).Append(".</p>\n");
        }

        IEnumerable<(TimeSpan At, string Html)> events = result.Faults
            .Select(static fault => (fault.Begun, string.Create(Form, $"<tr><td class=\"number\">{fault.Begun.TotalSeconds:F1} s</td><td>{Escape(fault.What)}{(fault.Remark is null ? "" : $" <span class=\"quiet\">– {Escape(fault.Remark)}</span>")}</td></tr>\n")))
            .Concat(result.Anomalies.Select(static anomaly => (anomaly.At, string.Create(Form, $"<tr><td class=\"number bad\">{anomaly.At.TotalSeconds:F1} s</td><td><details><summary class=\"bad\">{anomaly.Promise.Name()}: {Escape(anomaly.What)}</summary><p>{Escape(anomaly.Who)}{(anomaly.Room is null ? "" : Escape($", room {anomaly.Room}"))}</p><pre>{Escape(string.Join("\n", anomaly.Frames))}</pre></details></td></tr>\n"))))
            .OrderBy(static happened => happened.Item1);
        page.Append("<table>");
        foreach ((_, string html) in events)
        {
            page.Append(html);
        }

        page.Append("</table>\n");
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
