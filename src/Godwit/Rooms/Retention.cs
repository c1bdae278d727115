namespace Godwit.Rooms;

/// <summary>How long a room keeps entries: until the first of the three bounds is passed. A lower bound: more may stay for up to 10 s.</summary>
public sealed record Retention
{
    /// <summary>The age at which an entry goes.</summary>
    /// <value>1 second to 365 days; 1 hour by default.</value>
    public TimeSpan Age { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The octets of data, event names and publishers that a room keeps at most.</summary>
    /// <value>1 KiB to 1 TiB; 4 MiB by default. The newest entry is kept even when it alone is larger.</value>
    public long Bytes { get; init; } = 4L << 20;

    /// <summary>The number of entries that a room keeps at most.</summary>
    /// <value>1 to 1,000,000,000; 10,000 by default. A poller that comes less often than this many entries sees <c>gap</c>.</value>
    public long Entries { get; init; } = 10_000;
}
