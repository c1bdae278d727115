using Godwit.Bench.Generator;
using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;

namespace Godwit.Bench.Loads;

/// <summary>Publishes that are on the disk when they are answered, where syncing is what limits, and not what stands before it.</summary>
/// <remarks>
/// A virtual disk that syncs in a fifth of a millisecond is faster than two cores that serve and publish over HTTP; many disks in use are not. Whether
/// the writer makes of a sync what can be made of it shows only where it waits for one.
/// </remarks>
internal sealed class DurableSlowDisk() : BenchLoad("durable-slow")
{
    private static readonly SlowDisk s_disk = new(TimeSpan.FromMilliseconds(4));

    public override string Summary => $"the same on a disk whose syncs take {s_disk.Least.TotalMilliseconds:0} ms, of Godwit alone";

    public override IEnumerable<Transport> TransportsOf(BenchSystem system) => system is GodwitSystem ? system.Transports.Where(static one => one == Transport.WebSocket) : [];

    public override IEnumerable<Part> Measure(BenchSystem system, Transport transport, BenchContext context)
    {
        using DataFolder folder = new(context.Options.DataFolder);
        Dictionary<string, string> settings = new(folder.Settings("data").Concat(s_disk.Settings(context.Repository)));
        using ServerProcess server = new(system, context, settings);
        using Publishers publishers = new(new PublishForm(Durable.OtherRoom), server.Port, Durable.Count);
        yield return new Part(Name, Durable.Count, Durable.PublishToDisk(server, publishers, new SyncFloor(folder.File("synced"), Durable.Count, s_disk), context));
    }

    public override IEnumerable<Table> Tables(BenchOptions options)
    {
        yield return new Table(Name, $"Durable, on a slower disk: {options.DurableEntries:N0} entries by {Durable.Count} publishers, one POST each, where no sync takes less than {s_disk.Least.TotalMilliseconds:0} ms", Durable.Columns)
        {
            Note = "The disk is the same. Its syncs are made to take longer, for the server by a layer that is loaded into it ([slowsync.c](../bench/floor/slowsync.c)) and for what syncing alone allows by waiting as long.",
        };
    }
}
