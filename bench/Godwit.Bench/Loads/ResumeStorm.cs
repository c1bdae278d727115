using System.Diagnostics;
using Godwit.Bench.Generator;
using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;

namespace Godwit.Bench.Loads;

/// <summary>Clients that lose their connections at once, and come back with their positions for what they have missed.</summary>
internal sealed class ResumeStorm() : BenchLoad("resume")
{
    /// <summary>Readers that stay, so that the room stays live and its recent entries at hand.</summary>
    private const int Keepers = 10;

    public override string Summary => "clients reconnect and catch up from the tail";

    public override int EveryRounds => 2;

    public override IEnumerable<Transport> TransportsOf(BenchSystem system) => system.Resumes ? system.Transports.Where(static one => one is Transport.WebSocket or Transport.EventStream) : [];

    public override IEnumerable<Part> Measure(BenchSystem system, Transport transport, BenchContext context)
    {
        BenchOptions options = context.Options;
        using Stage stage = new(system, transport, context);
        stage.Seat(Keepers, options.MissedEntries + options.WarmUp);
        stage.PublishPaced(options.WarmUp);
        stage.Settle();

        long first = stage.Publishers.Published + 1;
        string after = stage.Publishers.LastAnswer;
        ReaderSettings settings = new();
        using (Audience before = stage.Connect(options.ResumingClients, first, after, options.MissedEntries, settings))
        {
            before.WaitUntilReady(context.Cancel);
        }

        stage.Server.WaitUntilQuiet();
        stage.Publish(options.MissedEntries);
        stage.Settle();

        Meter meter = new(stage.Server);
        using Audience storm = stage.Connect(options.ResumingClients, first, after, options.MissedEntries, settings);
        storm.Progress.Expect(options.ResumingClients * (long)options.MissedEntries);
        long last = storm.Progress.WaitForExpected(context.Cancel);
        stage.Settle();
        storm.Progress.ThrowIfFailed();
        (double cpu, double user, double generator) = meter.Used();
        double clients = options.ResumingClients;
        yield return new Part(Name, options.ResumingClients, new Dictionary<string, double>
        {
            [Figure.CpuPerClient] = cpu / clients,
            [Figure.UserCpuPerClient] = user / clients,
            [Figure.Seconds] = meter.Until(last),
            [Figure.GeneratorCpuPerClient] = generator / clients,
        });
    }

    public override IEnumerable<Table> Tables(BenchOptions options)
    {
        yield return new Table(Name, $"Resume storm: {options.ResumingClients:N0} clients reconnect and catch up {options.MissedEntries} entries each", [new("CPU µs per client", Figure.CpuPerClient, "0"), new("user part", Figure.UserCpuPerClient, "0"), new("seconds until all had all", Figure.Seconds, "0.00"), new("generator CPU µs per client", Figure.GeneratorCpuPerClient, "0")])
        {
            Note = "Connecting and the HTTP request are part of it. 100 of them in each thread of the load generator are connecting at a time.",
        };
    }
}
