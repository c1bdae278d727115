using System.Globalization;
using System.Text;
using Godwit.Server.Verifying.Faults;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Reports;

/// <summary>The report for people, on the terminal.</summary>
internal static class TextReport
{
    private const int MostShown = 5;
    private const int FramesShown = 5;
    private static readonly TimeSpan BusyMachine = TimeSpan.FromMilliseconds(250);

    /// <summary>The report's text.</summary>
    public static string Text(VerifyResult result)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"\n{result.Deployment}, seed {result.Plan.Seed}, {result.Took.TotalSeconds:F0} s\n");
        text.Append(CultureInfo.InvariantCulture, $"{result.Acknowledged} publishes acknowledged, {result.Repeated} repeated with their key, {result.Deliveries} entries delivered, {result.Verdicts.Gaps} gaps and {result.Verdicts.Resets} resets told, {result.Faults.Count} faults\n");
        if (result.Latency.Quantile(0.5) is { } median)
        {
            text.Append(CultureInfo.InvariantCulture, $"From publisher to connected reader: median {median:F1} ms, 99 % {result.Latency.Quantile(0.99):F1} ms, at most {result.Latency.Quantile(1):F0} ms\n");
        }

        if (result.Lag > BusyMachine)
        {
            text.Append(CultureInfo.InvariantCulture, $"This machine was busy: the program that verifies was itself late by up to {result.Lag.TotalMilliseconds:F0} ms.\n");
        }

        text.Append('\n');
        foreach ((Promise promise, long count) in result.Counts)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {(count == 0 ? "held  " : "BROKEN")}  {promise.Sentence()}{(count == 0 ? "" : $" ({count})")}\n");
        }

        WriteFaults(text, result);
        foreach (Anomaly anomaly in result.Anomalies.Take(MostShown))
        {
            text.Append('\n').Append(Block(anomaly, FramesShown)).Append('\n');
        }

        if (result.Anomalies.Count > MostShown)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n… and {result.Violations - MostShown} more; --json and --html have the first 200 with their frames.\n");
        }

        text.Append(result.WasInterrupted && result.Violations == 0 ? "\nInterrupted; no violation until then, and the logs were not compared.\n" : result.Violations == 0 ? "\nNo violation.\n" : string.Create(CultureInfo.InvariantCulture, $"\n{result.Violations} violation{(result.Violations == 1 ? "" : "s")}.\n"));
        return text.ToString();
    }

    /// <summary>A violation with the frames before it.</summary>
    public static string Block(Anomaly anomaly, int most = int.MaxValue)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{anomaly.At.TotalSeconds:F3} s  {anomaly.Promise.Name()}: {anomaly.What}\n    {anomaly.Who}{(anomaly.Room is null ? "" : $", room {anomaly.Room}")}");
        foreach (string frame in anomaly.Frames.TakeLast(most))
        {
            text.Append("\n    ").Append(frame);
        }

        return text.ToString();
    }

    private static void WriteFaults(StringBuilder text, VerifyResult result)
    {
        text.Append('\n');
        foreach (IGrouping<FaultKind, FaultEvent> kind in result.Faults.GroupBy(static fault => fault.Step.Kind).OrderBy(static kind => kind.Key))
        {
            text.Append(CultureInfo.InvariantCulture, $"  {kind.Count(),6}  {kind.Key.Name()}\n");
        }

        if (result.NoDataChannels is { } why)
        {
            text.Append(CultureInfo.InvariantCulture, $"  left out, {why}: data channels\n");
        }

        foreach (IGrouping<string, (FaultKind Kind, string Why)> left in result.LeftOut.GroupBy(static left => left.Why))
        {
            text.Append(CultureInfo.InvariantCulture, $"  left out, {left.Key}: {string.Join(", ", left.Select(static item => item.Kind.Name()))}\n");
        }
    }
}
