using Godwit.Bench.Systems;

namespace Godwit.Bench;

/// <summary>What every measurement is made with.</summary>
internal sealed record BenchContext(Repository Repository, BenchOptions Options, CancellationToken Cancel)
{
    /// <summary>Waits for a time.</summary>
    /// <exception cref="OperationCanceledException">The bench is to stop.</exception>
    public void Pause(TimeSpan time)
    {
        Cancel.WaitHandle.WaitOne(time);
        Cancel.ThrowIfCancellationRequested();
    }
}
