using System.Globalization;
using System.Net;
using System.Text;
using Godwit.Server.Verifying.Faults;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Reports;

/// <summary>Latency over time, on a scale of powers of ten, with the faults behind it and the violations above.</summary>
internal static class LatencyPlot
{
    private const double Width = 960;
    private const double Height = 340;
    private const double Left = 56;
    private const double Right = 12;
    private const double Top = 34;
    private const double Bottom = 34;
    private const double Least = 0.1;

    /// <summary>The plot as an SVG element.</summary>
    public static string Svg(VerifyResult result)
    {
        IReadOnlyList<(double? Median, double? High, double? Most, long Count)> seconds = result.Latency.Seconds();
        double end = Math.Max(1, Math.Max(result.Took.TotalSeconds, seconds.Count));
        double most = Math.Max(1000, seconds.Select(static second => second.Most ?? 0).DefaultIfEmpty().Max());
        most = Math.Pow(10, Math.Ceiling(Math.Log10(most)));
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""<svg viewBox="0 0 {Width} {Height}" role="img" aria-label="Latency over time, with the faults">""");
        foreach (FaultEvent fault in result.Faults)
        {
            WriteFault(svg, fault, end);
        }

        WriteAxes(svg, end, most);
        svg.Append(Line("most", seconds.Select(static second => second.Most), end, most));
        svg.Append(Line("high", seconds.Select(static second => second.High), end, most));
        svg.Append(Line("median", seconds.Select(static second => second.Median), end, most));
        foreach (Anomaly anomaly in result.Anomalies)
        {
            double x = X(anomaly.At.TotalSeconds, end);
            svg.Append(CultureInfo.InvariantCulture, $"""<path class="violation" d="M{x - 5:F1} {Top - 14} h10 l-5 10 z"><title>{anomaly.At.TotalSeconds:F1} s {Escape(anomaly.What)}</title></path>""");
        }

        return svg.Append("</svg>").ToString();
    }

    private static void WriteFault(StringBuilder svg, FaultEvent fault, double end)
    {
        double from = X(fault.Begun.TotalSeconds, end), to = X((fault.Ended ?? TimeSpan.FromSeconds(end)).TotalSeconds, end);
        svg.Append(CultureInfo.InvariantCulture, $"""<rect class="fault {fault.Step.Kind.Name()}" x="{from:F1}" y="{Top}" width="{Math.Max(1.5, to - from):F1}" height="{Height - Top - Bottom}"><title>{fault.Begun.TotalSeconds:F1} s {Escape(fault.What)}</title></rect>""");
    }

    private static void WriteAxes(StringBuilder svg, double end, double most)
    {
        for (double value = Least; value <= most; value *= 10)
        {
            double y = Y(value, most);
            svg.Append(CultureInfo.InvariantCulture, $"""<line class="grid" x1="{Left}" x2="{Width - Right}" y1="{y:F1}" y2="{y:F1}"/><text x="{Left - 6}" y="{y + 4:F1}" text-anchor="end">{(value >= 1000 ? $"{value / 1000:F0} s" : $"{value:0.#} ms")}</text>""");
        }

        double step = Step(end);
        for (double second = 0; second <= end; second += step)
        {
            double x = X(second, end);
            svg.Append(CultureInfo.InvariantCulture, $"""<text x="{x:F1}" y="{Height - Bottom + 18}" text-anchor="middle">{(end > 600 ? $"{second / 60:F0} min" : $"{second:F0} s")}</text>""");
        }
    }

    private static string Line(string name, IEnumerable<double?> values, double end, double most)
    {
        var path = new StringBuilder();
        bool isDown = false;
        int second = 0;
        foreach (double? value in values)
        {
            if (value is { } there)
            {
                path.Append(CultureInfo.InvariantCulture, $"{(isDown ? 'L' : 'M')}{X(second + 0.5, end):F1} {Y(Math.Max(there, Least), most):F1}");
            }

            isDown = value is not null;
            second++;
        }

        return $"""<path class="line {name}" d="{path}"/>""";
    }

    private static double Step(double end)
    {
        foreach (double step in (double[])[1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600])
        {
            if (end / step <= 10)
            {
                return step;
            }
        }

        return 7200;
    }

    private static double X(double second, double end) => Left + ((Width - Left - Right) * Math.Min(second, end) / end);

    private static double Y(double value, double most) => Height - Bottom - ((Height - Top - Bottom) * Math.Log(value / Least) / Math.Log(most / Least));

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
