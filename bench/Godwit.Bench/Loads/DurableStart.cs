using Godwit.Bench.Generator;
using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;
using Godwit.Server.Measuring;

namespace Godwit.Bench.Loads;

/// <summary>Servers with much on the disk: how long until they serve, and what idle rooms hold in memory.</summary>
/// <remarks>Each is compared with a server that has an empty directory, by turns or side by side; several times, since either varies by more than what is asked for.</remarks>
internal sealed class DurableStart() : BenchLoad("durable-start")
{
    /// <summary>Memory of idle rooms.</summary>
    public const string Memory = "durable-start-memory";

    private const int EntriesOfRoom = 100;
    private const int Times = 5;
    private const string Empty = "empty";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    public override string Summary => "time until ready with many entries on disk, and memory of idle rooms there, of Godwit alone";

    public override int EveryRounds => 3;

    public override IEnumerable<Transport> TransportsOf(BenchSystem system) => system is GodwitSystem ? system.Transports.Where(static one => one == Transport.WebSocket) : [];

    public override IEnumerable<Part> Measure(BenchSystem system, Transport transport, BenchContext context)
    {
        BenchOptions options = context.Options;
        int times = options.IsTiny ? 1 : Times;
        using DataFolder folder = new(options.DataFolder);
        Prepare("entries", options.StoredRooms, EntriesOfRoom);
        Prepare(Empty, 0, 0);
        List<double> starts = [], empties = [];
        for (int i = 0; i < times; i++)
        {
            starts.Add(Start("entries"));
            empties.Add(Start(Empty));
        }

        yield return new Part(Name, options.StoredRooms, new Dictionary<string, double> { [Figure.StartTime] = Median(starts), [Figure.StartTimeEmpty] = Median(empties) });

        Prepare("rooms", options.StoredIdleRooms, 1);
        List<double> residents = [], rises = [];
        for (int i = 0; i < times; i++)
        {
            using ServerProcess with = new(system, context, folder.Settings("rooms"), hasTls: false);
            using ServerProcess without = new(system, context, folder.Settings(Empty), hasTls: false);
            context.Pause(options.Idle);
            with.WaitUntilQuiet();
            without.WaitUntilQuiet();
            double resident = MemoryReading.Of(without.Processes).Resident / 1024.0;
            residents.Add(resident);
            rises.Add((MemoryReading.Of(with.Processes).Resident / 1024.0) - resident);
        }

        yield return new Part(Memory, options.StoredIdleRooms, new Dictionary<string, double> { [Figure.ResidentEmpty] = Median(residents), [Figure.ResidentRise] = Median(rises) });

        // After an import the first server looks at every room once; what is measured is what a server has left.
        void Prepare(string directory, int rooms, int entries)
        {
            StoreExport.Import((GodwitSystem)system, context.Repository, folder, directory, rooms, entries);
            using ServerProcess first = new(system, context, folder.Settings(directory), hasTls: false);
            WaitUntilLookedAt(first, context);
        }

        double Start(string directory)
        {
            folder.ForgetCached(directory);
            using ServerProcess server = new(system, context, folder.Settings(directory), hasTls: false);
            return server.StartTime.TotalMilliseconds;
        }
    }

    public override IEnumerable<Table> Tables(BenchOptions options)
    {
        yield return new Table(Name, $"Start with {(long)options.StoredRooms * EntriesOfRoom:N0} entries in {options.StoredRooms:N0} rooms on disk, {DataFolder.FileSystem(options.DataFolder)}", [new("ms until ready", Figure.StartTime, "0"), new("with an empty directory", Figure.StartTimeEmpty, "0")])
        {
            Note = $"Ready is the first 200 of `/readyz`. A round is the median of {Times} starts, with the directory's files dropped from the system's cache before each.",
        };
        yield return new Table(Memory, $"Memory of {options.StoredIdleRooms:N0} idle rooms on disk", [new("RSS MiB with an empty directory", Figure.ResidentEmpty, "0.0"), new("MiB more with the rooms", Figure.ResidentRise, "0.00")])
        {
            Note = $"One entry in each. A round is the median of {Times} pairs of servers, one with the rooms and one without, started and read at the same time, {options.Idle.TotalSeconds:0} s later.",
        };
    }

    private static void WaitUntilLookedAt(ServerProcess server, BenchContext context)
    {
        TimeSpan glance = context.Options.IsTiny ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromSeconds(1);
        TimeSpan before = server.ProcessorTime;
        for (TimeSpan waited = TimeSpan.Zero; waited < s_patience; waited += glance)
        {
            context.Pause(glance);
            TimeSpan now = server.ProcessorTime;
            if (now - before < glance / 50)
            {
                return;
            }

            before = now;
        }

        throw new BenchFault($"After an import the server was still busy after {s_patience.TotalMinutes:0} min.");
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
