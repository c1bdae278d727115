namespace Godwit.Feeds.Pump;

/// <summary>The time since the pump was made, in ms, and the spans that it works by.</summary>
internal sealed class PumpClock(TimeProvider time, TimeSpan heartbeat, TimeSpan stallLimit, TimeSpan grace = default)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>Where the time comes from.</summary>
    public TimeProvider Time => time;

    /// <summary>Ms since the start; it never goes back.</summary>
    public long Now => (long)time.GetElapsedTime(_start).TotalMilliseconds;

    /// <summary>A stream that was silent for this many ms gets a heartbeat.</summary>
    public long Heartbeat { get; } = (long)heartbeat.TotalMilliseconds;

    /// <summary>How long a connection outlives its credential.</summary>
    public TimeSpan Grace { get; } = grace;

    /// <summary>A client that takes nothing of what is due for this many ms is let go.</summary>
    public long StallLimit { get; } = (long)stallLimit.TotalMilliseconds;
}
