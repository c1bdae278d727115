namespace Godwit.Server.Verifying.Clients;

/// <summary>When something was seen first: one thread notes it, others look.</summary>
internal sealed class FirstTime
{
    private long _ticks = long.MinValue;

    /// <summary>The time; null before.</summary>
    public TimeSpan? Value => Volatile.Read(ref _ticks) is var ticks and > long.MinValue ? TimeSpan.FromTicks(ticks) : null;

    /// <summary>Notes it; later times are not noted.</summary>
    public void Note(TimeSpan time) => Interlocked.CompareExchange(ref _ticks, time.Ticks, long.MinValue);
}
