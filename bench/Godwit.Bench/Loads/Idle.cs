using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;
using Godwit.Server.Measuring;

namespace Godwit.Bench.Loads;

/// <summary>Memory per connection that waits: the difference that connecting makes, divided by their number.</summary>
internal sealed class Idle() : BenchLoad("idle")
{
    private const int WarmUp = 50;
    private const int Traffic = 10;

    public override string Summary => "memory per connection that waits";

    public override int EveryRounds => 2;

    public override IEnumerable<Transport> TransportsOf(BenchSystem system) => system.Transports.Where(static one => one != Transport.SecureWebSocket);

    public override IEnumerable<Part> Measure(BenchSystem system, Transport transport, BenchContext context)
    {
        BenchOptions options = context.Options;
        int connections = transport == Transport.WebSocket ? options.IdleConnections : options.Connections;
        using Stage stage = new(system, transport, context);

        // What the first connections load and compile is no cost of a connection.
        stage.Seat(WarmUp, Traffic);
        stage.PublishPaced(Traffic);
        stage.Settle();
        stage.Audience!.Dispose();
        stage.Server.WaitUntilQuiet();
        MemoryReading before = MemoryReading.Of(stage.Server.Processes);

        stage.Seat(connections, Traffic);
        MemoryReading idle = ReadAfter(stage, options.Idle, context);
        stage.PublishPaced(Traffic);
        MemoryReading after = ReadAfter(stage, system is GuardedGodwitSystem ? options.HeartbeatIdle : options.IdleAfterTraffic, context);

        yield return new Part(Name, connections, new Dictionary<string, double>
        {
            [Figure.Resident] = (idle.Resident - before.Resident) / (double)connections,
            [Figure.ResidentAfterTraffic] = (after.Resident - before.Resident) / (double)connections,
            [Figure.KernelObjects] = (idle.KernelSlab - before.KernelSlab) / (double)connections,
            [Figure.SocketBuffers] = (idle.SocketBuffers - before.SocketBuffers) / (double)connections,
            [Figure.EmptyServer] = before.Resident / 1024.0,
        });
    }

    public override IEnumerable<Table> Tables(BenchOptions options)
    {
        yield return new Table(Name, $"Memory per idle connection, after {options.Idle.TotalSeconds:0} s", [new("RSS KiB", Figure.Resident, "0.0"), new("RSS KiB after 10 entries to each", Figure.ResidentAfterTraffic, "0.0"), new("kernel objects KiB, both ends", Figure.KernelObjects, "0.0"), new("socket buffers KiB, both ends", Figure.SocketBuffers, "0.0"), new("RSS MiB without connections", Figure.EmptyServer, "0.0")])
        {
            Note = $"\"guarded\" is Godwit with access configured, each reader with a token of its own; its figure after traffic is taken {options.HeartbeatIdle.TotalSeconds:0} s later, when each has had a heartbeat.",
            SizeName = "connections",
            Plots = [new Plot(Figure.Resident, "Memory per idle connection", "KiB RSS", "0.0")],
        };
    }

    private static MemoryReading ReadAfter(Stage stage, TimeSpan idle, BenchContext context)
    {
        stage.Settle();
        context.Pause(idle);
        stage.Settle();
        return MemoryReading.Of(stage.Server.Processes);
    }
}
