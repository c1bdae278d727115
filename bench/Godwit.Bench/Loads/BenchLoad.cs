using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;

namespace Godwit.Bench.Loads;

/// <summary>What is done to every system, what is read from it, and how the report shows it.</summary>
internal abstract class BenchLoad(string name)
{
    /// <summary>What the command line calls it.</summary>
    public string Name { get; } = name;

    /// <summary>What it measures, in a line.</summary>
    public abstract string Summary { get; }

    /// <summary>It is measured in the first round and in every so-manyth after it: what varies little needs fewer.</summary>
    public virtual int EveryRounds => 1;

    /// <summary>The transports that a system is measured on; none when it is not measured.</summary>
    public abstract IEnumerable<Transport> TransportsOf(BenchSystem system);

    /// <summary>Starts the system and measures it. Every part is a row of the report in the end.</summary>
    public abstract IEnumerable<Part> Measure(BenchSystem system, Transport transport, BenchContext context);

    /// <summary>The tables that show it.</summary>
    public abstract IEnumerable<Table> Tables(BenchOptions options);
}
