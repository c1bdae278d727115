namespace Godwit.Feeds.Pump;

/// <summary>The deadlines of a shard: one timer for all, nothing allocated per deadline.</summary>
/// <remarks>Used by the shard's worker alone. A deadline is met at the first tick after it, at most 100 ms late.</remarks>
internal sealed class TimerWheel
{
    /// <summary>The length of a tick in ms.</summary>
    public const int TickLength = 100;

    private const int Slots = 1024;

    private readonly ShardWork?[] _slots = new ShardWork?[Slots];
    private long _tick;
    private long _earliest = long.MaxValue;

    /// <summary>The number of deadlines.</summary>
    public int Count { get; private set; }

    /// <summary>Sets the only deadline of a work, in ms of the pump's clock; an earlier one is forgotten.</summary>
    public void Schedule(ShardWork work, long due)
    {
        Unschedule(work);
        Add(work, Math.Max(_tick, due / TickLength) + 1);
    }

    /// <summary>Forgets the deadline of a work, if it has one.</summary>
    public void Unschedule(ShardWork work)
    {
        if (work.WheelDue == 0)
        {
            return;
        }

        if (work.WheelPrevious is { } previous)
        {
            previous.WheelNext = work.WheelNext;
        }
        else
        {
            _slots[work.WheelDue & (Slots - 1)] = work.WheelNext;
        }

        if (work.WheelNext is { } next)
        {
            next.WheelPrevious = work.WheelPrevious;
        }

        work.WheelNext = work.WheelPrevious = null;
        work.WheelDue = 0;
        Count--;
    }

    /// <summary>Calls every work whose deadline is not after <paramref name="now"/>, in ms of the pump's clock.</summary>
    public void Advance(long now)
    {
        long target = now / TickLength;
        if (target < _earliest)
        {
            // Nothing is due before the earliest; its slot is looked at when the time has come.
            return;
        }

        long slots = Math.Min(target - _tick, Slots);
        _tick = Math.Max(_tick, target);
        for (long tick = target - slots + 1; tick <= target && Count > 0; tick++)
        {
            ShardWork? work = _slots[tick & (Slots - 1)];
            while (work is not null)
            {
                // What is called may change any chain, so the rest of this one is looked up anew.
                ShardWork? due = FirstDue(work, target);
                if (due is null)
                {
                    break;
                }

                Unschedule(due);
                due.OnDue();
                work = _slots[tick & (Slots - 1)];
            }
        }

        _earliest = FindEarliest();
    }

    /// <summary>Calls an action for every work that has a deadline, in any order; it must not change deadlines.</summary>
    public void ForEach(Action<ShardWork> action)
    {
        foreach (ShardWork? first in _slots)
        {
            for (ShardWork? work = first; work is not null; work = work.WheelNext)
            {
                action(work);
            }
        }
    }

    /// <summary>How long until <see cref="Advance"/> has something to do, in ms; null when nothing is due.</summary>
    public long? NextDue(long now)
    {
        return Count == 0 ? null : Math.Max(1, (_earliest * TickLength) - now);
    }

    /// <summary>A tick that no deadline is before; it may be early, where a chain holds later rounds or was emptied.</summary>
    private long FindEarliest()
    {
        if (Count == 0)
        {
            return long.MaxValue;
        }

        long tick = _tick + 1;
        while (_slots[tick & (Slots - 1)] is null && tick < _tick + Slots)
        {
            tick++;
        }

        return tick;
    }

    private static ShardWork? FirstDue(ShardWork? work, long target)
    {
        while (work is not null && work.WheelDue > target)
        {
            work = work.WheelNext;
        }

        return work;
    }

    private void Add(ShardWork work, long tick)
    {
        ref ShardWork? slot = ref _slots[tick & (Slots - 1)];
        work.WheelDue = tick;
        work.WheelNext = slot;
        if (slot is not null)
        {
            slot.WheelPrevious = work;
        }

        slot = work;
        Count++;
        _earliest = Math.Min(_earliest, tick);
    }
}
