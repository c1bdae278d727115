using Godwit.Rooms;
using Godwit.Sqlite.Storage;

namespace Godwit.Sqlite.Writing;

/// <summary>The tables on the writer's connection.</summary>
internal sealed class WriterTables : IDisposable
{
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _putClock;

    /// <summary>Takes a connection over.</summary>
    public WriterTables(Database database, RoomPolicies policies)
    {
        Database = database;
        _begin = database.Prepare("BEGIN IMMEDIATE");
        _commit = database.Prepare("COMMIT");
        _putClock = database.Prepare("INSERT OR REPLACE INTO facts(name, value) VALUES('clock', ?)");
        Rooms = new RoomTable(database, policies);
        Entries = new EntryTable(database);
        Keys = new KeyTable(database);
        Dropped = new DroppedTable(database);
        Tickets = new TicketTable(database);
        Orders = new OrderTable(database);
        Rings = new RingTable(database);
        Leases = new LeaseTable(database);
    }

    public Database Database { get; }

    public RoomTable Rooms { get; }

    public EntryTable Entries { get; }

    public KeyTable Keys { get; }

    public DroppedTable Dropped { get; }

    public TicketTable Tickets { get; }

    public OrderTable Orders { get; }

    public RingTable Rings { get; }

    public LeaseTable Leases { get; }

    /// <summary>The time that was stored last.</summary>
    public static long StoredClock(Database database) => database.Number("SELECT value FROM facts WHERE name = 'clock'");

    /// <summary>Begins a transaction.</summary>
    public void Begin() => _begin.Run();

    /// <summary>Writes what changed, and ends the transaction: afterwards it is stored.</summary>
    public void Commit()
    {
        Rooms.Save();
        _commit.Run();
    }

    /// <summary>Undoes the transaction.</summary>
    public void Undo()
    {
        Database.Rollback();
        Rooms.Forget();
    }

    /// <summary>Stores the time.</summary>
    public void PutClock(long now) => _putClock.Bind(1, now).Run();

    /// <inheritdoc/>
    public void Dispose() => Database.Dispose();
}
