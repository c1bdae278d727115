namespace Godwit.Brokers.Memory;

/// <summary>What a room holds beyond its record: entries, and keys. Exists only while there is one of either. Guarded by the room's lock.</summary>
internal sealed class Retained(RoomLog room)
{
    // Header, references, numbers and the embedded ring.
    private const long OwnCost = 120;

    private Ring<LoggedEntry> _entries;
    private RememberedKeys? _keys;
    private long _entryCost;

    /// <summary>Whose it is.</summary>
    public RoomLog Room { get; } = room;

    /// <summary>How many entries.</summary>
    public int Count => _entries.Count;

    /// <summary>The octets of the entries, as retention counts them.</summary>
    public long Bytes { get; private set; }

    /// <summary>The mark of the last entry that was dropped, or of offset 0.</summary>
    public uint TrimmedMark { get; private set; }

    /// <summary>The octets of memory that all of it takes.</summary>
    public long Cost => OwnCost + _entryCost + _entries.Cost + (_keys?.Cost ?? 0);

    /// <summary>Whether there is neither entry nor key.</summary>
    public bool IsEmpty => _entries.Count == 0 && _keys is null;

    /// <summary>When the oldest entry was appended, on the broker's clock. Only if there is one.</summary>
    public long OldestTime => _entries[0].Time;

    /// <summary>The keys, or null if none is remembered.</summary>
    public RememberedKeys? Keys => _keys;

    /// <summary>The neighbours in the order of last publish and the time of the last move in it: <see cref="LogMemory"/>'s, under its lock.</summary>
    public Retained? PublishedBefore { get; set; }

    /// <inheritdoc cref="PublishedBefore"/>
    public Retained? PublishedAfter { get; set; }

    /// <inheritdoc cref="PublishedBefore"/>
    public long MovedAt { get; set; } = long.MinValue;

    /// <summary>The oldest entry has index 0.</summary>
    public Entry this[int index] => _entries[index].Entry;

    /// <summary>Adds the newest entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="previousMark">The mark of the entry before it.</param>
    /// <param name="now">The time on the broker's clock.</param>
    public void Add(Entry entry, uint previousMark, long now)
    {
        if (_entries.Count == 0)
        {
            TrimmedMark = previousMark;
        }

        _entries.Add(new LoggedEntry(entry, now));
        Bytes += entry.Size;
        _entryCost += ObjectCost.Entry(entry);
    }

    /// <summary>Drops the oldest entry.</summary>
    public void DropOldest()
    {
        Entry entry = _entries.Take().Entry;
        Bytes -= entry.Size;
        _entryCost -= ObjectCost.Entry(entry);
        TrimmedMark = entry.Mark;
    }

    /// <summary>Remembers a key that is not remembered yet.</summary>
    public void Remember(PublishKey key, KeyedAppend append, long now) => (_keys ??= new RememberedKeys()).Add(key, append, now);

    /// <summary>Forgets the keys that were first used at <paramref name="time"/> or before.</summary>
    public void ForgetKeysUntil(long time)
    {
        _keys?.ForgetUntil(time);
        if (_keys is { Count: 0 })
        {
            _keys = null;
        }
    }

    // Age goes by the monotonic clock: the entry's own time is the wall clock's, which may be set back or forward.
    private readonly record struct LoggedEntry(Entry Entry, long Time);
}
