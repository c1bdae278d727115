using System.Diagnostics;
using Godwit.Bench.Generator;
using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;
using HdrHistogram;

namespace Godwit.Bench.Loads;

/// <summary>Publishes that are on the disk when they are answered, beside what syncing alone allows on that disk, and readers of the tail beside them.</summary>
internal sealed class Durable() : BenchLoad("durable")
{
    /// <summary>The same publishes, to a server with its logs in memory.</summary>
    public const string InMemory = "durable-memory";

    /// <summary>Readers of the tail, with nothing else going on.</summary>
    public const string TailAlone = "durable-tail-alone";

    /// <summary>The same beside the publishers.</summary>
    public const string TailBeside = "durable-tail-beside";

    /// <summary>Publishers, each the next when the answer is in.</summary>
    public const int Count = 64;

    /// <summary>The room that they publish to.</summary>
    public const string OtherRoom = "/rt/rooms/bench:durable";

    private const double TailRate = 20;

    /// <summary>What is shown of publishes to a disk.</summary>
    public static IReadOnlyList<Column> Columns { get; } =
    [
        new("entries/s", Figure.EntryRate, "#,0"),
        new($"batches of {Count} synced alone, entries/s", Figure.BatchedSyncs, "#,0"),
        new("×", Figure.BatchedShare, "0.00"),
        new("median ms", Figure.AnswerMedian, "0.00"),
        new("p99 ms", Figure.Answer99, "0.00"),
        new("one sync alone, median ms", Figure.OneSync, "0.000"),
        new("p99 in syncs", Figure.AnswerSyncs, "0.0"),
        new("CPU µs per entry", Figure.PublishCpu, "0.0"),
        new("generator CPU µs per entry", Figure.GeneratorPublishCpu, "0.0"),
    ];

    public override string Summary => "publishes that survive the loss of power, beside what syncing alone allows, of Godwit alone";

    public override IEnumerable<Transport> TransportsOf(BenchSystem system) => system is GodwitSystem ? system.Transports.Where(static one => one == Transport.WebSocket) : [];

    public override IEnumerable<Part> Measure(BenchSystem system, Transport transport, BenchContext context)
    {
        BenchOptions options = context.Options;
        Dictionary<string, double> memory = PublishToMemory(system, context);
        yield return new Part(InMemory, Count, memory);
        using DataFolder folder = new(options.DataFolder);
        Timeline timeline = new(options.DurableEntries);
        using Stage stage = new(system, transport, context, environment: folder.Settings("data"));
        using Publishers publishers = new(new PublishForm(OtherRoom), stage.Server.Port, Count);
        yield return new Part(Name, Count, PublishToDisk(stage.Server, publishers, new SyncFloor(folder.File("synced"), Count), context, memory));
        stage.Seat(options.DurableReaders, options.DurableEntries, timeline);
        yield return new Part(TailAlone, options.DurableReaders, Read(stage, timeline, options));
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(context.Cancel);
        Task load = Task.Run(() => publishers.Publish(int.MaxValue, stop.Token), CancellationToken.None);
        Dictionary<string, double> beside;
        try
        {
            beside = Read(stage, timeline, options);
        }
        finally
        {
            stop.Cancel();
            ((IAsyncResult)load).AsyncWaitHandle.WaitOne();
        }

        if (load.Exception?.InnerException is BenchFault fault)
        {
            throw fault;
        }

        yield return new Part(TailBeside, options.DurableReaders, beside);
    }

    public override IEnumerable<Table> Tables(BenchOptions options)
    {
        yield return new Table(Name, $"Durable: {options.DurableEntries:N0} entries by {Count} publishers, one POST each, {DataFolder.FileSystem(options.DataFolder)}", [.. Columns, new("× in memory", Figure.MemoryShare, "0.00"), new("× the lesser of both", Figure.LimitShare, "0.00"), new("p99 ÷ the greater of 10 syncs and p99 in memory", Figure.AnswerLimitShare, "0.00")])
        {
            Note = $"Times are from a request to its answer, which says that the entry is on the disk. Beside it, in the same round and folder: {PublishForm.DataLength} octets, or {Count} times as many, appended to a file with `fdatasync` after each, half of it before and half after.",
        };
        yield return new Table(InMemory, "Durable: the same with logs in memory", [new("entries/s", Figure.EntryRate, "#,0"), new("median ms", Figure.AnswerMedian, "0.00"), new("p99 ms", Figure.Answer99, "0.00"), new("CPU µs per entry", Figure.PublishCpu, "0.0"), new("generator CPU µs per entry", Figure.GeneratorPublishCpu, "0.0")])
        {
            Note = "What HTTP, the processors and the load generator allow where nothing is synced. Where that is less than the disk alone allows, the disk is not what limits.",
        };
        IReadOnlyList<Column> columns = [new("answer median ms", Figure.AnswerMedian, "0.00"), new("answer p99 ms", Figure.Answer99, "0.00"), new("delivery median ms", Figure.MedianLatency, "0.00"), new("delivery p99 ms", Figure.Latency99, "0.00"), new("delivery p99 ÷ answer p99", Figure.DeliveryToAnswer, "0.00")];
        yield return new Table(TailAlone, $"Durable, readers of the tail: {options.DurableReaders} readers, {TailRate:0} entries/s, nothing else", columns);
        yield return new Table(TailBeside, $"Durable, readers of the tail: the same beside {Count} publishers to another room", columns)
        {
            Note = "Readers are given an entry when it is on the disk, so it cannot come before its sync, nor before the one that is under way. A read of the tail waits for nothing else when its delivery comes with the answer.",
        };
    }

    // The same publishers and the same program, with logs in memory: what is left of the time when nothing is synced.
    private static Dictionary<string, double> PublishToMemory(BenchSystem system, BenchContext context)
    {
        using ServerProcess server = new(system, context);
        using Publishers publishers = new(new PublishForm(OtherRoom), server.Port, Count);
        publishers.Publish(context.Options.DurableEntries / 2, context.Cancel);
        server.WaitUntilQuiet();
        return Publish(server, publishers, context);
    }

    /// <summary>Publishes to a server with a data directory, and what syncing alone allows before and after.</summary>
    /// <param name="server">The server.</param>
    /// <param name="publishers">Its publishers.</param>
    /// <param name="floor">What syncs alone, on the same disk.</param>
    /// <param name="context">What runs.</param>
    /// <param name="memory">The same with logs in memory; null where that is not measured.</param>
    public static Dictionary<string, double> PublishToDisk(ServerProcess server, Publishers publishers, SyncFloor floor, BenchContext context, Dictionary<string, double>? memory = null)
    {
        BenchOptions options = context.Options;
        publishers.Publish(options.DurableEntries / 2, context.Cancel);
        server.WaitUntilQuiet();
        floor.Run(options.DurableSyncs / 2, context.Cancel);
        Dictionary<string, double> figures = Publish(server, publishers, context);
        floor.Run(options.DurableSyncs / 2, context.Cancel);
        figures[Figure.BatchedSyncs] = floor.BatchedRate;
        figures[Figure.BatchedShare] = figures[Figure.EntryRate] / floor.BatchedRate;
        figures[Figure.OneSync] = floor.OneSync;
        figures[Figure.AnswerSyncs] = figures[Figure.Answer99] / floor.OneSync;
        if (memory is not null)
        {
            // Where the machine gets through less than the disk would take, the disk is not what limits.
            figures[Figure.MemoryShare] = figures[Figure.EntryRate] / memory[Figure.EntryRate];
            figures[Figure.LimitShare] = figures[Figure.EntryRate] / Math.Min(floor.BatchedRate, memory[Figure.EntryRate]);
            figures[Figure.AnswerLimitShare] = figures[Figure.Answer99] / Math.Max(10 * floor.OneSync, memory[Figure.Answer99]);
        }

        return figures;
    }

    private static Dictionary<string, double> Publish(ServerProcess server, Publishers publishers, BenchContext context)
    {
        int entries = context.Options.DurableEntries;
        publishers.Answers = NewTimes();
        Meter meter = new(server);
        publishers.Publish(entries, context.Cancel);
        double seconds = meter.Until(Stopwatch.GetTimestamp());
        (double cpu, _, double generator) = meter.Used();
        Dictionary<string, double> figures = new()
        {
            [Figure.EntryRate] = entries / seconds,
            [Figure.PublishCpu] = cpu / entries,
            [Figure.GeneratorPublishCpu] = generator / entries,
        };
        AddAnswers(figures, publishers.Answers);
        publishers.Answers = null;
        return figures;
    }

    private static Dictionary<string, double> Read(Stage stage, Timeline timeline, BenchOptions options)
    {
        stage.Publishers.Answers = NewTimes();
        LongHistogram times = Latency.Take(stage, timeline, TailRate, options.LatencyTime);
        Dictionary<string, double> figures = [];
        Latency.Add(figures, times);
        AddAnswers(figures, stage.Publishers.Answers);
        figures[Figure.DeliveryToAnswer] = figures[Figure.Latency99] / figures[Figure.Answer99];
        return figures;
    }

    private static LongHistogram NewTimes() => new(60_000_000, numberOfSignificantValueDigits: 3);

    private static void AddAnswers(Dictionary<string, double> figures, LongHistogram answers)
    {
        figures[Figure.AnswerMedian] = answers.GetValueAtPercentile(50) / 1000.0;
        figures[Figure.Answer99] = answers.GetValueAtPercentile(99) / 1000.0;
    }
}
