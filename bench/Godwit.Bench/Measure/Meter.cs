using System.Diagnostics;
using Godwit.Bench.Generator;
using Godwit.Bench.Systems;
using Godwit.Server.Measuring;

namespace Godwit.Bench.Measure;

/// <summary>Reads what a stretch of deliveries cost, from its creation to <see cref="Stop"/>.</summary>
internal sealed class Meter(ServerProcess server, Progress? progress = null)
{
    private readonly CpuReading _server = CpuReading.Of(server.Processes);
    private readonly CpuReading _generator = CpuReading.Of(Environment.ProcessId);
    private readonly long _deliveries = progress?.Deliveries ?? 0;
    private readonly long _reads = progress?.Reads ?? 0;
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>Deliveries before it.</summary>
    public long Deliveries => _deliveries;

    /// <summary>Microseconds of CPU time used so far: of the server, of which in user space, and of the load generator.</summary>
    public (double Server, double User, double Generator) Used()
    {
        (double cpu, double user) = CpuReading.Of(server.Processes).Since(_server);
        return (cpu, user, CpuReading.Of(Environment.ProcessId).Since(_generator).Total);
    }

    /// <summary>Seconds from the start to a time stamp.</summary>
    public double Until(long timeStamp) => Stopwatch.GetElapsedTime(_start, timeStamp).TotalSeconds;

    /// <summary>What each delivery cost.</summary>
    /// <param name="last">The time stamp of the last delivery.</param>
    public Dictionary<string, double> Stop(long last)
    {
        (double cpu, double user, double generator) = Used();
        double deliveries = progress!.Deliveries - _deliveries;
        return new Dictionary<string, double>
        {
            [Figure.Cpu] = cpu / deliveries,
            [Figure.UserCpu] = user / deliveries,
            [Figure.GeneratorCpu] = generator / deliveries,
            [Figure.Rate] = deliveries / Until(last),
            [Figure.PerRead] = deliveries / (progress.Reads - _reads),
            [Figure.Deliveries] = deliveries,
        };
    }
}
