using System.Diagnostics;
using Godwit.Bench.Generator;
using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;

namespace Godwit.Bench.Loads;

/// <summary>How fast connections are taken in, and what one costs.</summary>
internal sealed class ConnectRate() : BenchLoad("connect")
{
    public override string Summary => "connections taken in per second, and what one costs";

    public override int EveryRounds => 2;

    public override IEnumerable<Transport> TransportsOf(BenchSystem system) => system.Transports.Where(static one => one is Transport.WebSocket or Transport.SecureWebSocket);

    public override IEnumerable<Part> Measure(BenchSystem system, Transport transport, BenchContext context)
    {
        int connections = context.Options.Connections;
        using Stage stage = new(system, transport, context);
        stage.Seat(Math.Max(1, connections / 2), room: 1);
        stage.Audience!.Dispose();
        stage.Server.WaitUntilQuiet();

        Meter meter = new(stage.Server);
        using Audience audience = stage.Connect(connections, stage.Publishers.Published + 1, stage.Publishers.LastAnswer, room: 1, new ReaderSettings { Encrypts = transport == Transport.SecureWebSocket });
        audience.WaitUntilReady(context.Cancel);
        double seconds = meter.Until(Stopwatch.GetTimestamp());
        stage.Server.WaitUntilQuiet();
        audience.Progress.ThrowIfFailed();
        (double cpu, double user, double generator) = meter.Used();
        yield return new Part(Name, connections, new Dictionary<string, double>
        {
            [Figure.ClientRate] = connections / seconds,
            [Figure.CpuPerClient] = cpu / connections,
            [Figure.UserCpuPerClient] = user / connections,
            [Figure.GeneratorCpuPerClient] = generator / connections,
        });
    }

    public override IEnumerable<Table> Tables(BenchOptions options)
    {
        yield return new Table(Name, $"Connect rate: {options.Connections:N0} connections", [new("connections/s", Figure.ClientRate, "#,0"), new("CPU µs per connection", Figure.CpuPerClient, "0"), new("user part", Figure.UserCpuPerClient, "0"), new("generator CPU µs per connection", Figure.GeneratorCpuPerClient, "0")])
        {
            Note = "Until the server has said that the reader is in, where it says so. Before it, half as many have connected and gone. 100 in each thread of the load generator are connecting at a time.",
        };
    }
}
