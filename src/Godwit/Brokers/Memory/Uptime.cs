namespace Godwit.Brokers.Memory;

/// <summary>The broker's clock: 100 ns units since it was made. Setting the wall clock does not move it.</summary>
internal sealed class Uptime(TimeProvider time)
{
    /// <summary>A time that does not come.</summary>
    public const long Never = long.MaxValue;

    private readonly long _start = time.GetTimestamp();

    /// <summary>The time; never below 0 and never falling.</summary>
    public long Now => time.GetElapsedTime(_start).Ticks;

    /// <summary>The time that is <paramref name="span"/> later, or <see cref="Never"/>.</summary>
    public static long Later(long time, TimeSpan span) => time > Never - span.Ticks ? Never : time + span.Ticks;

    /// <summary>The time that is <paramref name="span"/> earlier; below 0 if that was before the clock began.</summary>
    public static long Earlier(long time, TimeSpan span) => time - span.Ticks;
}
