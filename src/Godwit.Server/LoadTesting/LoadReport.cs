using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Godwit.Server.Reaching;

namespace Godwit.Server.LoadTesting;

/// <summary>The report of a load, for people and for programs.</summary>
internal static class LoadReport
{
    private const int BarWidth = 40;
    private const double BusyShare = 0.8;
    private static readonly double[] Percents = [50, 90, 95, 99, 99.9];

    /// <summary>The report as text.</summary>
    public static string Text(LoadResult result)
    {
        LoadPlan plan = result.Plan;
        var text = new StringBuilder();
        text.Append(Invariant($"{plan.Server.Mount}, room {plan.Room}: {Audience(plan)}; {Number(plan.Publishers, "publisher")}, {(plan.Rate is { } rate ? Invariant($"{rate:0.###} entries/s") : "as fast as acknowledged")}, {plan.Size} B each, {result.Took.TotalSeconds:0.0} s{(result.WasInterrupted ? ", interrupted" : "")}\n\n"));
        text.Append(Invariant($"published   {result.Publishes.Acknowledged} acknowledged ({result.Publishes.Acknowledged / result.Took.TotalSeconds:0.0}/s), {result.Publishes.Refused} refused, {result.Publishes.Failed} failed{(result.Unsent > 0 ? Invariant($", {result.Unsent} unsent") : "")}; {Line(result.Publishes.Latencies)}\n"));
        foreach (TransportLoad load in result.Loads)
        {
            text.Append(Invariant($"{load.Transport.Name(),-11} {Number(load.Readers, "reader")}, {load.Delivered} delivered ({load.Delivered / result.Took.TotalSeconds:0.0}/s); {Line(load.Latencies)}\n"));
            text.Append(Invariant($"{"",-11} {load.Lost} lost, {load.Duplicated} twice, {load.OutOfRetention} out of retention, {load.Cuts} cuts, {load.Resets} resets\n"));
        }

        Bars(text, result.Deliveries());
        foreach (string note in Notes(result))
        {
            text.Append('\n').Append(note);
        }

        return text.ToString().TrimEnd('\n');
    }

    /// <summary>The report as one JSON object.</summary>
    public static string Json(LoadResult result)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("url", result.Plan.Server.Mount.ToString());
            json.WriteString("room", result.Plan.Room);
            json.WriteNumber("seconds", Math.Round(result.Took.TotalSeconds, 3));
            json.WriteBoolean("interrupted", result.WasInterrupted);
            json.WriteNumber("generatorBusy", Math.Round(result.Busy, 3));
            json.WriteStartObject("publishes");
            json.WriteNumber("publishers", result.Plan.Publishers);
            if (result.Plan.Rate is { } rate)
            {
                json.WriteNumber("rate", rate);
            }

            json.WriteNumber("size", result.Plan.Size);
            json.WriteNumber("acknowledged", result.Publishes.Acknowledged);
            json.WriteNumber("refused", result.Publishes.Refused);
            json.WriteNumber("failed", result.Publishes.Failed);
            json.WriteNumber("unsent", result.Unsent);
            Write(json, "failures", result.Publishes.Failures);
            Write(json, result.Publishes.Latencies);
            json.WriteEndObject();
            json.WriteStartArray("transports");
            foreach (TransportLoad load in result.Loads)
            {
                json.WriteStartObject();
                json.WriteString("transport", load.Transport.Name());
                json.WriteNumber("readers", load.Readers);
                json.WriteNumber("delivered", load.Delivered);
                json.WriteNumber("lost", load.Lost);
                json.WriteNumber("duplicated", load.Duplicated);
                json.WriteNumber("outOfRetention", load.OutOfRetention);
                json.WriteNumber("cuts", load.Cuts);
                json.WriteNumber("resets", load.Resets);
                Write(json, "failures", load.Failures);
                Write(json, load.Latencies);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    private static IEnumerable<string> Notes(LoadResult result)
    {
        foreach ((string why, int count) in result.Publishes.Failures.OrderByDescending(static each => each.Value).Take(5))
        {
            yield return $"{count} publishes: {why}.\n";
        }

        if (result.Publishes.Failures.Keys.Any(static why => why.Contains("publish.rate", StringComparison.Ordinal)))
        {
            yield return "The server takes no more from one caller (limits.publishes; room.rate: limits.roomPublishes). Set it to off for a measurement, or give --rate.\n";
        }

        if (result.Unsent > 0)
        {
            yield return $"{result.Unsent} entries were never sent: publishers were late by more than the duration. Ask for a lower rate, or give more --publishers.\n";
        }

        foreach (TransportLoad load in result.Loads)
        {
            foreach ((string why, int count) in load.Failures.OrderByDescending(static each => each.Value).Take(3))
            {
                yield return $"{count} times by {load.Transport.Name()}: {why.TrimEnd('.')}.\n";
            }
        }

        if (result.Loads.Any(static load => load.OutOfRetention > 0))
        {
            yield return "Readers were so far behind that entries had left the room's retention: this is more than they, or this machine, can take.\n";
        }

        if (result.Busy > BusyShare)
        {
            yield return Invariant($"This process used {100 * result.Busy:0} % of this machine's processors: the times are in part its own. Load from another machine, or ask for less.\n");
        }
    }

    private static void Bars(StringBuilder text, Latencies all)
    {
        if (all.Count == 0)
        {
            return;
        }

        text.Append("\nms from due to delivered\n");
        var rows = new List<(double To, long Count)>();
        for (double from = 0, to = 0.125; from < all.Most; from = to, to *= 2)
        {
            rows.Add((to, all.Between(from, to)));
        }

        while (rows.Count > 1 && rows[0].Count == 0)
        {
            rows.RemoveAt(0);
        }

        long most = rows.Max(static row => row.Count);
        foreach ((double to, long count) in rows)
        {
            text.Append(Invariant($"  ≤ {to,8:0.###} {new string('█', (int)Math.Ceiling((double)BarWidth * count / most)).PadRight(BarWidth)} {count,9} {100.0 * count / all.Count,5:0.0} %\n"));
        }
    }

    private static string Audience(LoadPlan plan) => string.Join(", ", plan.Audience.Select(static part => $"{Number(part.Readers, "reader")} by {part.Transport.Name()}"));

    private static string Number(int count, string what) => Invariant($"{count} {what}{(count == 1 ? "" : "s")}");

    private static string Line(Latencies times) => times.Count == 0
        ? "no times"
        : string.Join("  ", Percents.Select(percent => Invariant($"p{percent} {times.Percentile(percent):0.00}"))) + Invariant($"  max {times.Most:0.00} ms");

    private static void Write(Utf8JsonWriter json, Latencies times)
    {
        json.WriteStartObject("latency");
        json.WriteNumber("count", times.Count);
        json.WriteNumber("mean", Math.Round(times.Mean, 3));
        foreach (double percent in Percents)
        {
            json.WriteNumber(Invariant($"p{percent}"), Math.Round(times.Percentile(percent), 3));
        }

        json.WriteNumber("max", Math.Round(times.Most, 3));
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, IEnumerable<KeyValuePair<string, int>> failures)
    {
        json.WriteStartObject(name);
        foreach ((string why, int count) in failures)
        {
            json.WriteNumber(why, count);
        }

        json.WriteEndObject();
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
