using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Brokers.Memory;

/// <summary>The record of one room. Its own monitor is its lock; every member but the two that say so needs it.</summary>
/// <remarks>
/// A million idle rooms are a million of these, so it holds only what must outlive the entries; the rest is in
/// <see cref="Retained"/>, and the lock is the object itself.
/// </remarks>
internal sealed partial class RoomLog(RoomName name, RoomPolicy policy)
{
    private const long Ended = long.MinValue;

    private long _head;
    private uint _headMark;
    private long _lastUse;
    private Watch[]? _watches;

    /// <summary>The name. Needs no lock.</summary>
    public RoomName Name { get; } = name;

    /// <summary>The settings. Needs no lock.</summary>
    public RoomPolicy Policy { get; } = policy;

    /// <summary>The identity of this log.</summary>
    public Epoch Epoch { get; private set; } = Epoch.New();

    /// <summary>The mark of the newest entry, 0 before the first.</summary>
    public uint HeadMark => _headMark;

    /// <summary>Entries and keys, or null if there are none.</summary>
    public Retained? Retained { get; private set; }

    /// <summary>The octets that entries and keys take.</summary>
    public long Cost => Retained?.Cost ?? 0;

    /// <summary>Whether the record has expired: look the room up again.</summary>
    public bool HasEnded => _lastUse == Ended;

    /// <summary>The neighbours in a list of the <see cref="ExpiryCalendar"/>, and which: under the calendar's lock.</summary>
    public RoomLog? CalendarNext { get; set; }

    /// <inheritdoc cref="CalendarNext"/>
    public RoomLog? CalendarPrevious { get; set; }

    /// <summary>The calendar's turn at which this room is looked at; 0 for none. Written under the calendar's lock, read without.</summary>
    public volatile int CalendarTurn;

    /// <summary>When something here is due to be dropped: an entry, a key or, if there is neither, the record.</summary>
    public long Due
    {
        get
        {
            if (Retained is { IsEmpty: false } retained)
            {
                long entry = retained.Count > 0 ? Uptime.Later(retained.OldestTime, Policy.Retention.Age) : Uptime.Never;
                long key = retained.Keys is { } keys ? Uptime.Later(keys.OldestTime, Policy.KeyWindow) : Uptime.Never;
                return Math.Min(entry, key);
            }

            return _watches is null ? Uptime.Later(_lastUse, RecordAge) : Uptime.Never;
        }
    }

    private TimeSpan RecordAge => Policy.RecordAge > Policy.Retention.Age ? Policy.RecordAge : Policy.Retention.Age;

    private int Count => Retained?.Count ?? 0;

    // The offset before the oldest entry retained.
    private long Trimmed => _head - Count;

    private Position Head => new(Epoch, _head, _headMark);

    /// <summary>Appends, unless the key was used before. The watchers are yet to be told.</summary>
    /// <param name="content">What to append.</param>
    /// <param name="key">The key, if any.</param>
    /// <param name="hash">The hash of the content, if there is a key.</param>
    /// <param name="wallTime">Milliseconds since the Unix epoch.</param>
    /// <param name="now">The time on the broker's clock.</param>
    /// <param name="entry">The new entry, or null.</param>
    public Appended Append(in EntryContent content, PublishKey? key, ContentHash hash, long wallTime, long now, out Entry? entry)
    {
        entry = null;
        _lastUse = now;
        Retained retained = Retained ??= new Retained(this);
        if (key is { } used)
        {
            retained.ForgetKeysUntil(Uptime.Earlier(now, Policy.KeyWindow));
            if (retained.Keys is { } keys && keys.TryGet(used, out KeyedAppend first))
            {
                AppendOutcome outcome = first.Hash == hash ? AppendOutcome.Duplicate : AppendOutcome.KeyReused;
                return new Appended(outcome, new Position(Epoch, first.Offset, first.Mark));
            }
        }

        entry = new Entry(_head + 1, (uint)Random.Shared.NextInt64(1L << 32), wallTime, content);
        retained.Add(entry, _headMark, now);
        _head = entry.Offset;
        _headMark = entry.Mark;
        if (key is { } added)
        {
            retained.Remember(added, new KeyedAppend(hash, entry.Offset, entry.Mark), now);
        }

        while (retained.Count > 1 && (retained.Count > Policy.Retention.Entries || retained.Bytes > Policy.Retention.Bytes))
        {
            retained.DropOldest();
        }

        return new Appended(AppendOutcome.Stored, Head);
    }

    /// <summary>Drops the entries and keys whose time has come.</summary>
    public void Expire(long now)
    {
        if (Retained is { } retained)
        {
            long lastExpired = Uptime.Earlier(now, Policy.Retention.Age);
            while (retained.Count > 0 && retained.OldestTime <= lastExpired)
            {
                retained.DropOldest();
            }

            retained.ForgetKeysUntil(Uptime.Earlier(now, Policy.KeyWindow));
        }
    }

    /// <summary>What is told of the room to whoever lists it.</summary>
    public RoomRecord Record => new(Name, Head, Count, Retained?.Bytes ?? 0);

    /// <summary>Drops the entries before a position. The watchers are yet to be told.</summary>
    public Trimmed Trim(Position before, long now)
    {
        Verdict verdict = Judge(before, byMark: true);
        if (verdict == Verdict.Reset)
        {
            return new Trimmed(verdict, 0);
        }

        _lastUse = now;
        long dropped = 0;
        for (; Retained is { Count: > 0 } retained && Trimmed + 1 < before.Offset; dropped++)
        {
            retained.DropOldest();
        }

        return new Trimmed(verdict, dropped);
    }

    /// <summary>Begins another log in the place of this one. The watchers are yet to be told.</summary>
    public Position Restart(long now)
    {
        if (Retained is { } retained)
        {
            while (retained.Count > 0)
            {
                retained.DropOldest();
            }

            retained.ForgetKeysUntil(Uptime.Never);
        }

        Epoch = Epoch.New();
        _head = 0;
        _headMark = 0;
        _lastUse = now;
        return Head;
    }

    /// <summary>Lets go of what entries and keys were held in, once there are none.</summary>
    public void ReleaseRetained() => Retained = null;

    /// <summary>Ends the record if it is due. Whoever finds it afterwards looks the room up again.</summary>
    public bool TryEnd(long now)
    {
        if (Retained is not null || _watches is not null || _lastUse > Uptime.Earlier(now, RecordAge))
        {
            return false;
        }

        _lastUse = Ended;
        return true;
    }

    /// <summary>Adds a watch.</summary>
    public void Add(Watch watch, long now)
    {
        _lastUse = now;
        _watches = [.. _watches ?? [], watch];
    }

    /// <summary>Removes a watch. To have been watched until now is to have been read.</summary>
    public void Remove(Watch watch, long now)
    {
        if (!watch.HasEnded)
        {
            watch.HasEnded = true;
            _lastUse = now;
            Watch[] rest = Array.FindAll(_watches!, other => other != watch);
            _watches = rest.Length == 0 ? null : rest;
        }
    }

    /// <summary>Tells every watcher of the newest entry.</summary>
    public void Tell(Entry entry, uint previousMark)
    {
        foreach (Watch watch in _watches ?? [])
        {
            // One may end another's watch, or its own, from inside the call.
            if (!watch.HasEnded)
            {
                watch.Watcher.OnEntry(Epoch, previousMark, entry);
            }
        }
    }

    /// <summary>Tells every watcher that entries were dropped, or that there is another log.</summary>
    public void TellChanged(bool isOther)
    {
        foreach (Watch watch in _watches ?? [])
        {
            if (watch.HasEnded)
            {
                continue;
            }

            if (isOther)
            {
                watch.Watcher.OnUncertain();
            }
            else
            {
                watch.Watcher.OnTrimmed();
            }
        }
    }
}
