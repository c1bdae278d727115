namespace Godwit.Server.Verifying.Records;

/// <summary>By how much something was late that was to happen again and again, as whoever does it says.</summary>
/// <param name="time">The time.</param>
/// <param name="beat">The time from one beat to the next.</param>
internal sealed class Lateness(TimeProvider time, TimeSpan beat)
{
    // What the system's timers are late by at any time.
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(5);

    private long _planned = time.GetTimestamp();
    private long _stalled;
    private long _worst;

    /// <summary>By how much it has been late since the start, all told, what is due now and has not come among it; never more than the time that has passed.</summary>
    public TimeSpan Stalled => TimeSpan.FromTicks(Volatile.Read(ref _stalled) + Late().Ticks);

    /// <summary>The longest that it was late at once.</summary>
    public TimeSpan Worst => TimeSpan.FromTicks(Volatile.Read(ref _worst));

    /// <summary>It has happened. One thread alone says so.</summary>
    public void Beat()
    {
        long late = Late().Ticks;
        Volatile.Write(ref _planned, time.GetTimestamp());
        Interlocked.Add(ref _stalled, late);
        Volatile.Write(ref _worst, Math.Max(_worst, late));
    }

    private TimeSpan Late()
    {
        TimeSpan late = time.GetElapsedTime(Volatile.Read(ref _planned)) - beat - Usual;
        return late > TimeSpan.Zero ? late : TimeSpan.Zero;
    }
}
