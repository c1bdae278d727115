using System.Text.Json;
using Godwit.Server.Comparing.Conclusions;
using Godwit.Server.Comparing.Figures;
using Godwit.Server.Comparing.Plans;
using Godwit.Server.Links;
using Godwit.Server.Reporting;

namespace Godwit.Server.Comparing.Reports;

/// <summary>The report for programs. A figure that is not known is not there.</summary>
internal static class JsonReport
{
    /// <summary>The report's text.</summary>
    public static string Text(CompareResult result) => ReportFile.Json(result.Command, result.Began, json => Write(json, result));

    private static void Write(Utf8JsonWriter json, CompareResult result)
    {
        json.WriteNumber("seconds", Math.Round(result.Took.TotalSeconds, 1));
        json.WriteString("server", result.Server);
        if (result.Link is { } link)
        {
            json.WriteString("link", link.Description);
            json.WriteStartObject("linkPackets");
            Write(json, "up", link.Up);
            Write(json, "down", link.Down);
            json.WriteEndObject();
        }

        json.WriteBoolean("interrupted", result.WasInterrupted);
        json.WriteStartArray("notMeasured");
        foreach (Stage stage in result.Missing)
        {
            json.WriteStringValue(stage.Name());
        }

        json.WriteEndArray();
        if (result.LeftOut is { } left)
        {
            json.WriteString("leftOut", left);
        }

        if (result.Unknown is { } unknown)
        {
            json.WriteString("unknown", unknown);
        }

        Write(json, result.Machine);
        Write(json, result.Plan);
        json.WriteStartArray("transports");
        foreach (WayFigures way in result.Ways)
        {
            Write(json, way, result.Machine);
        }

        json.WriteEndArray();
        json.WriteStartArray("sentences");
        foreach (Sentence sentence in Sentences.Of(result))
        {
            json.WriteStartObject();
            json.WriteString("topic", sentence.Topic);
            json.WriteString("text", sentence.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, LinkCounters counters)
    {
        json.WriteStartObject(name);
        json.WriteNumber("sent", counters.Seen);
        json.WriteNumber("delivered", counters.Delivered);
        json.WriteNumber("lost", counters.Lost);
        json.WriteNumber("late", counters.Late);
        json.WriteNumber("overflowed", counters.Overflowed);
        json.WriteNumber("missed", counters.Missed);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, MachineFigures machine)
    {
        json.WriteStartObject("machine");
        json.WriteString("name", machine.Name);
        json.WriteNumber("cores", machine.Cores);
        json.WriteNumber("memoryBytes", machine.MemoryBytes);
        Number(json, "openFiles", machine.OpenFiles);
        Number(json, "othersShareOfCpu", machine.OtherLoad);
        Number(json, "serverWithoutClientsBytes", machine.BaseKiB * 1024);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ComparePlan plan)
    {
        json.WriteStartObject("plan");
        json.WriteNumber("clients", plan.Clients);
        json.WriteNumber("waitingClients", plan.Waiting);
        json.WriteNumber("steadyEntriesPerSecond", plan.Rate);
        json.WriteNumber("burstEntries", plan.Burst);
        json.WriteNumber("dataBytes", plan.DataBytes);
        json.WriteNumber("heartbeatSeconds", plan.Heartbeat.TotalSeconds);
        json.WriteNumber("holdSeconds", plan.Hold.TotalSeconds);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, WayFigures way, MachineFigures machine)
    {
        json.WriteStartObject();
        json.WriteString("name", way.Way.Name);
        json.WriteString("label", way.Way.Label);
        Number(json, "pollEverySeconds", way.Way.PollEvery?.TotalSeconds);
        json.WriteStartObject("latencyMs");
        Latency(json, "quiet", way.Quiet);
        Latency(json, "steady", way.Steady);
        Latency(json, "bursty", way.Bursty);
        Latency(json, "together", way.Together);
        json.WriteEndObject();
        Latency(json, "recoveryMs", way.Recovery);
        Number(json, "requestsPerMinuteQuiet", way.RequestsQuiet);
        Number(json, "requestsPerMinuteSteady", way.RequestsSteady);
        Number(json, "bytesUpPerMinuteIdle", way.WireAtRest?.Up);
        Number(json, "bytesDownPerMinuteIdle", way.WireAtRest?.Down);
        Number(json, "bytesUpPerEntry", way.WirePerEntry?.Up);
        Number(json, "bytesDownPerEntry", way.WirePerEntry?.Down);
        Number(json, "bytesThatAnEntryAdds", way.WireAdded);
        Number(json, "bytesPerMinuteQuiet", way.WireQuiet);
        Number(json, "cpuMicrosecondsPerMinuteIdle", way.CpuAtRest);
        Number(json, "cpuMicrosecondsPerMinuteQuiet", way.CpuQuiet);
        Number(json, "cpuMicrosecondsPerEntrySteady", way.CpuPerEntry);
        Number(json, "cpuMicrosecondsPerEntryBursty", way.CpuPerEntryBursty);
        Number(json, "cpuMicrosecondsThatAnEntryAdds", way.CpuAdded);
        Number(json, "memoryBytesOfProcess", way.ResidentKiB * 1024);
        Number(json, "memoryBytesOfKernel", way.KernelKiB * 1024);
        Number(json, "connections", way.Connections);
        json.WriteNumber("lost", way.Faults.Lost);
        json.WriteNumber("duplicates", way.Faults.Duplicates);
        Number(json, "skipped", way.Skipped);
        if (Capacity.Of(way, machine) is { } capacity)
        {
            json.WriteNumber("waitingClientsThatFit", Quantity.Rounded(capacity.Clients, 3));
            json.WriteString("endedBy", JsonNamingPolicy.CamelCase.ConvertName(capacity.By.ToString()));
        }

        json.WriteEndObject();
    }

    private static void Latency(Utf8JsonWriter json, string name, LatencyFigures? figures)
    {
        if (figures is null)
        {
            return;
        }

        json.WriteStartObject(name);
        Number(json, "p50", figures.Median);
        Number(json, "p99", figures.High);
        Number(json, "max", figures.Most);
        json.WriteNumber("count", figures.Count);
        json.WriteBoolean("reckoned", figures.IsReckoned);
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } there && double.IsFinite(there))
        {
            json.WriteNumber(name, Quantity.Rounded(there, 4));
        }
    }
}
