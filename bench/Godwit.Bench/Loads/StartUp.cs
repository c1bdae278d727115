using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;
using Godwit.Server.Measuring;

namespace Godwit.Bench.Loads;

/// <summary>How long until a server serves, and what it holds while nobody has come.</summary>
internal sealed class StartUp() : BenchLoad("start")
{
    public override string Summary => "time until ready, and memory of an empty server";

    public override IEnumerable<Transport> TransportsOf(BenchSystem system) => [system.Transports[0]];

    public override IEnumerable<Part> Measure(BenchSystem system, Transport transport, BenchContext context)
    {
        using ServerProcess server = new(system, context, hasTls: false);
        server.WaitUntilQuiet();
        yield return new Part(Name, 0, new Dictionary<string, double>
        {
            [Figure.StartTime] = server.StartTime.TotalMilliseconds,
            [Figure.EmptyServer] = MemoryReading.Of(server.Processes).Resident / 1024.0,
        });
    }

    public override IEnumerable<Table> Tables(BenchOptions options)
    {
        yield return new Table(Name, "Start", [new("ms until ready", Figure.StartTime, "0"), new("RSS MiB", Figure.EmptyServer, "0.0")])
        {
            Note = "Ready is the first 200 of `/readyz`, for others the first connection that is taken. In clear text alone.",
        };
    }
}
