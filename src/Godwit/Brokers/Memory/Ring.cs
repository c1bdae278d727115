using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Godwit.Brokers.Memory;

/// <summary>A queue in one array that grows as it fills and shrinks as it empties. Not thread-safe; hold it in a field that is not readonly.</summary>
internal struct Ring<T>
{
    private const int Smallest = 4;

    private T[]? _slots;
    private int _first;

    /// <summary>How many are in it.</summary>
    public int Count { get; private set; }

    /// <summary>The octets that the array takes.</summary>
    public readonly long Cost => _slots is null ? 0 : ObjectCost.Array((long)_slots.Length * Unsafe.SizeOf<T>());

    /// <summary>The oldest has index 0.</summary>
    public readonly ref readonly T this[int index]
    {
        get
        {
            Debug.Assert((uint)index < (uint)Count, "The index is outside the ring.");
            return ref _slots![Slot(_slots.Length, index)];
        }
    }

    /// <summary>Adds the newest.</summary>
    public void Add(in T item)
    {
        if (_slots is null || Count == _slots.Length)
        {
            Resize(_slots is null ? Smallest : checked(_slots.Length * 2));
        }

        _slots![Slot(_slots.Length, Count)] = item;
        Count++;
    }

    /// <summary>Takes the oldest out.</summary>
    public T Take()
    {
        ref T slot = ref _slots![_first];
        T item = slot;
        slot = default!;
        _first = Slot(_slots.Length, 1);
        Count--;
        if (Count == 0)
        {
            _slots = null;
            _first = 0;
        }
        else if (_slots.Length > Smallest && Count <= _slots.Length / 4)
        {
            Resize(_slots.Length / 2);
        }

        return item;
    }

    private readonly int Slot(int length, int index)
    {
        long slot = (long)_first + index;
        return (int)(slot < length ? slot : slot - length);
    }

    private void Resize(int length)
    {
        var slots = new T[length];
        if (_slots is not null)
        {
            int untilEnd = Math.Min(Count, _slots.Length - _first);
            Array.Copy(_slots, _first, slots, 0, untilEnd);
            Array.Copy(_slots, 0, slots, untilEnd, Count - untilEnd);
        }

        _slots = slots;
        _first = 0;
    }
}
