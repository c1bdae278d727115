using System.Globalization;
using System.Text.RegularExpressions;

namespace Godwit.Server.Tests.Instruments;

/// <summary>What <c>/metrics</c> answers, in Prometheus' text format, read strictly.</summary>
internal sealed partial class Scrape
{
    private readonly Dictionary<string, double> _samples = new(StringComparer.Ordinal);

    private Scrape()
    {
    }

    /// <summary>The names of all families.</summary>
    public Dictionary<string, string> Types { get; } = [];

    /// <summary>The units that are told.</summary>
    public Dictionary<string, string> Helps { get; } = [];

    public static async Task<Scrape> OfAsync(Uri root)
    {
        using var client = new HttpClient();
        return Parse(await client.GetStringAsync(new Uri(root, "/metrics"), TestContext.Current.CancellationToken));
    }

    public static Scrape Parse(string text)
    {
        var scrape = new Scrape();
        foreach (string line in text.Split('\n').Where(static line => line.Length > 0 && line != "# EOF"))
        {
            if (Comment().Match(line) is { Success: true } comment)
            {
                (comment.Groups["kind"].Value == "TYPE" ? scrape.Types : scrape.Helps)[comment.Groups["name"].Value] = comment.Groups["text"].Value;
            }
            else if (line.StartsWith("# UNIT ", StringComparison.Ordinal))
            {
            }
            else if (Sample().Match(line) is { Success: true } sample)
            {
                string labels = string.Join(",", Label().Matches(sample.Groups["labels"].Value).Select(static label => label.Value).Where(static label => !label.StartsWith("otel_scope", StringComparison.Ordinal)));
                scrape._samples[$"{sample.Groups["name"].Value}{{{labels}}}"] = double.Parse(sample.Groups["value"].Value.Replace("+Inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture);
            }
            else
            {
                throw new InvalidDataException($"Not in the text format: {line}");
            }
        }

        return scrape;
    }

    /// <summary>A sample by name and labels; 0 where there is none yet.</summary>
    public double this[string name, params string[] labels] => _samples.GetValueOrDefault($"{name}{{{string.Join(",", labels)}}}");

    /// <summary>The sum of a family's samples that have a label.</summary>
    public double Sum(string name, string label) => _samples.Where(sample => sample.Key.StartsWith(name + "{", StringComparison.Ordinal) && sample.Key.Contains(label, StringComparison.Ordinal)).Sum(static sample => sample.Value);

    /// <summary>The upper edge of the bucket in which a quantile of the deliveries since another scrape lies, in seconds.</summary>
    public double Quantile(Scrape since, double quantile)
    {
        const string Bucket = "godwit_delivery_duration_seconds_bucket{le=\"";
        (double Edge, double Count)[] buckets =
        [
            .. _samples.Where(static sample => sample.Key.StartsWith(Bucket, StringComparison.Ordinal))
                .Select(sample => (Edge(sample.Key[Bucket.Length..^2]), sample.Value - since._samples.GetValueOrDefault(sample.Key)))
                .OrderBy(static bucket => bucket.Item1),
        ];
        return buckets.FirstOrDefault(bucket => bucket.Count >= quantile * buckets[^1].Count).Edge;

        static double Edge(string text) => text == "+Inf" ? double.PositiveInfinity : double.Parse(text, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("^# (?<kind>TYPE|HELP) (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<text>.*)$")]
    private static partial Regex Comment();

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>([a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\.)*",?)*)\})? (?<value>[-+]?[0-9.eE+-]+|[+-]Inf|NaN)( [0-9.]+)?$""")]
    private static partial Regex Sample();

    [GeneratedRegex("[a-zA-Z_][a-zA-Z0-9_]*=\"([^\"\\\\]|\\\\.)*\"")]
    private static partial Regex Label();
}
