using Godwit.Protocol;
using Godwit.Sqlite.Storage;
using Godwit.Sqlite.Watching;

namespace Godwit.Sqlite.Writing;

/// <summary>What is done besides writes: it drops what retention does not keep, forgets what is over, and gives room back to the disk. In small steps, each within some transaction of the writer, so that no write waits long.</summary>
internal sealed class Upkeep(Uses uses, RoomWatches watches, LeaseJournal leases, int urgent)
{
    // The most rows of each kind in one step: about a millisecond.
    private const int Rows = 512;
    private const int Rooms = 64;

    // Pages that are given back in one step, and those that are left for what comes.
    private const int VacuumPages = 64;
    private const int FreePages = 1024;

    private readonly HashSet<RoomName> _over = [];
    private readonly List<(RoomName Room, long Used)> _taken = [];
    private readonly List<RoomName> _ended = [];
    private int _overEntries;

    // The last room that was looked at since the settings changed, and the one in the open transaction.
    private long _reviewed;
    private long _reviewing;

    /// <summary>Whether so much is beyond what rooms keep that it is dropped with the next writes.</summary>
    public bool IsUrgent => _overEntries >= urgent;

    /// <summary>Notes that an entry more is in a room than it keeps. It is due too, so this may be forgotten.</summary>
    public void IsOver(RoomRow row)
    {
        _over.Add(row.Name);
        _overEntries++;
    }

    /// <summary>Drops entries beyond what rooms keep, beside so many writes.</summary>
    public void TrimOver(WriterTables tables, long now, int writes)
    {
        int rows = Limit(writes);
        _overEntries = 0;
        foreach (RoomName name in _over)
        {
            if (tables.Rooms.Find(name) is { } row)
            {
                tables.Rooms.Changes(row);
                rows -= tables.Entries.Trim(row, now, rows);
                if (rows <= 0)
                {
                    row.DueBy(now);
                    _overEntries = urgent;
                    return;
                }
            }

            _over.Remove(name);
        }
    }

    /// <summary>Writes down who read and who is a member, as the last step does; whether there is more of it.</summary>
    public bool WriteDown(WriterTables tables, long now)
    {
        bool more = WriteUses(tables);
        return leases.Flush(tables.Leases, now, Rows) || more;
    }

    /// <summary>One step of everything that is due, beside so many writes; whether there is more to do at once.</summary>
    public bool Step(WriterTables tables, long now, int writes)
    {
        bool more = WriteDown(tables, now);
        more |= LookAtRooms(tables, now, Limit(writes));
        more |= Review(tables, now, Limit(writes));
        more |= tables.Keys.Expire(now, Rows) == Rows;
        tables.Tickets.Expire(now, Rows);
        tables.Orders.Expire(now, Rows);
        more |= tables.Dropped.Sweep(tables.Entries, tables.Keys, Rows);
        more |= Vacuum(tables.Database);
        if (!more)
        {
            tables.PutClock(now);
        }

        return more;
    }

    /// <summary>When a step is due next.</summary>
    public long Next(WriterTables tables, long now)
    {
        long next = Math.Min(Math.Min(tables.Rooms.NextDue(), tables.Keys.NextEnd()), Math.Min(tables.Tickets.NextEnd(), tables.Orders.NextEnd()));
        return uses.Any || leases.Any ? Math.Min(DueGrid.Up(next), now + DueGrid.Step) : DueGrid.Up(next);
    }

    /// <summary>The transaction is stored.</summary>
    public void Stored()
    {
        _taken.Clear();
        _reviewed = _reviewing;
        if (_ended.Count > 0)
        {
            // Whoever began to watch one of them meanwhile found the record that is gone now.
            RoomName[] ended = [.. _ended];
            _ended.Clear();
            Array.ForEach(ended, watches.TellUncertain);
        }
    }

    /// <summary>The transaction was undone.</summary>
    public void Undone()
    {
        _over.Clear();
        _overEntries = 0;
        _ended.Clear();
        _reviewing = _reviewed;
        foreach ((RoomName room, long used) in _taken)
        {
            uses.Note(room, used);
        }

        _taken.Clear();
        leases.Undone();
    }

    private bool WriteUses(WriterTables tables)
    {
        _taken.AddRange(uses.Take(Rows));
        foreach ((RoomName room, long used) in _taken)
        {
            tables.Rooms.Use(room, used, watches.Contains(room));
        }

        return _taken.Count == Rows;
    }

    // More than is written, or a store that is always busy would only grow.
    private static int Limit(int writes) => Math.Max(Rows, 2 * writes);

    private bool LookAtRooms(WriterTables tables, long now, int limit)
    {
        List<RoomName> due = tables.Rooms.Due(now, Rooms);
        return LookAt(tables, due, now, limit) < due.Count || due.Count == Rooms;
    }

    // Once after settings have changed: when rooms are due was decided by those that they had.
    private bool Review(WriterTables tables, long now, int limit)
    {
        if (!tables.IsToReview)
        {
            return false;
        }

        List<(long Id, RoomName Name)> next = tables.Rooms.Behind(_reviewed, Rooms);
        int seen = LookAt(tables, next.ConvertAll(static room => room.Name), now, limit);
        if (seen > 0)
        {
            _reviewing = next[seen - 1].Id;
        }

        if (seen == next.Count && next.Count < Rooms)
        {
            tables.PutReviewed();
            return false;
        }

        return true;
    }

    // Gives how many it has done with.
    private int LookAt(WriterTables tables, List<RoomName> rooms, long now, int limit)
    {
        int seen = 0;
        foreach (RoomName name in rooms)
        {
            if (tables.Rooms.Find(name) is { } row)
            {
                tables.Rooms.Changes(row);
                if (row.Count > 0)
                {
                    limit -= tables.Entries.Trim(row, now, limit);
                    if (limit <= 0)
                    {
                        // There may be more to drop here.
                        row.DueBy(now - DueGrid.Step);
                        return seen;
                    }
                }

                if (row.Count == 0)
                {
                    LookAtRecord(tables, row, now);
                }
            }

            seen++;
        }

        return seen;
    }

    // A record without entries ends with its age, and not before its keys.
    private void LookAtRecord(WriterTables tables, RoomRow row, long now)
    {
        long used = watches.Contains(row.Name) ? now : Math.Max(row.Used, uses.Of(row.Name) ?? 0);
        long ends = StoreClock.Later(used, row.RecordAge);
        if (ends <= now)
        {
            ends = tables.Keys.LatestEnd(row);
        }

        if (ends > now)
        {
            row.Due = DueGrid.Up(ends);
            return;
        }

        tables.Rooms.Delete(row);
        _ended.Add(row.Name);
        if (ends > 0)
        {
            tables.Dropped.Add(row.Id, row.Head);
        }
    }

    private static bool Vacuum(Database database)
    {
        long free = database.Number("PRAGMA freelist_count");
        if (free <= FreePages || free <= database.Number("PRAGMA page_count") / 4)
        {
            return false;
        }

        database.Execute($"PRAGMA incremental_vacuum({VacuumPages})");
        return true;
    }
}
