using System.Runtime.CompilerServices;

namespace Godwit.Brokers.Memory;

/// <summary>The idempotency keys of one room, until their window has passed. Guarded by the room's lock.</summary>
internal sealed class RememberedKeys
{
    private readonly Dictionary<PublishKey, KeyedAppend> _appends = [];

    // The window is the same for all keys of a room, so they expire in the order in which they came.
    private Ring<KeyTime> _order;
    private long _texts;

    /// <summary>How many are remembered.</summary>
    public int Count => _order.Count;

    /// <summary>When the oldest was first used, on the broker's clock. Only if there is one.</summary>
    public long OldestTime => _order[0].Time;

    /// <summary>The octets all of it takes.</summary>
    public long Cost => 160 + ObjectCost.Array(4L * _appends.Capacity)
        + ObjectCost.Array((long)(8 + Unsafe.SizeOf<PublishKey>() + Unsafe.SizeOf<KeyedAppend>()) * _appends.Capacity)
        + _order.Cost + _texts;

    /// <summary>What was appended under a key.</summary>
    public bool TryGet(PublishKey key, out KeyedAppend append) => _appends.TryGetValue(key, out append);

    /// <summary>Remembers a key that is not remembered yet.</summary>
    public void Add(PublishKey key, KeyedAppend append, long now)
    {
        _appends.Add(key, append);
        _order.Add(new KeyTime(key, now));
        _texts += Texts(key);
    }

    /// <summary>Forgets the keys that were first used at <paramref name="time"/> or before.</summary>
    public void ForgetUntil(long time)
    {
        bool any = false;
        while (_order.Count > 0 && _order[0].Time <= time)
        {
            PublishKey key = _order.Take().Key;
            _appends.Remove(key);
            _texts -= Texts(key);
            any = true;
        }

        if (any && _appends.Capacity > 16 && _appends.Count <= _appends.Capacity / 4)
        {
            _appends.TrimExcess(Math.Max(_appends.Count * 2, 4));
        }
    }

    private static long Texts(PublishKey key) => ObjectCost.Text(key.Publisher) + ObjectCost.Text(key.Key);

    private readonly record struct KeyTime(PublishKey Key, long Time);
}

/// <summary>What was appended under a key: enough to answer the repeated publish when the entry is long gone.</summary>
internal readonly record struct KeyedAppend(ContentHash Hash, long Offset, uint Mark);
