using Godwit.Bench.Generator;
using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;
using Godwit.Server.Measuring;

namespace Godwit.Bench.Loads;

/// <summary>Rooms that are known and idle: what each holds, and whether a publish costs more among many.</summary>
internal sealed class ManyRooms() : BenchLoad("rooms")
{
    private const int Batch = 200;
    private static readonly int[] s_sizes = [1, 1_000, 10_000, 100_000, 1_000_000];

    // Entries age out at once, so that what is left is the room itself; more may stay for up to 10 s.
    private static readonly Dictionary<string, string> s_retention = new() { ["GODWIT_retention__age"] = "1s", ["GODWIT_recordAge"] = "1d" };

    public override string Summary => "known idle rooms: bytes each, and the cost of a publish among them";

    public override int EveryRounds => 3;

    public override IEnumerable<Transport> TransportsOf(BenchSystem system) => system.Batching is null ? [] : system.Transports.Where(static one => one == Transport.WebSocket);

    public override IEnumerable<Part> Measure(BenchSystem system, Transport transport, BenchContext context)
    {
        BenchOptions options = context.Options;
        using Stage stage = new(system, transport, context, environment: s_retention);
        using Publishers rooms = new(new PublishBatch("/rt/publish", Batch, RoomName), stage.Server.Port, 1);
        stage.Seat(1, (options.RoomPublishes * 2 * s_sizes.Length) + options.RoomPublishes);
        stage.PublishPaced(options.RoomPublishes);
        long heapBefore = 0;
        long residentBefore = 0;
        double costBefore = 0;
        foreach (int size in s_sizes.TakeWhile(size => size <= options.Rooms))
        {
            if (size > 1)
            {
                rooms.Publish(size - (int)rooms.Published, context.Cancel);
                context.Pause(context.Options.AgeOut);
            }

            // A forced collection leaves what is live; without one, garbage of the publishes would count.
            bool isForced = RuntimeCollection.Force(stage.Server.Processes[0]);
            long heap = isForced ? system.ManagedHeap(stage.Server.Port) ?? 0 : 0;
            long resident = MemoryReading.Of(stage.Server.Processes).Resident * 1024;
            stage.Settle();
            Meter meter = new(stage.Server, stage.Audience!.Progress);
            stage.PublishPaced(options.RoomPublishes);
            stage.Settle();
            double cost = meter.Used().Server / options.RoomPublishes;
            Dictionary<string, double> figures = new() { [Figure.PublishCpu] = cost };
            if (size == 1)
            {
                (heapBefore, residentBefore, costBefore) = (heap, resident, cost);
            }
            else
            {
                figures[Figure.PublishCpuRatio] = cost / costBefore;
                figures[Figure.ResidentPerRoom] = (resident - residentBefore) / (double)size;
                if (heap > 0)
                {
                    figures[Figure.BytesPerRoom] = (heap - heapBefore) / (double)size;
                }
            }

            yield return new Part(Name, size, figures);
        }
    }

    public override IEnumerable<Table> Tables(BenchOptions options)
    {
        yield return new Table(Name, $"Known idle rooms with names of 20 letters; {options.RoomPublishes:N0} publishes to another room, each delivered to one reader", [new("live bytes per room", Figure.BytesPerRoom, "0"), new("RSS bytes per room", Figure.ResidentPerRoom, "0"), new("CPU µs per publish", Figure.PublishCpu, "0.0"), new("× one room", Figure.PublishCpuRatio, "0.00")])
        {
            Note = "Each room had one entry, which has aged out. Live bytes are the managed heap's growth after a forced collection; RSS contains what the collector has not given back. A native program takes no order to collect.",
            SizeName = "rooms",
            Plots = [new Plot(Figure.PublishCpu, "A publish among idle rooms", "CPU µs", "0")],
        };
    }

    private static string RoomName(long number) => $"idle-room-{number:0000000000}";
}
