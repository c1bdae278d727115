namespace Godwit.Feeds.Pump;

/// <summary>The readers of a connection with several rooms that may have something to send: however many rooms there are, only these are looked at.</summary>
/// <remarks>Shard only. A connection with one room has nobody to choose from, and no list. Mutable, so never copied.</remarks>
internal struct DueReaders
{
    private List<Reader>? _readers;

    /// <summary>How many they are.</summary>
    public readonly int Count => _readers?.Count ?? 0;

    /// <summary>One of them.</summary>
    public readonly Reader this[int index] => _readers![index];

    /// <summary>Adds a reader, if it is not there.</summary>
    public void Add(Reader reader)
    {
        if (!reader.IsDue)
        {
            reader.IsDue = true;
            (_readers ??= []).Add(reader);
        }
    }

    /// <summary>Forgets a reader that leaves.</summary>
    public readonly void Remove(Reader reader)
    {
        if (reader.IsDue)
        {
            reader.IsDue = false;
            _readers!.Remove(reader);
        }
    }

    /// <summary>Forgets those that were found to have nothing, and the pages that they were served from.</summary>
    public readonly void Sweep() => _readers?.RemoveAll(static reader =>
    {
        if (!reader.IsDue)
        {
            reader.Page = null;
        }

        return !reader.IsDue;
    });

    /// <summary>Puts those first whose newest entry was sent the longest ago.</summary>
    public readonly void OrderByLatestTurn() => _readers?.Sort(static (one, other) => one.LatestTurn.CompareTo(other.LatestTurn));

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        for (int i = 0; i < Count; i++)
        {
            _readers![i].IsDue = false;
        }

        _readers = null;
    }
}
