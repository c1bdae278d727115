using System.ComponentModel;
using System.Diagnostics;
using Godwit.Bench.Loads;
using Godwit.Bench.Measure;
using Godwit.Bench.Systems;

namespace Godwit.Bench;

/// <summary>Runs the rounds: in each, every load on every system, each time by a process of its own.</summary>
internal sealed class Run(IReadOnlyList<BenchLoad> loads, IReadOnlyList<BenchSystem> systems, IReadOnlyList<Transport> transports, BenchContext context)
{
    private readonly List<Sample> _samples = [];

    /// <summary>What has been measured so far.</summary>
    public IReadOnlyList<Sample> Samples => _samples;

    public void Build()
    {
        foreach (BenchSystem system in systems)
        {
            context.Cancel.ThrowIfCancellationRequested();
            Console.Error.WriteLine($"building {system.Name}");
            system.Build(context.Repository);
        }
    }

    public void Rounds()
    {
        for (int round = 1; round <= context.Options.Rounds; round++)
        {
            foreach (BenchLoad load in loads.Where(load => (round - 1) % load.EveryRounds == 0))
            {
                (BenchSystem System, Transport Transport)[] cells = [.. Cells(load)];
                for (int i = 0; i < cells.Length; i++)
                {
                    // Each round begins with another system, so that none always follows the same one.
                    (BenchSystem system, Transport transport) = cells[(i + round - 1) % cells.Length];
                    Measure(load, system, transport, round);
                }
            }
        }
    }

    private IEnumerable<(BenchSystem System, Transport Transport)> Cells(BenchLoad load) => systems
        .Where(system => system.Loads?.Contains(load.Name) ?? true)
        .SelectMany(system => load.TransportsOf(system).Where(transports.Contains).Select(transport => (system, transport)));

    private void Measure(BenchLoad load, BenchSystem system, Transport transport, int round)
    {
        context.Cancel.ThrowIfCancellationRequested();
        long start = Stopwatch.GetTimestamp();
        try
        {
            foreach (Part part in load.Measure(system, transport, context))
            {
                _samples.Add(new Sample(part.Name, system.Name, transport, round, part.Size, part.Figures, Void: null));
                Console.Error.WriteLine($"round {round} {part.Name} {system.Name} {transport} {part.Size}: {string.Join(", ", part.Figures.Select(static figure => $"{figure.Key} {figure.Value:#,0.##}"))}");
            }
        }
        catch (Exception fault) when (fault is BenchFault or IOException or Win32Exception or HttpRequestException or System.Net.Sockets.SocketException)
        {
            _samples.Add(new Sample(load.Name, system.Name, transport, round, 0, new Dictionary<string, double>(), fault.Message));
            Console.Error.WriteLine($"round {round} {load.Name} {system.Name} {transport}: VOID: {fault.Message}");
        }

        Console.Error.WriteLine($"  {load.Name} {system.Name} took {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");
    }
}
