namespace Godwit.Redis.Watching;

/// <summary>The marks of the newest entries that were told, so that a message that comes late is told apart from one of another log.</summary>
internal struct KnownMarks
{
    private const int Size = 8;

    private uint[]? _marks;
    private long _last;
    private int _count;

    /// <summary>Forgets all, and goes on behind an offset.</summary>
    public void Reset(long offset, uint mark)
    {
        _count = 0;
        Add(offset, mark);
    }

    /// <summary>Adds the next.</summary>
    public void Add(long offset, uint mark)
    {
        _marks ??= new uint[Size];
        _marks[offset % Size] = mark;
        _count = offset == _last + 1 ? Math.Min(_count + 1, Size) : 1;
        _last = offset;
    }

    /// <summary>Whether an entry has that mark for certain.</summary>
    public readonly bool Has(long offset, uint mark) => offset <= _last && offset > _last - _count && _marks![offset % Size] == mark;
}
