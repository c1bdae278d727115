namespace Godwit.Server.Verifying.Records;

/// <summary>Notices when this process itself is late: a thread that wants to run every 20 ms and a work item of the thread pool every 100 ms say how much later they did.</summary>
/// <remarks>What a client saw late for that reason is no server's fault, and bounds are longer by exactly that.</remarks>
internal sealed class Heartbeat : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan PoolBeat = TimeSpan.FromMilliseconds(100);

    // What the system's timers are late by at any time.
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(5);

    private readonly ManualResetEventSlim _end = new();
    private readonly Thread _thread;
    private long _stalled;
    private long _poolStalled;
    private long _worst;
    private long _asked;
    private int _isAsked;

    public Heartbeat()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "heartbeat" };
        _thread.Start();
    }

    /// <summary>By how much it has been late since the start, all told: the difference of two readings is what a time between them has lost.</summary>
    public TimeSpan Stalled
    {
        get
        {
            // A work item that has not run yet counts for as long as it waits.
            long waits = Volatile.Read(ref _isAsked) == 1 ? (TimeProvider.System.GetElapsedTime(Volatile.Read(ref _asked)) - Usual).Ticks : 0;
            return TimeSpan.FromTicks(Volatile.Read(ref _stalled) + Volatile.Read(ref _poolStalled) + Math.Max(0, waits));
        }
    }

    /// <summary>The longest that it was late at once.</summary>
    public TimeSpan Worst => TimeSpan.FromTicks(Volatile.Read(ref _worst));

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Set();
        _thread.Join();
        _end.Dispose();
    }

    private void Run()
    {
        long asked = TimeProvider.System.GetTimestamp();
        long pool = asked;
        while (!_end.Wait(Beat))
        {
            long now = TimeProvider.System.GetTimestamp();
            Note(ref _stalled, TimeProvider.System.GetElapsedTime(asked, now) - Beat);
            if (TimeProvider.System.GetElapsedTime(pool, now) >= PoolBeat && Volatile.Read(ref _isAsked) == 0)
            {
                pool = now;
                Volatile.Write(ref _asked, now);
                Volatile.Write(ref _isAsked, 1);
                ThreadPool.UnsafeQueueUserWorkItem(static heartbeat => heartbeat.Answer(), this, preferLocal: false);
            }

            asked = TimeProvider.System.GetTimestamp();
        }
    }

    private void Answer()
    {
        Note(ref _poolStalled, TimeProvider.System.GetElapsedTime(Volatile.Read(ref _asked)));
        Volatile.Write(ref _isAsked, 0);
    }

    private void Note(ref long total, TimeSpan late)
    {
        if (late > Usual)
        {
            Interlocked.Add(ref total, (late - Usual).Ticks);
            for (long worst = Volatile.Read(ref _worst); late.Ticks > worst; worst = Volatile.Read(ref _worst))
            {
                Interlocked.CompareExchange(ref _worst, late.Ticks, worst);
            }
        }
    }
}
