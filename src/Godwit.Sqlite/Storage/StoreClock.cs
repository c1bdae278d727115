namespace Godwit.Sqlite.Storage;

/// <summary>The store's clock: ms since the Unix epoch that never fall, neither while it runs nor from one run to the next.</summary>
/// <remarks>
/// While it runs it goes by the monotonic clock, so setting the wall clock drops nothing and keeps nothing. It begins with the wall clock,
/// or with the last time that was stored where the wall clock was set back since: then what happened in between counts for nothing.
/// </remarks>
internal sealed class StoreClock(TimeProvider time, long stored)
{
    /// <summary>A time that does not come.</summary>
    public const long Never = long.MaxValue;

    private readonly long _start = time.GetTimestamp();
    private readonly long _base = Math.Max(time.GetUtcNow().ToUnixTimeMilliseconds(), stored);

    /// <summary>The time.</summary>
    public long Now => _base + (long)time.GetElapsedTime(_start).TotalMilliseconds;

    /// <summary>How far the wall clock was behind the stored time when this began; 0 if it was not.</summary>
    public TimeSpan SetBack { get; } = TimeSpan.FromMilliseconds(Math.Max(0, stored - time.GetUtcNow().ToUnixTimeMilliseconds()));

    /// <summary>The time that is <paramref name="span"/> later, or <see cref="Never"/>.</summary>
    public static long Later(long time, TimeSpan span) => span.TotalMilliseconds >= Never - time ? Never : time + (long)span.TotalMilliseconds;
}
