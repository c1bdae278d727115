using Godwit.Sqlite.Storage;

namespace Godwit.Sqlite.Writing;

/// <summary>Entries that are dropped on demand and still stand in the file: no record counts them, and they go in small batches.</summary>
internal sealed class DroppedTable(Database database)
{
    private readonly Statement _put = database.Prepare("INSERT INTO dropped(room, upto) VALUES(?, ?) ON CONFLICT(room) DO UPDATE SET upto = max(upto, excluded.upto)");
    private readonly Statement _first = database.Prepare("SELECT room, upto FROM dropped LIMIT 1");
    private readonly Statement _delete = database.Prepare("DELETE FROM dropped WHERE room = ?");
    private readonly Statement _isRoom = database.Prepare("SELECT 1 FROM rooms WHERE id = ?");

    /// <summary>Notes that a room's entries up to an offset are to go.</summary>
    public void Add(long room, long upto) => _put.Bind(1, room).Bind(2, upto).Run();

    /// <summary>Deletes some of them; false if there are none.</summary>
    public bool Sweep(EntryTable entries, KeyTable keys, int limit)
    {
        if (!_first.Step())
        {
            return false;
        }

        long room = _first.Number(0), upto = _first.Number(1);
        _first.Reset();
        if (!entries.Sweep(room, upto, limit))
        {
            return true;
        }

        // Of a log that is no more the keys go too.
        bool isRoom = _isRoom.Bind(1, room).Step();
        _isRoom.Reset();
        if (isRoom || keys.Sweep(room, limit) < limit)
        {
            _delete.Bind(1, room).Run();
        }

        return true;
    }
}
