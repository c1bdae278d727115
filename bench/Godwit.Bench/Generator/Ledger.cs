namespace Godwit.Bench.Generator;

/// <summary>Which entries one reader has received. It knows loss, repetition and, where a system promises it, disorder.</summary>
internal sealed class Ledger
{
    private readonly bool _ordered;
    private readonly ulong[]? _seen;
    private long _next;

    /// <param name="first">The number of the first entry that the reader must receive.</param>
    /// <param name="room">How many entries there may be; used only without order.</param>
    /// <param name="ordered">Whether entries arrive in the order of their numbers.</param>
    public Ledger(long first, int room, bool ordered)
    {
        _next = first;
        _ordered = ordered;
        _seen = ordered ? null : new ulong[(room + first + 63) / 64];
    }

    /// <summary>The number of the next entry that is due; without order, of the first.</summary>
    public long Due => _next;

    /// <summary>Notes an entry. Returns what is wrong with it, null when nothing is.</summary>
    public string? Note(long number)
    {
        if (_ordered)
        {
            if (number != _next)
            {
                return $"entry {number} came where {_next} was due";
            }

            _next++;
            return null;
        }

        if (number < _next || number >= _seen!.Length * 64L)
        {
            return $"entry {number} was never due";
        }

        ulong bit = 1UL << (int)(number & 63);
        ref ulong word = ref _seen[number >> 6];
        if ((word & bit) != 0)
        {
            return $"entry {number} came twice";
        }

        word |= bit;
        return null;
    }
}
