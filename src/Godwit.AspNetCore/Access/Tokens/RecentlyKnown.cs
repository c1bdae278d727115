using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Godwit.AspNetCore.Access.Tokens;

/// <summary>What was learnt lately, in two halves, of which the older is dropped when the younger is full: a bound that costs no order of use.</summary>
/// <param name="halfSize">How many each half has; threads that add at a time may put in a few more, or drop a half that is not full.</param>
internal sealed class RecentlyKnown<TKey, TValue>(int halfSize)
    where TKey : notnull
{
    private ConcurrentDictionary<TKey, TValue> _young = new();
    private ConcurrentDictionary<TKey, TValue> _old = new();

    /// <summary>How many are kept.</summary>
    public int Count => _young.Count + _old.Count;

    /// <summary>Finds what a key stands for. What is asked for again stays, however many others come between.</summary>
    public bool TryFind(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (_young.TryGetValue(key, out value))
        {
            return true;
        }

        if (!_old.TryGetValue(key, out value))
        {
            return false;
        }

        Note(key, value);
        return true;
    }

    /// <summary>Notes what a key stands for.</summary>
    public void Note(TKey key, TValue value)
    {
        if (_young.Count >= halfSize)
        {
            _old = _young;
            _young = new();
        }

        _young[key] = value;
    }
}
