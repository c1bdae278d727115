using Godwit.Protocol;

namespace Godwit.Brokers;

/// <summary>One message in a room's log. Immutable; the log, the feeds and every reader share it.</summary>
public sealed class Entry
{
    /// <summary>Makes an entry as the broker stored it.</summary>
    public Entry(long offset, uint mark, long time, in EntryContent content)
    {
        Offset = offset;
        Mark = mark;
        Time = time;
        Content = content;
    }

    /// <summary>1, 2, 3 … within an epoch.</summary>
    public long Offset { get; }

    /// <summary>32 random bits drawn with the entry; they tell two entries of the same offset apart after a lost tail.</summary>
    public uint Mark { get; }

    /// <summary>When the broker took it: milliseconds since the Unix epoch.</summary>
    public long Time { get; }

    /// <summary>What was published.</summary>
    public EntryContent Content { get; }

    /// <summary>What retention and paging count: the octets of data, event name and publisher.</summary>
    public int Size => Content.Size;
}
