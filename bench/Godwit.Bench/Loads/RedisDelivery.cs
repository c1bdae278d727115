using Godwit.Bench.Generator;
using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;
using Godwit.Server.Measuring;
using HdrHistogram;

namespace Godwit.Bench.Loads;

/// <summary>From a publish at one server to its delivery at another, beside a round trip to Redis and a delivery on one server; and what a publish costs those that nobody reads at.</summary>
internal sealed class RedisDelivery() : BenchLoad("redis")
{
    /// <summary>The same while the cores are kept from sleeping.</summary>
    public const string Awake = "redis-awake";

    /// <summary>What a server does for rooms that nobody reads there.</summary>
    public const string Apart = "redis-apart";

    private const double Rate = 100;
    private const string Room = "bench";

    public override string Summary => "publish to delivery across two servers on one Redis";

    public override IEnumerable<Transport> TransportsOf(BenchSystem system) => system.Shares ? [Transport.WebSocket] : [];

    public override IEnumerable<Part> Measure(BenchSystem system, Transport transport, BenchContext context)
    {
        int readers = context.Options.RedisReaders;
        using (WakefulCores wakeful = new())
        {
            using ServerSet awake = new(system, context, 2);
            yield return new Part(Awake, readers, Across(system, awake, readers, context));
        }

        using ServerSet set = new(system, context, 2);
        yield return new Part(Name, readers, Across(system, set, readers, context));

        // The same room, read and published to at the first server alone: what does the second one do?
        using (Publishers publishers = new(new PublishForm(system.RoomPath("apart")), set.Servers[0].Port, 1))
        {
            CpuReading before = default;
            double seconds = Entries(context.Options) / Rate;
            CpuReading quiet = CpuReading.Of(set.Servers[1].Processes);
            context.Pause(TimeSpan.FromSeconds(seconds));
            double alone = CpuReading.Of(set.Servers[1].Processes).Since(quiet).Total;
            Take(system, set.Servers[0], publishers, readers, context, () => before = CpuReading.Of(set.Servers[1].Processes), "apart");
            double beside = CpuReading.Of(set.Servers[1].Processes).Since(before).Total;
            yield return new Part(Apart, readers, new Dictionary<string, double>
            {
                [Figure.IdleServerCpu] = Math.Max(0, beside - alone) / Entries(context.Options),
                [Figure.QuietServerCpu] = alone / Entries(context.Options),
            });
        }
    }

    public override IEnumerable<Table> Tables(BenchOptions options)
    {
        IReadOnlyList<Column> columns =
        [
            new("median ms", Figure.MedianLatency, "0.000"),
            new("p99 ms", Figure.Latency99, "0.00"),
            new("a round trip to Redis, median ms", Figure.RedisRoundTrip, "0.000"),
            new("on one server without Redis, median ms", Figure.LocalLatency, "0.000"),
            new("median ÷ (1.5 round trips + one server)", Figure.LatencyToRoundTrip, "0.00"),
            new("scripts per publish", Figure.ScriptsPerPublish, "0.00"),
        ];
        yield return new Table(Name, $"Redis: {Rate:0} entries/s published at one server, {options.RedisReaders} readers at another", columns)
        {
            Note = "Times are from the sending of the request to the delivery, of one reader in 16. The round trip is that of a PING on a bare socket, a hundred a second during the same time. Scripts are the calls of EVALSHA and EVAL that Redis counted; systems that use none have 0.",
        };
        yield return new Table(Awake, "Redis: the same while the cores are kept from sleeping", columns)
        {
            Note = "At a hundred entries a second cores sleep between two entries, and whoever is on the way of an entry wakes one. What is left without that is what is done on the way.",
        };
        yield return new Table(Apart, "Redis: a server that nobody reads at, while a room is published to at another", [new("CPU µs more per publish", Figure.IdleServerCpu, "0.0"), new("CPU µs of a quiet server in that time", Figure.QuietServerCpu, "0.0")])
        {
            Note = "The second server's own timers and heartbeats go on either way; what is shown first is what it used beyond as long a time without publishes.",
        };
    }

    // Published at one server and read at the other, beside the same on one server alone.
    private static Dictionary<string, double> Across(BenchSystem system, ServerSet set, int readers, BenchContext context)
    {
        double local;
        using (ServerProcess alone = new(system, context))
        {
            using Publishers alonePublishers = new(new PublishForm(system.RoomPath(Room)), alone.Port, 1);
            local = Median(Take(system, alone, alonePublishers, readers, context, static () => { }));
        }

        using Publishers publishers = new(new PublishForm(system.RoomPath(Room)), set.Servers[0].Port, 1);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(context.Cancel);
        Task<LongHistogram>? trips = null;
        long scripts = 0;
        LongHistogram times = Take(system, set.Servers[1], publishers, readers, context, () =>
        {
            scripts = Scripts(set.Redis);
            trips = set.Redis.RoundTrips(stop.Token);
        });
        scripts = Scripts(set.Redis) - scripts;
        stop.Cancel();
        LongHistogram roundTrips = trips!.GetAwaiter().GetResult();
        Dictionary<string, double> figures = new()
        {
            [Figure.LocalLatency] = local,
            [Figure.RedisRoundTrip] = Median(roundTrips),
            [Figure.ScriptsPerPublish] = scripts / (double)Entries(context.Options),
        };
        Latency.Add(figures, times);
        figures[Figure.LatencyToRoundTrip] = figures[Figure.MedianLatency] / ((1.5 * figures[Figure.RedisRoundTrip]) + local);
        return figures;
    }

    private static int Entries(BenchOptions options) => Math.Max(5, (int)(Rate * options.LatencyTime.TotalSeconds));

    private static double Median(LongHistogram times) => times.GetValueAtPercentile(50) / 1000.0;

    private static long Scripts(RedisServer redis) => redis.Calls("evalsha") + redis.Calls("eval");

    private static LongHistogram Take(BenchSystem system, ServerProcess server, Publishers publishers, int readers, BenchContext context, Action begins, string room = Room)
    {
        int warmUp = Math.Max(context.Options.WarmUp, (int)(Rate * context.Options.RedisWarmUp.TotalSeconds)), entries = Entries(context.Options);
        Timeline timeline = new(warmUp + entries);
        publishers.Timeline = timeline;
        using Audience audience = new(readers, _ => system.CreateRoomReader(room, new Ledger(1, warmUp + entries, system.Ordered)), server.Port, new ReaderSettings { Timeline = timeline }, context.Options.Threads);
        audience.WaitUntilReady(context.Cancel);
        server.WaitUntilQuiet(); // SignalR puts a reader into its room some time after it has welcomed it
        audience.Progress.Expect(warmUp * (long)readers);
        publishers.PublishAt(Rate, warmUp, context.Cancel);
        audience.Progress.WaitForExpected(context.Cancel);
        server.WaitUntilQuiet();
        begins();
        timeline.IsRunning = true;
        audience.Progress.Expect((warmUp + entries) * (long)readers);
        publishers.PublishAt(Rate, entries, context.Cancel);
        audience.Progress.WaitForExpected(context.Cancel);
        timeline.IsRunning = false;
        audience.Progress.ThrowIfFailed();
        return audience.Times();
    }
}
