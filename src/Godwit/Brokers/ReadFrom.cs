using Godwit.Protocol;

namespace Godwit.Brokers;

/// <summary>Where a read begins.</summary>
public readonly record struct ReadFrom
{
    private ReadFrom(ReadFromKind kind, Position position, long count)
    {
        Kind = kind;
        Position = position;
        Count = count;
    }

    /// <summary>Which of the ways below.</summary>
    public ReadFromKind Kind { get; }

    /// <summary>The position of <see cref="After"/> and <see cref="Before"/>; epoch and offset of <see cref="Continue"/>.</summary>
    public Position Position { get; }

    /// <summary>The number of entries of <see cref="Last"/>.</summary>
    public long Count { get; }

    /// <summary>Whether the reader may not be shown what was published before it came. The engine's to heed, not the broker's.</summary>
    internal bool IsWithoutPast { get; private init; }

    /// <summary>The same, of a reader that may not be shown what was published before it came.</summary>
    internal ReadFrom WithoutPast() => this with { IsWithoutPast = true };

    /// <summary>Behind the newest entry.</summary>
    public static ReadFrom Now => new(ReadFromKind.Now, default, 0);

    /// <summary>With the oldest entry retained.</summary>
    public static ReadFrom Start => new(ReadFromKind.Start, default, 0);

    /// <summary>With the newest <paramref name="count"/> entries; from there a page goes forward, so one that its limits cut has the oldest of them.</summary>
    /// <param name="count">0 or more; more than are retained is all of them.</param>
    public static ReadFrom Last(long count) => new(ReadFromKind.Last, default, count);

    /// <summary>After a position that a client presents; the broker judges all of it, the mark included.</summary>
    public static ReadFrom After(Position position) => new(ReadFromKind.After, position, 0);

    /// <summary>After an offset that was already judged in this epoch: a reader of this server that fell behind.</summary>
    public static ReadFrom Continue(Epoch epoch, long offset) => new(ReadFromKind.Continue, new Position(epoch, offset, 0), 0);

    /// <summary>The newest entries with an offset below the position's; the position is judged like that of <see cref="After"/>.</summary>
    /// <remarks>To read on backwards give the position of the page's first entry, not the page's start, which is the entry before it.</remarks>
    public static ReadFrom Before(Position position) => new(ReadFromKind.Before, position, 0);
}

/// <summary>The ways to begin a read.</summary>
public enum ReadFromKind
{
    /// <summary><see cref="ReadFrom.Now"/></summary>
    Now,

    /// <summary><see cref="ReadFrom.Start"/></summary>
    Start,

    /// <summary><see cref="ReadFrom.Last"/></summary>
    Last,

    /// <summary><see cref="ReadFrom.After"/></summary>
    After,

    /// <summary><see cref="ReadFrom.Continue"/></summary>
    Continue,

    /// <summary><see cref="ReadFrom.Before"/></summary>
    Before,
}
