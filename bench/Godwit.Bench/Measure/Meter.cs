using System.Diagnostics;
using Godwit.Bench.Load;
using Godwit.Bench.Systems;

namespace Godwit.Bench.Measure;

/// <summary>Reads what a stretch of deliveries cost, from its creation to <see cref="Stop"/>.</summary>
internal sealed class Meter(ServerProcess server, Progress progress)
{
    private readonly CpuReading _server = CpuReading.Of(server.Id);
    private readonly CpuReading _generator = CpuReading.Of(Environment.ProcessId);
    private readonly long _deliveries = progress.Deliveries;
    private readonly long _reads = progress.Reads;
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <param name="last">The time stamp of the last delivery.</param>
    public Dictionary<string, double> Stop(long last)
    {
        (double cpu, double user) = CpuReading.Of(server.Id).Since(_server);
        (double generator, _) = CpuReading.Of(Environment.ProcessId).Since(_generator);
        double deliveries = progress.Deliveries - _deliveries;
        return new Dictionary<string, double>
        {
            [Figure.Cpu] = cpu / deliveries,
            [Figure.UserCpu] = user / deliveries,
            [Figure.GeneratorCpu] = generator / deliveries,
            [Figure.Rate] = deliveries / Stopwatch.GetElapsedTime(_start, last).TotalSeconds,
            [Figure.PerRead] = deliveries / (progress.Reads - _reads),
            [Figure.Deliveries] = deliveries,
        };
    }
}
