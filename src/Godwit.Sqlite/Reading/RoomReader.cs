using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Sqlite.Storage;

namespace Godwit.Sqlite.Reading;

/// <summary>Judges positions and reads pages on a connection of its own: what it sees is the database at one instant, whatever the writer does meanwhile.</summary>
internal sealed class RoomReader : IDisposable
{
    private readonly Database _database;
    private readonly Statement _begin;
    private readonly Statement _end;
    private readonly Statement _room;
    private readonly Statement _exists;
    private readonly Statement _mark;
    private readonly Statement _forward;
    private readonly Statement _backward;

    /// <summary>Takes a connection over.</summary>
    public RoomReader(Database database)
    {
        const string Columns = "offset, mark, time, is_bytes, event, publisher, data, size";
        _database = database;
        _begin = database.Prepare("BEGIN");
        _end = database.Prepare("COMMIT");
        _room = database.Prepare("SELECT id, epoch, head, head_mark, trimmed, trimmed_mark FROM rooms WHERE name = ?");
        _exists = database.Prepare("SELECT 1 FROM rooms WHERE name = ?");
        _mark = database.Prepare("SELECT mark FROM entries WHERE room = ? AND offset = ?");
        _forward = database.Prepare($"SELECT {Columns} FROM entries WHERE room = ? AND offset > ? AND offset <= ? ORDER BY offset LIMIT ?");
        _backward = database.Prepare($"SELECT {Columns} FROM entries WHERE room = ? AND offset > ? AND offset <= ? ORDER BY offset DESC LIMIT ?");
    }

    /// <summary>The connection.</summary>
    public Database Database => _database;

    /// <summary>Whether a room has a record.</summary>
    public bool Exists(RoomName name)
    {
        bool exists = _exists.Bind(1, name.ToString()).Step();
        _exists.Reset();
        return exists;
    }

    /// <summary>Judges and reads; null if the room has no record.</summary>
    public LogPage? Read(RoomName name, in ReadFrom from, ReadLimits limits)
    {
        _begin.Run();
        try
        {
            return FindLog(name) is { } log ? Read(log, from, limits) : null;
        }
        finally
        {
            if (_database.IsInTransaction)
            {
                _end.Run();
            }
        }
    }

    /// <summary>Lists rooms behind a name, in the bytewise order of their names.</summary>
    public List<RoomRecord> List(RoomName? after, int limit)
    {
        using Statement rooms = _database.Prepare("SELECT name, epoch, head, head_mark, trimmed, bytes FROM rooms WHERE name > ? ORDER BY name LIMIT ?");
        rooms.Bind(1, after?.ToString() ?? "").Bind(2, limit);
        var records = new List<RoomRecord>();
        while (rooms.Step())
        {
            var head = new Position(new Epoch((ulong)rooms.Number(1)), rooms.Number(2), (uint)rooms.Number(3));
            records.Add(new RoomRecord(RoomName.Parse(rooms.Text(0)), head, head.Offset - rooms.Number(4), rooms.Number(5)));
        }

        return records;
    }

    /// <summary>The orders that are kept.</summary>
    public List<(long Number, byte[] Content)> Orders(long now)
    {
        using Statement orders = _database.Prepare("SELECT number, content FROM orders WHERE ends > ? ORDER BY number");
        orders.Bind(1, now);
        var kept = new List<(long, byte[])>();
        while (orders.Step())
        {
            kept.Add((orders.Number(0), orders.Octets(1)));
        }

        return kept;
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();

    /// <summary>An entry as its row has it; the statement stands at the row.</summary>
    internal static Entry EntryOf(Statement row) => new(
        row.Number(0),
        (uint)row.Number(1),
        row.Number(2),
        new EntryContent(Interned(row.Text(4)), row.Octets(6), row.Number(3) != 0, row.TextOrNull(5)));

    private static string Interned(string name) => name == EventName.Default ? EventName.Default : name;

    private Log? FindLog(RoomName name)
    {
        if (!_room.Bind(1, name.ToString()).Step())
        {
            return null;
        }

        var log = new Log(_room.Number(0), name, new Epoch((ulong)_room.Number(1)), _room.Number(2), (uint)_room.Number(3), _room.Number(4), (uint)_room.Number(5));
        _room.Reset();
        return log;
    }

    private LogPage Read(in Log log, in ReadFrom from, ReadLimits limits)
    {
        Verdict verdict = Verdict.Ok;
        OffsetRange? missing = null;
        if (from.Kind is ReadFromKind.After or ReadFromKind.Continue or ReadFromKind.Before)
        {
            verdict = Judge(log, from.Position, byMark: from.Kind != ReadFromKind.Continue);
            missing = verdict == Verdict.Gap ? new OffsetRange(from.Position.Offset + 1, log.Trimmed) : null;
        }

        List<Entry> entries = [];
        long start;
        if (from.Kind == ReadFromKind.Before)
        {
            long end = verdict switch
            {
                Verdict.Gap => log.Trimmed,
                Verdict.Ok => Math.Max(log.Trimmed, from.Position.Offset - 1),
                _ => log.Head,
            };
            Fill(_backward, entries, log, log.Trimmed, end, limits);
            entries.Reverse();
            start = end - entries.Count;
        }
        else
        {
            start = from.Kind switch
            {
                ReadFromKind.Now => log.Head,
                ReadFromKind.Last => Math.Max(log.Trimmed, log.Head - Math.Max(from.Count, 0)),
                ReadFromKind.After or ReadFromKind.Continue when verdict == Verdict.Ok => from.Position.Offset,
                _ => log.Trimmed,
            };
            Fill(_forward, entries, log, start, log.Head, limits);
        }

        return new LogPage
        {
            Verdict = verdict,
            Missing = missing,
            Start = PositionAt(log, start),
            Entries = entries,
            Head = new Position(log.Epoch, log.Head, log.HeadMark),
            Oldest = new Position(log.Epoch, log.Trimmed, log.TrimmedMark),
        };
    }

    private void Fill(Statement rows, List<Entry> entries, in Log log, long after, long upto, ReadLimits limits)
    {
        if (after >= upto || limits.Entries <= 0)
        {
            return;
        }

        bool isForward = rows == _forward;
        long expected = isForward ? after + 1 : upto;
        rows.Bind(1, log.Id).Bind(2, after).Bind(3, upto).Bind(4, limits.Entries);
        long bytes = 0;
        while (rows.Step())
        {
            bytes += rows.Number(7);
            if (entries.Count > 0 && bytes > limits.Bytes)
            {
                rows.Reset();
                return;
            }

            if (rows.Number(0) != expected)
            {
                rows.Reset();
                break;
            }

            expected += isForward ? 1 : -1;
            entries.Add(EntryOf(rows));
        }

        // A hole would be a loss that nobody is told of.
        if (entries.Count < Math.Min(limits.Entries, upto - after))
        {
            throw Missing(log, expected);
        }
    }

    private Verdict Judge(in Log log, Position position, bool byMark)
    {
        if (position.Epoch != log.Epoch || position.Offset > log.Head)
        {
            return Verdict.Reset;
        }

        if (position.Offset < log.Trimmed)
        {
            return Verdict.Gap;
        }

        return byMark && PositionAt(log, position.Offset).Mark != position.Mark ? Verdict.Reset : Verdict.Ok;
    }

    // Of an offset between the last one dropped and the head.
    private Position PositionAt(in Log log, long offset)
    {
        if (offset == log.Head || offset == log.Trimmed)
        {
            return new Position(log.Epoch, offset, offset == log.Head ? log.HeadMark : log.TrimmedMark);
        }

        if (!_mark.Bind(1, log.Id).Bind(2, offset).Step())
        {
            throw Missing(log, offset);
        }

        var position = new Position(log.Epoch, offset, (uint)_mark.Number(0));
        _mark.Reset();
        return position;
    }

    private StoreException Missing(in Log log, long offset) => new(_database.File, SQLitePCL.raw.SQLITE_CORRUPT, $"entry {offset} of room {log.Name} is missing");

    private readonly record struct Log(long Id, RoomName Name, Epoch Epoch, long Head, uint HeadMark, long Trimmed, uint TrimmedMark);
}
