using Godwit.Bench.Measure;
using Godwit.Bench.Systems;

namespace Godwit.Bench.Load;

/// <summary>One publisher, many readers: what one delivery costs the server.</summary>
/// <remarks>
/// Measured in two forms. <c>fanout</c>: the next POST when the answer is in, so that a server which answers before it has
/// delivered may send several entries at once. <c>fanout-paced</c>: the next POST when every reader has the entry, so that
/// every system makes one send per reader and entry.
/// </remarks>
internal static class FanOut
{
    public const string Name = "fanout";
    public const string PacedName = "fanout-paced";

    public static IEnumerable<(string Load, int Connections, Dictionary<string, double> Figures)> Measure(BenchSystem system, Transport transport, Repository repository, BenchOptions options, CancellationToken cancel)
    {
        using Stage stage = new(system, transport, repository, publishers: 1, options.Threads, cancel);
        stage.Seat(options.Connections, (options.Entries * 2) + (options.WarmUp * 2));

        stage.PublishPaced(options.WarmUp);
        stage.Settle();
        yield return (PacedName, options.Connections, Measure(stage, () => stage.PublishPaced(options.Entries)));

        stage.Publish(options.WarmUp);
        stage.Settle();
        yield return (Name, options.Connections, Measure(stage, () => stage.Publish(options.Entries)));
    }

    private static Dictionary<string, double> Measure(Stage stage, Func<long> publish)
    {
        Meter meter = new(stage.Server, stage.Audience!.Progress);
        long last = publish();
        stage.Settle();
        return meter.Stop(last);
    }
}
