namespace Godwit.Brokers.Memory;

/// <summary>The memory that all logs take together, and which rooms give theirs up when it is above the cap.</summary>
/// <remarks>
/// The rooms that hold entries stand in a list by their last publish, to about a second. The list's lock is taken inside
/// a room's lock, never around it.
/// </remarks>
internal sealed class LogMemory(long cap)
{
    private static readonly long MoveEvery = TimeSpan.TicksPerSecond;

    private readonly Lock _lock = new();
    private Retained? _leastRecent;
    private Retained? _mostRecent;
    private long _used;
    private int _relieving;

    /// <summary>The octets in use, as <see cref="ObjectCost"/> estimates.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>Takes a change of a room into account. The caller holds the room's lock.</summary>
    /// <param name="room">The room.</param>
    /// <param name="costBefore">Its <see cref="RoomLog.Cost"/> before the change.</param>
    public void Settle(RoomLog room, long costBefore)
    {
        if (room.Retained is { } retained)
        {
            if (retained.Count == 0 && retained.MovedAt != long.MinValue)
            {
                lock (_lock)
                {
                    Unlink(retained);
                }
            }

            if (retained.IsEmpty)
            {
                room.ReleaseRetained();
            }
        }

        Interlocked.Add(ref _used, room.Cost - costBefore);
    }

    /// <summary>Notes that a room was published to just now. The caller holds the room's lock.</summary>
    public void Published(Retained retained, long now)
    {
        // Also in a busy room the list's lock is taken no more than once a second.
        if (retained.MovedAt == long.MinValue || now - retained.MovedAt >= MoveEvery)
        {
            lock (_lock)
            {
                Unlink(retained);
                retained.MovedAt = now;
                retained.PublishedBefore = _mostRecent;
                if (_mostRecent is not null)
                {
                    _mostRecent.PublishedAfter = retained;
                }

                _mostRecent = retained;
                _leastRecent ??= retained;
            }
        }
    }

    /// <summary>Drops oldest entries until the logs are within the cap, or nothing is left to drop. The caller holds no lock.</summary>
    /// <param name="publisher">The room published to: it keeps its newest entry.</param>
    public void Relieve(RoomLog publisher)
    {
        // One at a time; whoever adds meanwhile is seen by the one who drops, or by itself once that one is done.
        while (Used > cap && Interlocked.Exchange(ref _relieving, 1) == 0)
        {
            bool found;
            try
            {
                while ((found = TryFind(publisher, out RoomLog? room)) && Used > cap)
                {
                    Drop(room!, keep: room == publisher ? 1 : 0);
                }
            }
            finally
            {
                Volatile.Write(ref _relieving, 0);
            }

            if (!found)
            {
                return;
            }
        }
    }

    private void Drop(RoomLog room, int keep)
    {
        lock (room)
        {
            if (room.Retained is { } retained)
            {
                long costBefore = room.Cost;
                long excess = Used - cap;
                while (retained.Count > keep && costBefore - room.Cost < excess)
                {
                    retained.DropOldest();
                }

                Settle(room, costBefore);
            }
        }
    }

    private bool TryFind(RoomLog publisher, out RoomLog? room)
    {
        lock (_lock)
        {
            Retained? candidate = _leastRecent;
            if (candidate is not null && candidate.Room == publisher && candidate.Count <= 1)
            {
                candidate = candidate.PublishedAfter;
            }

            room = candidate?.Room;
            return room is not null;
        }
    }

    private void Unlink(Retained retained)
    {
        if (retained.MovedAt == long.MinValue)
        {
            return;
        }

        if (retained.PublishedBefore is { } before)
        {
            before.PublishedAfter = retained.PublishedAfter;
        }
        else
        {
            _leastRecent = retained.PublishedAfter;
        }

        if (retained.PublishedAfter is { } after)
        {
            after.PublishedBefore = retained.PublishedBefore;
        }
        else
        {
            _mostRecent = retained.PublishedBefore;
        }

        retained.PublishedBefore = null;
        retained.PublishedAfter = null;
        retained.MovedAt = long.MinValue;
    }
}
