using Godwit.Bench.Generator;

namespace Godwit.Bench.Systems;

/// <summary>The disk that is there, but no sync takes less than so long: for a server by a layer in C, for the bench itself by waiting.</summary>
/// <param name="Least">What a sync takes at least.</param>
internal sealed record SlowDisk(TimeSpan Least)
{
    private const string Layer = "slowsync.so";

    private long Nanoseconds => (long)(Least.TotalMilliseconds * 1_000_000);

    /// <summary>Builds the layer, and gives the settings of a server on this disk.</summary>
    /// <exception cref="BenchFault">It cannot be built.</exception>
    public Dictionary<string, string> Settings(Repository repository)
    {
        string layer = repository.Output(Layer);
        repository.Run("gcc", "-O2", "-shared", "-fPIC", "-o", layer, Path.Combine(repository.Root, "bench", "floor", "slowsync.c"), "-ldl");
        return new() { ["LD_PRELOAD"] = layer, ["SLOW_SYNC_NS"] = $"{Nanoseconds}" };
    }

    /// <summary>Waits for what is left of a sync that began at a time stamp of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
    public void WaitOut(long began) => Linux.SleepUntil(began, Least);
}
