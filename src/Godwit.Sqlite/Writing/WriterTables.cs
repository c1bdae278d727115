using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Godwit.Rooms;
using Godwit.Sqlite.Storage;

namespace Godwit.Sqlite.Writing;

/// <summary>The tables on the writer's connection.</summary>
internal sealed class WriterTables : IDisposable
{
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _putClock;
    private readonly long _ages;
    private bool _isReviewed;

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
        _ages = Ages(policies);
        IsToReview = database.Number("SELECT value FROM facts WHERE name = 'policies'") != _ages;
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

    /// <summary>Whether rooms are due by other settings than these, as far as they have not been looked at since.</summary>
    public bool IsToReview { get; private set; }

    /// <summary>The time that was stored last.</summary>
    public static long StoredClock(Database database) => database.Number("SELECT value FROM facts WHERE name = 'clock'");

    /// <summary>Begins a transaction.</summary>
    public void Begin() => _begin.Run();

    /// <summary>Writes what changed, and ends the transaction: afterwards it is stored.</summary>
    public void Commit()
    {
        Rooms.Save();
        _commit.Run();
        IsToReview &= !_isReviewed;
        _isReviewed = false;
    }

    /// <summary>Undoes the transaction.</summary>
    public void Undo()
    {
        Database.Rollback();
        Rooms.Forget();
        Tickets.Forget();
        Orders.Forget();
        _isReviewed = false;
    }

    /// <summary>Notes that all rooms have been looked at by these settings.</summary>
    public void PutReviewed()
    {
        Database.Execute($"INSERT OR REPLACE INTO facts(name, value) VALUES('policies', {_ages})");
        _isReviewed = true;
    }

    /// <summary>Stores the time.</summary>
    public void PutClock(long now) => _putClock.Bind(1, now).Run();

    /// <inheritdoc/>
    public void Dispose() => Database.Dispose();

    // What decides when a room is due, as a number that is another one when that changes.
    private static long Ages(RoomPolicies policies)
    {
        var text = new StringBuilder();
        foreach (RoomPolicy policy in policies.All)
        {
            text.Append(CultureInfo.InvariantCulture, $"{policy.Pattern} {policy.Retention.Age.Ticks} {policy.Retention.Bytes} {policy.Retention.Entries} {policy.RecordAge.Ticks}\n");
        }

        return BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
