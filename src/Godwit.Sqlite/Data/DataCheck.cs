using Godwit.Sqlite.Storage;

namespace Godwit.Sqlite.Data;

/// <summary>Looks whether everything that a store says of its rooms is so. It reads alone, and works beside a running server.</summary>
internal static class DataCheck
{
    /// <summary>Checks a directory.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="fault">Is told of everything that is wrong.</param>
    /// <exception cref="SqliteStoreException">There is no store, or it cannot be read at all.</exception>
    public static (long Rooms, long Entries, long Bytes) Run(string path, Action<string> fault)
    {
        var directory = new DataDirectory(path);
        using Database database = directory.OpenForReading();
        try
        {
            database.Execute("BEGIN");
            using (Statement pages = database.Prepare("PRAGMA integrity_check(100)"))
            {
                while (pages.Step())
                {
                    if (pages.Text(0) is not "ok" and string wrong)
                    {
                        fault(wrong);
                    }
                }
            }

            (long, long, long) counted = CheckRooms(database, fault);
            CheckRest(database, fault);
            return counted;
        }
        catch (StoreException wrong)
        {
            fault(wrong.Message);
            return default;
        }
    }

    private static (long Rooms, long Entries, long Bytes) CheckRooms(Database database, Action<string> fault)
    {
        long rooms = 0, entries = 0, bytes = 0;
        using Statement all = database.Prepare(
            """
            SELECT r.name, r.head, r.head_mark, r.trimmed, r.trimmed_mark, r.bytes, count(e.offset), coalesce(min(e.offset), 0), coalesce(max(e.offset), 0), coalesce(sum(e.size), 0),
              (SELECT mark FROM entries h WHERE h.room = r.id AND h.offset = r.head)
            FROM rooms r LEFT JOIN entries e ON e.room = r.id AND e.offset > r.trimmed
            GROUP BY r.id
            """);
        while (all.Step())
        {
            string name = all.Text(0);
            long head = all.Number(1), trimmed = all.Number(3), count = all.Number(6);
            rooms++;
            entries += count;
            bytes += all.Number(9);
            if (trimmed > head || count != head - trimmed || (count > 0 && (all.Number(7) != trimmed + 1 || all.Number(8) != head)))
            {
                fault($"room {name}: its record says that entries {trimmed + 1} to {head} are there, and {count} from {all.Number(7)} to {all.Number(8)} are");
            }
            else if (all.Number(2) != (count > 0 ? all.Number(10) : all.Number(4)))
            {
                fault($"room {name}: the mark of its newest entry is not the one of its record");
            }

            if (all.Number(5) != all.Number(9))
            {
                fault($"room {name}: its record counts {all.Number(5)} octets, and its entries have {all.Number(9)}");
            }
        }

        return (rooms, entries, bytes);
    }

    private static void CheckRest(Database database, Action<string> fault)
    {
        long lost = database.Number("SELECT count(*) FROM entries WHERE room NOT IN (SELECT id FROM rooms) AND room NOT IN (SELECT room FROM dropped)");
        if (lost > 0)
        {
            fault($"{lost} entries are of no room");
        }

        lost = database.Number("SELECT count(*) FROM entries e JOIN rooms r ON r.id = e.room WHERE e.offset <= r.trimmed AND NOT EXISTS (SELECT 1 FROM dropped d WHERE d.room = e.room AND d.upto >= e.offset)");
        if (lost > 0)
        {
            fault($"{lost} entries are there that their rooms say are gone");
        }
    }
}
