using Godwit.Bench.Generator;
using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;

namespace Godwit.Bench.Loads;

/// <summary>Several publishers at once: how many deliveries a second, from the first request to the last delivery.</summary>
internal sealed class Burst() : BenchLoad("burst")
{
    public const string Batches = "burst-batches";

    public override string Summary => "several publishers at once, one POST an entry, and NDJSON batches";

    public override IEnumerable<Transport> TransportsOf(BenchSystem system) => system.Transports.Where(static one => one == Transport.WebSocket);

    public override IEnumerable<Part> Measure(BenchSystem system, Transport transport, BenchContext context)
    {
        BenchOptions options = context.Options;
        int room = options.BurstEntries * 4;
        Timeline timeline = new(room);
        using Stage stage = new(system, transport, context, options.BurstPublishers);
        stage.Seat(options.BurstConnections, room, timeline);
        yield return new Part(Name, options.BurstConnections, Measure(stage, timeline, options));
        if (system.Batching is { } batching)
        {
            stage.Publishers.Form = batching;
            yield return new Part(Batches, options.BurstConnections, Measure(stage, timeline, options));
        }
    }

    public override IEnumerable<Table> Tables(BenchOptions options)
    {
        IReadOnlyList<Column> columns =
        [
            new("deliveries/s", Figure.Rate, "#,0"),
            new("× bun", Figure.Rate, "0.00") { RelativeTo = "bun" },
            new("× signalr", Figure.Rate, "0.00") { RelativeTo = "signalr" },
            new("CPU µs per delivery", Figure.Cpu, "0.00"),
            new("user part", Figure.UserCpu, "0.00"),
            new("entries per receive", Figure.PerRead, "0.0"),
            new("median ms", Figure.MedianLatency, "0.0"),
            new("p99 ms", Figure.Latency99, "0.0"),
            new("generator CPU µs per delivery", Figure.GeneratorCpu, "0.00"),
        ];
        yield return new Table(Name, $"Burst: {options.BurstEntries:N0} entries by {options.BurstPublishers} publishers, one POST each, to {options.BurstConnections:N0} readers", columns)
        {
            Note = "From the first request to the last delivery. Times are from the request of an entry to its delivery, of one reader in 16.",
            Plots = [new Plot(Figure.Rate, "Burst", "deliveries/s", "#,0")],
        };
        yield return new Table(Batches, $"Burst in batches: {options.BurstEntries:N0} entries by {options.BurstPublishers} publishers, 50 NDJSON lines a POST, to {options.BurstConnections:N0} readers", [.. columns.Where(static column => column.RelativeTo is null)]);
    }

    private static Dictionary<string, double> Measure(Stage stage, Timeline timeline, BenchOptions options)
    {
        timeline.IsRunning = false;
        stage.Publish(options.BurstEntries / 2);
        stage.Settle();
        stage.Audience!.ForgetTimes();
        timeline.IsRunning = true;
        Meter meter = new(stage.Server, stage.Audience.Progress);
        long last = stage.Publish(options.BurstEntries);
        stage.Settle();
        Dictionary<string, double> figures = meter.Stop(last);
        Latency.Add(figures, stage.Audience.Times());
        return figures;
    }
}
