namespace Godwit.Redis;

/// <summary>Spans as scripts take them.</summary>
internal static class StoreTime
{
    // Redis adds it to its clock; what lives longer is nobody's to see.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(36_500);

    /// <summary>Milliseconds, no fewer than the span has.</summary>
    public static long Milliseconds(TimeSpan span) => (long)Math.Ceiling((span < Longest ? span : Longest).TotalMilliseconds);
}
