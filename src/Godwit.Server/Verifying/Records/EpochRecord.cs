namespace Godwit.Server.Verifying.Records;

/// <summary>One log of a room, as far as it is known.</summary>
internal sealed class EpochRecord(string epoch, TimeSpan first)
{
    private readonly Dictionary<long, EntryRecord> _entries = [];
    private readonly List<EntryRecord> _others = [];

    /// <summary>The log's identity.</summary>
    public string Epoch { get; } = epoch;

    /// <summary>When it was first heard of.</summary>
    public TimeSpan First { get; } = first;

    /// <summary>The newest offset known.</summary>
    public long Head { get; private set; }

    /// <summary>The newest offset acknowledged.</summary>
    public long Acknowledged { get; set; }

    /// <summary>All entries known, the newest of those that share an offset.</summary>
    public IReadOnlyDictionary<long, EntryRecord> Entries => _entries;

    /// <summary>The entry at an offset.</summary>
    public EntryRecord? At(long offset) => _entries.GetValueOrDefault(offset);

    /// <summary>The entry of a position, among all that had this offset.</summary>
    public EntryRecord? Find(long offset, string mark) =>
        _entries.GetValueOrDefault(offset) is { } entry && entry.Mark == mark ? entry : _others.Find(other => other.Offset == offset && other.Mark == mark);

    /// <summary>Takes an entry in; the one that had its offset before, if any, is returned.</summary>
    public EntryRecord? Add(EntryRecord entry)
    {
        EntryRecord? before = _entries.GetValueOrDefault(entry.Offset);
        if (before is not null)
        {
            _others.Add(before);
        }

        _entries[entry.Offset] = entry;
        Head = Math.Max(Head, entry.Offset);
        return before;
    }

    /// <summary>What was known behind an offset is of the end that was lost.</summary>
    public void CutAfter(long offset)
    {
        foreach (EntryRecord lost in _entries.Values.Where(entry => entry.Offset > offset).ToArray())
        {
            _others.Add(lost);
            _entries.Remove(lost.Offset);
        }

        (Head, Acknowledged) = (offset, Math.Min(Acknowledged, offset));
    }
}
