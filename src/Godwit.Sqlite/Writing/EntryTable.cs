using Godwit.Brokers;
using Godwit.Rooms;
using Godwit.Sqlite.Storage;

namespace Godwit.Sqlite.Writing;

/// <summary>The entries of all rooms on the writer's side.</summary>
internal sealed class EntryTable(Database database)
{
    private readonly Statement _insert = database.Prepare("INSERT INTO entries(room, offset, mark, taken, size, time, is_bytes, event, publisher, data) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    private readonly Statement _scan = database.Prepare("SELECT offset, mark, taken, size FROM entries WHERE room = ? AND offset > ? ORDER BY offset");
    private readonly Statement _mark = database.Prepare("SELECT mark FROM entries WHERE room = ? AND offset = ?");
    private readonly Statement _size = database.Prepare("SELECT total(size) FROM entries WHERE room = ? AND offset > ? AND offset <= ?");
    private readonly Statement _delete = database.Prepare("DELETE FROM entries WHERE room = ? AND offset > ? AND offset <= ?");
    private readonly Statement _nth = database.Prepare("SELECT offset FROM entries WHERE room = ? AND offset <= ? ORDER BY offset LIMIT 1 OFFSET ?");

    /// <summary>Adds the newest entry of a room.</summary>
    public void Add(RoomRow row, Entry entry, long now) => _insert
        .Bind(1, row.Id).Bind(2, entry.Offset).Bind(3, entry.Mark).Bind(4, now).Bind(5, entry.Size).Bind(6, entry.Time)
        .Bind(7, entry.Content.IsBytes ? 1 : 0).Bind(8, entry.Content.Event).Bind(9, entry.Content.From).Bind(10, entry.Content.Data).Run();

    /// <summary>The mark of an offset between the last one dropped and the head.</summary>
    public uint MarkAt(RoomRow row, long offset)
    {
        if (offset == row.Head || offset == row.Trimmed)
        {
            return offset == row.Head ? row.HeadMark : row.TrimmedMark;
        }

        if (!_mark.Bind(1, row.Id).Bind(2, offset).Step())
        {
            throw Missing(row, offset);
        }

        uint mark = (uint)_mark.Number(0);
        _mark.Reset();
        return mark;
    }

    /// <summary>The octets of the entries behind one offset, up to another.</summary>
    public long Size(RoomRow row, long after, long upto)
    {
        _size.Bind(1, row.Id).Bind(2, after).Bind(3, upto).Step();
        long size = _size.Number(0);
        _size.Reset();
        return size;
    }

    /// <summary>Drops what a room's retention does not keep, oldest first.</summary>
    /// <param name="row">The room.</param>
    /// <param name="now">The time.</param>
    /// <param name="limit">The most to drop.</param>
    /// <returns>How many were dropped: the limit where there may be more.</returns>
    public int Trim(RoomRow row, long now, int limit)
    {
        Retention retention = row.Policy.Retention;
        long expired = now - (long)Math.Min(retention.Age.TotalMilliseconds, now);
        long before = row.Trimmed, trimmed = before, bytes = row.Bytes;
        uint mark = row.TrimmedMark;
        long? oldest = null;
        _scan.Bind(1, row.Id).Bind(2, before);
        while (_scan.Step())
        {
            long count = row.Head - trimmed;
            bool isOver = count > 1 && (count > retention.Entries || bytes > retention.Bytes);
            if ((!isOver && _scan.Number(2) > expired) || trimmed - before == limit)
            {
                oldest = _scan.Number(2);
                _scan.Reset();
                break;
            }

            if (_scan.Number(0) != trimmed + 1)
            {
                _scan.Reset();
                throw Missing(row, trimmed + 1);
            }

            trimmed++;
            mark = (uint)_scan.Number(1);
            bytes -= _scan.Number(3);
        }

        if (oldest is null && trimmed != row.Head)
        {
            throw Missing(row, trimmed + 1);
        }

        if (trimmed > before)
        {
            _delete.Bind(1, row.Id).Bind(2, before).Bind(3, trimmed).Run();
        }

        row.Trimmed = trimmed;
        row.TrimmedMark = mark;
        row.Bytes = bytes;
        row.Due = DueGrid.Up(oldest is { } taken ? StoreClock.Later(taken, retention.Age) : StoreClock.Later(row.Used, row.RecordAge));
        return (int)(trimmed - before);
    }

    /// <summary>Deletes entries that no record counts any more, up to an offset.</summary>
    /// <returns>Whether it was all of them.</returns>
    public bool Sweep(long room, long upto, int limit)
    {
        bool more = _nth.Bind(1, room).Bind(2, upto).Bind(3, limit).Step();
        long bound = upto;
        if (more)
        {
            bound = _nth.Number(0);
            _nth.Reset();
        }

        _delete.Bind(1, room).Bind(2, 0).Bind(3, bound).Run();
        return !more;
    }

    private StoreException Missing(RoomRow row, long offset) => new(database.File, SQLitePCL.raw.SQLITE_CORRUPT, $"entry {offset} of room {row.Name} is missing");
}
