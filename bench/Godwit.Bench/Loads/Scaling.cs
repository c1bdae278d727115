using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;
using Godwit.Server.Measuring;

namespace Godwit.Bench.Loads;

/// <summary>How memory per connection and CPU per delivery change with the number of connections.</summary>
internal sealed class Scaling() : BenchLoad("scaling")
{
    private const int WarmUp = 10;
    private const int Entries = 30;
    private static readonly string[] s_left = ["floor", "godwit-aot", "ws", "kestrel", "socketio"];

    public override string Summary => "memory and CPU by the number of connections";

    public override int EveryRounds => 3;

    public override IEnumerable<Transport> TransportsOf(BenchSystem system) => s_left.Contains(system.Name) ? [] : system.Transports.Where(static one => one == Transport.WebSocket);

    public override IEnumerable<Part> Measure(BenchSystem system, Transport transport, BenchContext context)
    {
        foreach (int connections in context.Options.Scale)
        {
            using Stage stage = new(system, transport, context);
            stage.Seat(50, WarmUp);
            stage.PublishPaced(WarmUp);
            stage.Settle();
            stage.Audience!.Dispose();
            stage.Server.WaitUntilQuiet();
            MemoryReading before = MemoryReading.Of(stage.Server.Processes);
            stage.Seat(connections, WarmUp + Entries);
            context.Pause(context.Options.Idle);
            MemoryReading idle = MemoryReading.Of(stage.Server.Processes);
            stage.PublishPaced(WarmUp);
            stage.Settle();
            Meter meter = new(stage.Server, stage.Audience!.Progress);
            long last = stage.PublishPaced(Entries);
            stage.Settle();
            Dictionary<string, double> figures = meter.Stop(last);
            figures[Figure.Resident] = (idle.Resident - before.Resident) / (double)connections;
            yield return new Part(Name, connections, figures);
        }
    }

    public override IEnumerable<Table> Tables(BenchOptions options)
    {
        yield return new Table(Name, $"By the number of connections: idle memory, and {Entries} paced entries", [new("RSS KiB per idle connection", Figure.Resident, "0.0"), new("CPU µs per delivery", Figure.Cpu, "0.00"), new("user part", Figure.UserCpu, "0.00"), new("deliveries/s", Figure.Rate, "#,0")])
        {
            SizeName = "connections",
            Plots = [new Plot(Figure.Resident, "Memory per idle connection, by their number", "KiB RSS", "0"), new Plot(Figure.Cpu, "Server CPU per delivery, by the number of readers", "µs", "0")],
        };
    }
}
