using Godwit.Bench.Load;
using Godwit.Bench.Measure;
using Godwit.Bench.Systems;

namespace Godwit.Bench;

/// <summary>Runs the rounds: in each, every load on every system, each time by a process of its own.</summary>
internal sealed class Run(BenchOptions options, Repository repository, CancellationToken cancel)
{
    private delegate IEnumerable<(string Load, int Connections, Dictionary<string, double> Figures)> Measurement(BenchSystem system, Transport transport, Repository repository, BenchOptions options, CancellationToken cancel);

    private readonly List<Sample> _samples = [];

    /// <summary>What has been measured so far.</summary>
    public IReadOnlyList<Sample> Samples => _samples;

    public void Build(IReadOnlyList<BenchSystem> systems)
    {
        foreach (BenchSystem system in systems)
        {
            cancel.ThrowIfCancellationRequested();
            Console.Error.WriteLine($"building {system.Name}");
            system.Build(repository);
        }
    }

    public void Rounds(IReadOnlyList<BenchSystem> systems)
    {
        foreach (string load in options.Loads)
        {
            for (int round = 1; round <= options.Rounds; round++)
            {
                (BenchSystem System, Transport Transport)[] cells = [.. systems.SelectMany(system => system.Transports.Where(options.Transports.Contains).Select(transport => (system, transport)))];
                for (int i = 0; i < cells.Length; i++)
                {
                    // Each round begins with another system, so that none always follows the same one.
                    (BenchSystem system, Transport transport) = cells[(i + round - 1) % cells.Length];
                    if (load != Burst.Name || transport == Transport.WebSocket)
                    {
                        Measure(load, system, transport, round);
                    }
                }
            }
        }
    }

    private void Measure(string load, BenchSystem system, Transport transport, int round)
    {
        cancel.ThrowIfCancellationRequested();
        Measurement measurement = load switch
        {
            FanOut.Name => FanOut.Measure,
            Burst.Name => Burst.Measure,
            _ => Idle.Measure,
        };
        int connections = load == Burst.Name ? options.BurstConnections : options.Connections;
        try
        {
            foreach ((string part, int readers, Dictionary<string, double> figures) in measurement(system, transport, repository, options, cancel))
            {
                _samples.Add(new Sample(part, system.Name, transport, round, readers, figures, Void: null));
                string first = figures.TryGetValue(Figure.Cpu, out double cpu)
                    ? $"{cpu:0.00} µs per delivery ({figures[Figure.UserCpu]:0.00} user), {figures[Figure.Rate]:#,0} deliveries/s, {figures[Figure.PerRead]:0.0} entries per receive, generator {figures[Figure.GeneratorCpu]:0.00} µs"
                    : $"{figures[Figure.Resident]:0.0} KiB RSS per connection, {figures[Figure.ResidentAfterTraffic]:0.0} after traffic, kernel {figures[Figure.KernelObjects]:0.0} + {figures[Figure.SocketBuffers]:0.0}";
                Console.Error.WriteLine($"round {round} {part} {system.Name} {transport}: {first}");
            }
        }
        catch (Exception fault) when (fault is BenchFault or IOException or System.ComponentModel.Win32Exception)
        {
            _samples.Add(new Sample(load, system.Name, transport, round, connections, new Dictionary<string, double>(), fault.Message));
            Console.Error.WriteLine($"round {round} {load} {system.Name} {transport}: VOID: {fault.Message}");
        }
    }
}
