namespace Godwit.Feeds;

/// <summary>How often entries come, as a hint for whoever polls.</summary>
/// <param name="start">When the counting began, in ms of the pump's clock.</param>
internal sealed class EntryRate(long start)
{
    private const double Weight = 0.2;
    private const double Shortest = 500;
    private const double Longest = 30_000;

    private long _last = start;
    private double _interval = 1000;

    /// <summary>Counts an entry.</summary>
    public void OnEntry(long now)
    {
        _interval += Weight * (Math.Min(now - _last, Longest) - _interval);
        Volatile.Write(ref _last, now);
    }

    /// <summary>When the next poll is likely to find an entry: half a second to half a minute.</summary>
    /// <remarks>The mean interval, or half of the time that has passed since the last entry if that is longer.</remarks>
    public TimeSpan PollAfter(long now) =>
        TimeSpan.FromMilliseconds(Math.Clamp(Math.Max(_interval, (now - Volatile.Read(ref _last)) / 2.0), Shortest, Longest));
}
