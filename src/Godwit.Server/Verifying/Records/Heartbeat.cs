namespace Godwit.Server.Verifying.Records;

/// <summary>Notices when this process itself is late: every 20 ms a thread wants to run, and then a work item of the thread pool, and both say how much later they did.</summary>
/// <remarks>What a client saw late for that reason is no server's fault, and bounds are longer by exactly that. It is never more than the time that has passed.</remarks>
internal sealed class Heartbeat : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(20);

    // What the system's timers are late by at any time.
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(5);

    private readonly ManualResetEventSlim _end = new();
    private readonly ManualResetEventSlim _ran = new();
    private readonly Thread _thread;
    private long _planned;
    private long _stalled;
    private long _worst;

    public Heartbeat()
    {
        Plan();
        _thread = new Thread(Run) { IsBackground = true, Name = "heartbeat" };
        _thread.Start();
    }

    /// <summary>By how much it has been late since the start, all told: the difference of two readings is what a time between them has lost.</summary>
    public TimeSpan Stalled => TimeSpan.FromTicks(Volatile.Read(ref _stalled) + Late().Ticks);

    /// <summary>The longest that it was late at once.</summary>
    public TimeSpan Worst => TimeSpan.FromTicks(Volatile.Read(ref _worst));

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
            long late = Late().Ticks;
            Plan();
            Interlocked.Add(ref _stalled, late);
            _worst = Math.Max(_worst, late);
        }
    }

    private void Plan() => Volatile.Write(ref _planned, TimeProvider.System.GetTimestamp());

    // By how much the beat that is due has not come, or was late.
    private TimeSpan Late()
    {
        TimeSpan late = TimeProvider.System.GetElapsedTime(Volatile.Read(ref _planned)) - Beat - Usual;
        return late > TimeSpan.Zero ? late : TimeSpan.Zero;
    }
}
