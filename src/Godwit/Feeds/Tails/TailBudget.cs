namespace Godwit.Feeds.Tails;

/// <summary>What the tails of a process may hold together. Above it each tail keeps only its newest segment.</summary>
internal sealed class TailBudget(long limit)
{
    private long _used;

    /// <summary>The octets of all segments.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>Whether tails have to shrink.</summary>
    public bool Exceeded => Used > limit;

    /// <summary>Counts a segment that was made, or with a negative number one that went.</summary>
    public void Add(long octets) => Interlocked.Add(ref _used, octets);
}
