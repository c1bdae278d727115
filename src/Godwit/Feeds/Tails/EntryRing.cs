using Godwit.Brokers;

namespace Godwit.Feeds.Tails;

/// <summary>The newest entries of a feed, by offset: what positions are judged by, polls are composed of and new tails begin with.</summary>
/// <remarks>Guarded by the feed's lock. The entries themselves are shared with the log.</remarks>
internal sealed class EntryRing
{
    private const int MaxBytes = 256 << 10;
    private const int MaxEntries = 1024;

    private Entry[] _entries = [];
    private int _first;
    private long _bytes;

    /// <summary>The number of entries held.</summary>
    public int Count { get; private set; }

    /// <summary>The entry at an index, the oldest first.</summary>
    public Entry this[int index] => _entries[(_first + index) & (_entries.Length - 1)];

    /// <summary>Adds the entry that follows the newest one; the oldest go when the ring is full.</summary>
    public void Add(Entry entry)
    {
        if (Count == _entries.Length)
        {
            Grow();
        }

        _entries[(_first + Count++) & (_entries.Length - 1)] = entry;
        _bytes += entry.Size;
        while (Count > 1 && (Count > MaxEntries || _bytes > MaxBytes))
        {
            Before = (_entries[_first].Offset, _entries[_first].Mark);
            _bytes -= _entries[_first].Size;
            _entries[_first] = null!;
            _first = (_first + 1) & (_entries.Length - 1);
            Count--;
        }
    }

    /// <summary>The index of an offset, if it is held.</summary>
    public bool TryIndexOf(long offset, out int index)
    {
        long at = Count == 0 ? -1 : offset - this[0].Offset;
        index = (int)at;
        return at >= 0 && at < Count;
    }

    /// <summary>The offset and mark right before the oldest entry held; offset -1 where that is not known.</summary>
    public (long Offset, uint Mark) Before { get; private set; } = (-1, 0);

    /// <summary>Drops everything.</summary>
    public void Clear()
    {
        Before = (-1, 0);
        _entries = [];
        _first = Count = 0;
        _bytes = 0;
    }

    private void Grow()
    {
        var larger = new Entry[Math.Max(4, _entries.Length * 2)];
        for (int i = 0; i < Count; i++)
        {
            larger[i] = this[i];
        }

        _entries = larger;
        _first = 0;
    }
}
