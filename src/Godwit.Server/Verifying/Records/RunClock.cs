namespace Godwit.Server.Verifying.Records;

/// <summary>The time of a run, and the calm part of it: bounds count only while no fault is at work.</summary>
/// <param name="heartbeat">Notices when this process is late itself: such time is not calm.</param>
internal sealed class RunClock(Heartbeat heartbeat)
{
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private readonly Lock _lock = new();
    private TimeSpan _calmBefore;
    private TimeSpan? _calmSince = TimeSpan.Zero;
    private TimeSpan _stalledBefore = heartbeat.Stalled;
    private TimeSpan _lag;
    private int _faults;

    /// <summary>The time since the start.</summary>
    public TimeSpan Now => TimeProvider.System.GetElapsedTime(_start);

    /// <summary>How much of it was calm.</summary>
    public TimeSpan Calm
    {
        get
        {
            lock (_lock)
            {
                return _calmBefore + Calmed();
            }
        }
    }

    /// <summary>The time of a timestamp that <see cref="TimeProvider.System"/> gave.</summary>
    public TimeSpan Of(long timestamp) => TimeProvider.System.GetElapsedTime(_start, timestamp);

    /// <summary>By how much this program itself was late at the worst: what it sees may have happened so much earlier.</summary>
    public TimeSpan Lag
    {
        get
        {
            lock (_lock)
            {
                return _lag;
            }
        }
    }

    /// <summary>Notes that something came later than it was to come.</summary>
    public void NoteLag(TimeSpan late)
    {
        lock (_lock)
        {
            _lag = late > _lag ? late : _lag;
        }
    }

    /// <summary>A fault is at work until the matching <see cref="Settle"/>.</summary>
    public void Disturb()
    {
        lock (_lock)
        {
            if (_faults++ == 0)
            {
                _calmBefore += Calmed();
                _calmSince = null;
            }
        }
    }

    /// <summary>A fault is at work no more.</summary>
    public void Settle()
    {
        lock (_lock)
        {
            if (--_faults == 0)
            {
                _calmSince = Now;
                _stalledBefore = heartbeat.Stalled;
            }
        }
    }

    // What was calm since the last fault.
    private TimeSpan Calmed()
    {
        if (_calmSince is not { } since)
        {
            return TimeSpan.Zero;
        }

        TimeSpan calm = Now - since - (heartbeat.Stalled - _stalledBefore);
        return calm > TimeSpan.Zero ? calm : TimeSpan.Zero;
    }
}
