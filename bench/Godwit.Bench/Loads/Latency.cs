using Godwit.Bench.Generator;
using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;
using HdrHistogram;

namespace Godwit.Bench.Loads;

/// <summary>How long an entry is under way at half of the load that the system bears.</summary>
internal sealed class Latency() : BenchLoad("latency")
{
    private static readonly TimeSpan s_calibration = TimeSpan.FromSeconds(1);

    public override string Summary => "time from publish to delivery at half load";

    public override IEnumerable<Transport> TransportsOf(BenchSystem system) => system.Transports.Where(static one => one == Transport.WebSocket);

    public override IEnumerable<Part> Measure(BenchSystem system, Transport transport, BenchContext context)
    {
        BenchOptions options = context.Options;
        Timeline timeline = new(Room(options));
        using Stage stage = new(system, transport, context);
        stage.Seat(options.LatencyConnections, Room(options), timeline);
        double rate = HalfLoad(stage, options.WarmUp);
        Meter meter = new(stage.Server, stage.Audience!.Progress);
        LongHistogram times = Take(stage, timeline, rate, options.LatencyTime);
        Dictionary<string, double> figures = new()
        {
            [Figure.EntryRate] = rate,
            [Figure.Cpu] = meter.Used().Server / (stage.Audience.Progress.Deliveries - meter.Deliveries),
        };
        Add(figures, times);
        yield return new Part(Name, options.LatencyConnections, figures);
    }

    public override IEnumerable<Table> Tables(BenchOptions options)
    {
        yield return new Table(Name, $"Latency at half load: {options.LatencyConnections:N0} readers", [new("entries/s", Figure.EntryRate, "#,0"), new("median ms", Figure.MedianLatency, "0.00"), new("p99 ms", Figure.Latency99, "0.00"), new("p99.9 ms", Figure.Latency999, "0.00"), new("longest ms", Figure.LongestLatency, "0.0"), new("CPU µs per delivery", Figure.Cpu, "0.00")])
        {
            Note = "Half load is half of the entries per second that the system itself gets to all readers, one after the other; entries are then published at that rate, whatever comes back. So a faster system bears more. Times are of one reader in 16; an entry that is late because an answer is awaited counts from when it was due.",
            Plots = [new Plot(Figure.Latency99, "Latency at half load, 99th percentile", "ms", "0.00")],
        };
    }

    /// <summary>The entries that readers may receive in a measurement of this kind.</summary>
    public static int Room(BenchOptions options) => 20_000 + (int)(20_000 * options.LatencyTime.TotalSeconds);

    /// <summary>Half of the entries per second that all readers receive when each is published as soon as they have the one before.</summary>
    public static double HalfLoad(Stage stage, int warmUp)
    {
        stage.PublishPaced(warmUp);
        stage.Settle();
        int entries = 0;
        Meter meter = new(stage.Server);
        long last = 0;
        while (meter.Until(System.Diagnostics.Stopwatch.GetTimestamp()) < s_calibration.TotalSeconds && entries < 10_000)
        {
            last = stage.PublishPaced(5);
            entries += 5;
        }

        return entries / meter.Until(last) / 2;
    }

    /// <summary>Publishes at a rate for a time, and returns how long entries were under way, in microseconds.</summary>
    public static LongHistogram Take(Stage stage, Timeline timeline, double rate, TimeSpan time)
    {
        int entries = Math.Clamp((int)(rate * time.TotalSeconds), 10, (int)(10_000 * Math.Max(1, time.TotalSeconds)));
        stage.Audience!.ForgetTimes();
        timeline.IsRunning = true;
        stage.PublishAt(rate, entries);
        timeline.IsRunning = false;
        stage.Settle();
        return stage.Audience.Times();
    }

    public static void Add(Dictionary<string, double> figures, LongHistogram times)
    {
        if (times.TotalCount == 0)
        {
            throw new BenchFault("No delivery was timed.");
        }

        figures[Figure.MedianLatency] = times.GetValueAtPercentile(50) / 1000.0;
        figures[Figure.Latency99] = times.GetValueAtPercentile(99) / 1000.0;
        figures[Figure.Latency999] = times.GetValueAtPercentile(99.9) / 1000.0;
        figures[Figure.LongestLatency] = times.GetValueAtPercentile(100) / 1000.0;
    }
}
