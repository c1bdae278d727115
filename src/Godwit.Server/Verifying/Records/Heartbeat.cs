namespace Godwit.Server.Verifying.Records;

/// <summary>Notices when this process itself is late: every 20 ms a thread wants to run, and then a work item of the thread pool, and both say how much later they did.</summary>
/// <remarks>What a client saw late for that reason is no server's fault, and bounds are longer by exactly that. It is never more than the time that has passed.</remarks>
internal sealed class Heartbeat : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(20);

    private readonly Lateness _lateness = new(TimeProvider.System, Beat);
    private readonly ManualResetEventSlim _end = new();
    private readonly ManualResetEventSlim _ran = new();
    private readonly Thread _thread;

    public Heartbeat()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "heartbeat" };
        _thread.Start();
    }

    /// <summary>By how much it has been late since the start, all told: the difference of two readings is what a time between them has lost.</summary>
    public TimeSpan Stalled => _lateness.Stalled;

    /// <summary>The longest that it was late at once.</summary>
    public TimeSpan Worst => _lateness.Worst;

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Set();
        _thread.Join();
        _end.Dispose();
        _ran.Dispose();
    }

    private void Run()
    {
        while (!_end.Wait(Beat))
        {
            _ran.Reset();
            ThreadPool.UnsafeQueueUserWorkItem(static ran => ran.Set(), _ran, preferLocal: false);
            _ran.Wait();
            _lateness.Beat();
        }
    }
}
