using Godwit.Bench.Generator;
using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;
using Godwit.Server.Measuring;
using HdrHistogram;

namespace Godwit.Bench.Loads;

/// <summary>Readers that stop reading in a busy room: what they hold, and whether the others feel it.</summary>
internal sealed class StalledReaders() : BenchLoad("slow")
{
    /// <summary>Octets of a stalled reader's receive buffer, so that what the kernel holds is the server's end.</summary>
    private const int ReceiveBuffer = 4096;

    public override string Summary => "stalled readers in a busy room";

    public override int EveryRounds => 2;

    public override IEnumerable<Transport> TransportsOf(BenchSystem system) => system.BearsStalledReaders ? system.Transports.Where(static one => one == Transport.WebSocket) : [];

    public override IEnumerable<Part> Measure(BenchSystem system, Transport transport, BenchContext context)
    {
        BenchOptions options = context.Options;
        int room = (Latency.Room(options) * 2) + options.StallEntries;
        Timeline timeline = new(room);
        using Stage stage = new(system, transport, context);
        stage.Seat(options.LatencyConnections, room, timeline);
        double rate = Latency.HalfLoad(stage, options.WarmUp);
        LongHistogram alone = Latency.Take(stage, timeline, rate, options.LatencyTime);
        MemoryReading before = MemoryReading.Of(stage.Server.Processes);
        double? heapBefore = Heap(system, stage.Server);

        using Audience stalled = stage.Connect(options.StalledReaders, stage.Publishers.Published + 1, stage.Publishers.LastAnswer, room, new ReaderSettings { StopsReading = true, ReceiveBuffer = ReceiveBuffer });
        stalled.WaitUntilReady(context.Cancel);
        double? heapConnected = Heap(system, stage.Server);
        stage.Publish(options.StallEntries);
        stage.Settle();
        LongHistogram beside = Latency.Take(stage, timeline, rate, options.LatencyTime);
        MemoryReading after = MemoryReading.Of(stage.Server.Processes);
        double? heapAfter = Heap(system, stage.Server);
        int connected = stalled.CountConnected();
        if (connected < options.StalledReaders)
        {
            throw new BenchFault($"{options.StalledReaders - connected:N0} of {options.StalledReaders:N0} stalled readers were closed before memory was read.");
        }

        Dictionary<string, double> figures = new()
        {
            [Figure.EntryRate] = rate,
            [Figure.Latency99Alone] = alone.GetValueAtPercentile(99) / 1000.0,
            [Figure.StalledResident] = (after.Resident - before.Resident) / 1024.0,
            [Figure.StalledKernel] = (after.SocketBuffers - before.SocketBuffers) / 1024.0,
        };
        Latency.Add(figures, beside);
        figures[Figure.LatencyRise] = figures[Figure.Latency99] / figures[Figure.Latency99Alone];
        if (heapAfter - heapConnected is { } heap && heapAfter - heapBefore is { } whole)
        {
            figures[Figure.StalledManaged] = heap;
            figures[Figure.StalledManagedWhole] = whole;
        }

        yield return new Part(Name, options.StalledReaders, figures);
    }

    public override IEnumerable<Table> Tables(BenchOptions options)
    {
        yield return new Table(Name, $"{options.StalledReaders:N0} stalled readers beside {options.LatencyConnections:N0} others", [new("p99 ms without them", Figure.Latency99Alone, "0.00"), new("p99 ms with them", Figure.Latency99, "0.00"), new("ratio", Figure.LatencyRise, "0.00"), new("managed MiB", Figure.StalledManaged, "0.00"), new("with their connections", Figure.StalledManagedWhole, "0.00"), new("RSS MiB", Figure.StalledResident, "0.0"), new("socket buffers MiB", Figure.StalledKernel, "0.0"), new("entries/s", Figure.EntryRate, "#,0")])
        {
            Note = $"They have received {options.StallEntries:N0} entries that they do not read before the second time is taken. Managed memory is what is live after a forced collection, of .NET servers that say: more than when the stalled readers had connected, the entries in the room's log included; and more than before they had. Socket buffers are those of the whole machine; the stalled readers' own are 4 KiB. Not measured: the floor, kestrel and SignalR, which wait for every reader before a publish is answered, and Socket.IO, whose engine is ws.",
        };
    }

    private static double? Heap(BenchSystem system, ServerProcess server)
    {
        if (!RuntimeCollection.Force(server.Processes[0]))
        {
            return null;
        }

        return system.ManagedHeap(server.Port) / (1024.0 * 1024);
    }
}
