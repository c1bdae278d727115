using System.Text.Json;
using Godwit.Server.Reporting;
using Godwit.Server.Verifying.Faults;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Reports;

/// <summary>The report for programs.</summary>
internal static class JsonReport
{
    /// <summary>The report's text.</summary>
    public static string Text(VerifyResult result) => ReportFile.Json(result.Command, result.Began, json => Write(json, result));

    private static void Write(Utf8JsonWriter json, VerifyResult result)
    {
        json.WriteString("machine", Machine.Name);
        json.WriteString("deployment", result.Deployment);
        json.WriteNumber("seed", result.Plan.Seed);
        WriteLoad(json, result.Plan);
        json.WriteNumber("seconds", Math.Round(result.Took.TotalSeconds, 1));
        json.WriteBoolean("interrupted", result.WasInterrupted);
        json.WriteNumber("ownLagMs", Math.Round(result.Lag.TotalMilliseconds));
        json.WriteNumber("ownStallsMs", Math.Round(result.Stalled.TotalMilliseconds));
        if (result.OwnPeakMemory is { } peak)
        {
            json.WriteNumber("ownPeakMemoryBytes", peak);
        }

        json.WriteNumber("violations", result.Violations);
        json.WriteStartObject("promises");
        foreach ((Promise promise, long count) in result.Counts)
        {
            json.WriteNumber(promise.Name(), count);
        }

        json.WriteEndObject();
        WriteCounts(json, result);
        WriteFaults(json, result);
        json.WriteStartArray("anomalies");
        foreach (Anomaly anomaly in result.Anomalies)
        {
            Write(json, anomaly);
        }

        json.WriteEndArray();
        WriteLatency(json, result.Latency);
        json.WriteStartArray("schedule");
        foreach (FaultStep step in result.Plan.Schedule)
        {
            step.Write(json);
        }

        json.WriteEndArray();
    }

    private static void WriteLoad(Utf8JsonWriter json, VerifyPlan plan)
    {
        json.WriteStartObject("load");
        json.WriteNumber("rooms", plan.Rooms);
        json.WriteNumber("readers", plan.Readers);
        json.WriteNumber("publishers", plan.Publishers);
        json.WriteNumber("entriesPerSecond", plan.Rate);
        json.WriteNumber("batch", plan.Batch);
        json.WriteNumber("staySeconds", plan.Stay.TotalSeconds);
        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, VerifyResult result)
    {
        json.WriteStartObject("counts");
        json.WriteNumber("acknowledged", result.Acknowledged);
        json.WriteNumber("repeated", result.Repeated);
        json.WriteNumber("refusedOrUnanswered", result.Unavailable);
        json.WriteNumber("deliveries", result.Deliveries);
        json.WriteNumber("gaps", result.Verdicts.Gaps);
        json.WriteNumber("resets", result.Verdicts.Resets);
        json.WriteNumber("faults", result.Faults.Count);
        json.WriteEndObject();
        json.WriteStartObject("transports");
        foreach ((string transport, long connections, long deliveries) in result.Transports)
        {
            json.WriteStartObject(JsonNamingPolicy.CamelCase.ConvertName(transport));
            json.WriteNumber("connections", connections);
            json.WriteNumber("deliveries", deliveries);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartArray("peakMemoryBytes");
        foreach (long peak in result.PeakMemory)
        {
            json.WriteNumberValue(peak);
        }

        json.WriteEndArray();
    }

    private static void WriteFaults(Utf8JsonWriter json, VerifyResult result)
    {
        json.WriteStartArray("faults");
        foreach (FaultEvent fault in result.Faults)
        {
            json.WriteStartObject();
            json.WriteString("fault", fault.Step.Kind.Name());
            json.WriteString("what", fault.What);
            json.WriteNumber("begun", Math.Round(fault.Begun.TotalSeconds, 3));
            if (fault.Ended is { } ended)
            {
                json.WriteNumber("ended", Math.Round(ended.TotalSeconds, 3));
            }

            if (fault.Remark is { } remark)
            {
                json.WriteString("remark", remark);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("leftOut");
        foreach ((FaultKind kind, string why) in result.LeftOut)
        {
            json.WriteString(kind.Name(), why);
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Anomaly anomaly)
    {
        json.WriteStartObject();
        json.WriteNumber("at", Math.Round(anomaly.At.TotalSeconds, 3));
        json.WriteString("promise", anomaly.Promise.Name());
        json.WriteString("what", anomaly.What);
        json.WriteString("who", anomaly.Who);
        if (anomaly.Room is { } room)
        {
            json.WriteString("room", room);
        }

        json.WriteStartArray("frames");
        foreach (string frame in anomaly.Frames)
        {
            json.WriteStringValue(frame);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteLatency(Utf8JsonWriter json, LatencyRecord latency)
    {
        json.WriteStartObject("latencyMs");
        json.WriteNumber("measured", latency.Count);
        foreach ((string name, double share) in ((string, double)[])[("p50", 0.5), ("p99", 0.99), ("max", 1)])
        {
            if (latency.Quantile(share) is { } value)
            {
                json.WriteNumber(name, Math.Round(value, 2));
            }
        }

        json.WriteEndObject();
    }
}
