using Godwit.Bench.Measure;
using Godwit.Bench.Systems;

namespace Godwit.Bench.Load;

/// <summary>Several publishers at once: how many deliveries a second, from the first request to the last delivery.</summary>
internal static class Burst
{
    public const string Name = "burst";

    public static IEnumerable<(string Load, int Connections, Dictionary<string, double> Figures)> Measure(BenchSystem system, Transport transport, Repository repository, BenchOptions options, CancellationToken cancel)
    {
        using Stage stage = new(system, transport, repository, options.BurstPublishers, options.Threads, cancel);
        stage.Seat(options.BurstConnections, options.BurstEntries * 2);

        stage.Publish(options.BurstEntries / 2);
        stage.Settle();
        Meter meter = new(stage.Server, stage.Audience!.Progress);
        long last = stage.Publish(options.BurstEntries);
        stage.Settle();
        yield return (Name, options.BurstConnections, meter.Stop(last));
    }
}
