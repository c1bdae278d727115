using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Sqlite.Storage;

namespace Godwit.Sqlite.Writing;

/// <summary>The records of rooms on the writer's side. Those in use lately are kept, and written once in a transaction however often they change.</summary>
internal sealed class RoomTable(Database database, RoomPolicies policies)
{
    private const int MaxKept = 4096;

    private readonly Dictionary<RoomName, RoomRow> _kept = [];
    private readonly List<RoomRow> _dirty = [];
    private readonly Statement _find = database.Prepare("SELECT id, epoch, head, head_mark, trimmed, trimmed_mark, bytes, used, due FROM rooms WHERE name = ?");
    private readonly Statement _insert = database.Prepare("INSERT INTO rooms(name, epoch, head, head_mark, trimmed, trimmed_mark, bytes, used, watched, due) VALUES(?, ?, 0, 0, 0, 0, 0, ?, 0, ?) RETURNING id");
    private readonly Statement _update = database.Prepare("UPDATE rooms SET head = ?, head_mark = ?, trimmed = ?, trimmed_mark = ?, bytes = ?, used = ? WHERE id = ?");
    private readonly Statement _updateDue = database.Prepare("UPDATE rooms SET due = ? WHERE id = ? AND due <> ?");
    private readonly Statement _updateUse = database.Prepare("UPDATE rooms SET used = max(used, ?), watched = ? WHERE name = ?");
    private readonly Statement _delete = database.Prepare("DELETE FROM rooms WHERE id = ?");
    private readonly Statement _due = database.Prepare("SELECT name FROM rooms WHERE due <= ? ORDER BY due LIMIT ?");
    private readonly Statement _behind = database.Prepare("SELECT id, name FROM rooms WHERE id > ? ORDER BY id LIMIT ?");
    private readonly Statement _nextDue = database.Prepare("SELECT min(due) FROM rooms");

    /// <summary>The record of a room, if it has one.</summary>
    public RoomRow? Find(RoomName name)
    {
        if (_kept.TryGetValue(name, out RoomRow? row))
        {
            return row;
        }

        if (!_find.Bind(1, name.ToString()).Step())
        {
            return null;
        }

        row = new RoomRow(_find.Number(0), name, policies.For(name))
        {
            Epoch = new Epoch((ulong)_find.Number(1)),
            Head = _find.Number(2),
            HeadMark = (uint)_find.Number(3),
            Trimmed = _find.Number(4),
            TrimmedMark = (uint)_find.Number(5),
            Bytes = _find.Number(6),
            Used = _find.Number(7),
            Due = _find.Number(8),
        };
        _find.Reset();
        _kept.Add(name, row);
        return row;
    }

    /// <summary>The record of a room, made where it has none.</summary>
    public RoomRow FindOrMake(RoomName name, long now) => Find(name) ?? Make(name, now);

    /// <summary>Makes the record of a room that has none.</summary>
    public RoomRow Make(RoomName name, long now)
    {
        RoomPolicy policy = policies.For(name);
        Epoch epoch = Epoch.New();
        var draft = new RoomRow(0, name, policy);
        long due = DueGrid.Up(StoreClock.Later(now, draft.RecordAge));
        _insert.Bind(1, name.ToString()).Bind(2, (long)epoch.Value).Bind(3, now).Bind(4, due).Step();
        var row = new RoomRow(_insert.Number(0), name, policy) { Epoch = epoch, Used = now, Due = due };
        _insert.Reset();
        _kept.Add(name, row);
        return row;
    }

    /// <summary>Notes that a record changes in this transaction.</summary>
    public void Changes(RoomRow row)
    {
        if (!row.IsDirty)
        {
            row.IsDirty = true;
            _dirty.Add(row);
        }
    }

    /// <summary>Deletes a record.</summary>
    public void Delete(RoomRow row)
    {
        _delete.Bind(1, row.Id).Run();
        _kept.Remove(row.Name);
        _dirty.Remove(row);
    }

    /// <summary>Writes when a room was last read, and whether it is being watched.</summary>
    public void Use(RoomName name, long used, bool isWatched)
    {
        _updateUse.Bind(1, used).Bind(2, isWatched ? 1 : 0).Bind(3, name.ToString()).Run();
        if (_kept.TryGetValue(name, out RoomRow? row))
        {
            row.Used = Math.Max(row.Used, used);
        }
    }

    /// <summary>Writes the records that changed.</summary>
    public void Save()
    {
        foreach (RoomRow row in _dirty)
        {
            _update.Bind(1, row.Head).Bind(2, row.HeadMark).Bind(3, row.Trimmed).Bind(4, row.TrimmedMark).Bind(5, row.Bytes).Bind(6, row.Used).Bind(7, row.Id).Run();
            _updateDue.Bind(1, row.Due).Bind(2, row.Id).Bind(3, row.Due).Run();
            row.IsDirty = false;
        }

        _dirty.Clear();
        if (_kept.Count > MaxKept)
        {
            _kept.Clear();
        }
    }

    /// <summary>Forgets what is kept: the transaction was undone.</summary>
    public void Forget()
    {
        _dirty.Clear();
        _kept.Clear();
    }

    /// <summary>The rooms in which something is due.</summary>
    public List<RoomName> Due(long now, int limit)
    {
        var names = new List<RoomName>();
        _due.Bind(1, now).Bind(2, limit);
        while (_due.Step())
        {
            names.Add(RoomName.Parse(_due.Text(0)));
        }

        return names;
    }

    /// <summary>The rooms behind a number, in the order of their numbers.</summary>
    public List<(long Id, RoomName Name)> Behind(long id, int limit)
    {
        var rooms = new List<(long, RoomName)>();
        _behind.Bind(1, id).Bind(2, limit);
        while (_behind.Step())
        {
            rooms.Add((_behind.Number(0), RoomName.Parse(_behind.Text(1))));
        }

        return rooms;
    }

    /// <summary>When something is due next, by the database.</summary>
    public long NextDue()
    {
        _nextDue.Step();
        long due = _nextDue.Number(0);
        _nextDue.Reset();
        return due == 0 ? StoreClock.Never : due;
    }
}
