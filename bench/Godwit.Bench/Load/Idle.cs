using Godwit.Bench.Measure;
using Godwit.Bench.Systems;

namespace Godwit.Bench.Load;

/// <summary>Memory per connection that waits: the difference that connecting makes, divided by their number.</summary>
internal static class Idle
{
    public const string Name = "idle";
    private const int WarmUp = 50;
    private const int Traffic = 10;

    public static IEnumerable<(string Load, int Connections, Dictionary<string, double> Figures)> Measure(BenchSystem system, Transport transport, Repository repository, BenchOptions options, CancellationToken cancel)
    {
        using Stage stage = new(system, transport, repository, publishers: 1, options.Threads, cancel);

        // What the first connections load and compile is no cost of a connection.
        stage.Seat(WarmUp, Traffic);
        stage.PublishPaced(Traffic);
        stage.Settle();
        stage.Audience!.Dispose();
        stage.Server.WaitUntilQuiet(cancel);
        MemoryReading before = MemoryReading.Of(stage.Server.Id);

        stage.Seat(options.Connections, Traffic);
        MemoryReading idle = ReadAfterIdling(stage, options.Idle, cancel);
        stage.PublishPaced(Traffic);
        MemoryReading after = ReadAfterIdling(stage, options.Idle, cancel);

        double connections = options.Connections;
        yield return (Name, options.Connections, new Dictionary<string, double>
        {
            [Figure.Resident] = (idle.Resident - before.Resident) / connections,
            [Figure.ResidentAfterTraffic] = (after.Resident - before.Resident) / connections,
            [Figure.KernelObjects] = (idle.KernelSlab - before.KernelSlab) / connections,
            [Figure.SocketBuffers] = (idle.SocketBuffers - before.SocketBuffers) / connections,
            [Figure.EmptyServer] = before.Resident / 1024.0,
        });
    }

    private static MemoryReading ReadAfterIdling(Stage stage, TimeSpan idle, CancellationToken cancel)
    {
        stage.Settle();
        cancel.WaitHandle.WaitOne(idle);
        cancel.ThrowIfCancellationRequested();
        stage.Settle();
        return MemoryReading.Of(stage.Server.Id);
    }
}
