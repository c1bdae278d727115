using Godwit.Brokers;
using Godwit.Brokers.Memory;
using Godwit.Rooms;
using Godwit.Sqlite.Reading;
using Godwit.Sqlite.Storage;
using Godwit.Sqlite.Watching;
using Godwit.Sqlite.Writing;
using Microsoft.Extensions.Logging;

namespace Godwit.Sqlite;

/// <summary>A data directory that this process holds: its lock, its writer and its readers.</summary>
internal sealed partial class OpenStore : IAsyncDisposable
{
    private readonly DirectoryLock _lock;
    private readonly Checkpointer _checkpointer;
    private readonly LeaseJournal _journal = new();
    private readonly Uses _uses = new();

    /// <summary>Opens the database of a directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="held">Its lock, which is let go of when this ends.</param>
    /// <param name="options">How it is stored.</param>
    /// <param name="policies">The settings of rooms.</param>
    /// <param name="time">The clock and the timers.</param>
    /// <param name="log">Where faults go.</param>
    /// <exception cref="SqliteStoreException">The database cannot be used.</exception>
    public OpenStore(DataDirectory directory, DirectoryLock held, SqliteBrokerOptions options, RoomPolicies policies, TimeProvider time, ILogger log)
    {
        _lock = held;
        Time = time;
        Database database = directory.OpenForWriting(options.Sync);
        try
        {
            Clock = new StoreClock(time, WriterTables.StoredClock(database));
            if (Clock.SetBack > TimeSpan.FromMinutes(1))
            {
                Log.ClockWasSetBack(log, Clock.SetBack);
            }

            var tables = new WriterTables(database, policies);
            Leases = new StoredLeases(time, new Uptime(time), _journal.Note);
            _journal.Leases = Leases;
            tables.Begin();
            tables.PutClock(Clock.Now);

            // Until a moment ago these were watched, and so in use.
            database.Execute($"UPDATE rooms SET used = max(used, {Clock.Now}), watched = 0 WHERE watched = 1");
            tables.Leases.Restore(Clock.Now, Leases.Restore);
            tables.Commit();
            _checkpointer = new Checkpointer(() => directory.OpenOneMore(mayWrite: true));
            Upkeep = new Upkeep(_uses, Watches, _journal, options.EntriesOver);
            Writer = new StoreWriter(tables, Clock, time, options.DiskTime, Watches, Upkeep, _checkpointer, log);
        }
        catch (Exception fault)
        {
            database.Dispose();
            throw fault is StoreException store ? directory.Refused(store) : fault;
        }

        _journal.Began = ArmSoon;
        Readers = new ReaderPool(directory, options.DiskTime, log);
    }

    /// <summary>Entry times, and timers.</summary>
    public TimeProvider Time { get; }

    /// <summary>What ages go by.</summary>
    public StoreClock Clock { get; }

    /// <summary>Who watches rooms.</summary>
    public RoomWatches Watches { get; } = new();

    /// <summary>What is done besides writes.</summary>
    public Upkeep Upkeep { get; }

    /// <summary>Carries out writes.</summary>
    public StoreWriter Writer { get; }

    /// <summary>Carries out reads.</summary>
    public ReaderPool Readers { get; }

    /// <summary>Who is a member of rooms.</summary>
    public StoredLeases Leases { get; }

    /// <summary>Notes that a room is used, without a write.</summary>
    public void Use(Protocol.RoomName room)
    {
        if (_uses.Note(room, Clock.Now))
        {
            ArmSoon();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _checkpointer.Dispose();
        Readers.Dispose();
        await Writer.DisposeAsync().ConfigureAwait(false);
        await Leases.DisposeAsync().ConfigureAwait(false);
        _lock.Dispose();
    }

    private void ArmSoon() => Writer.Arm(Clock.Now + DueGrid.Step);

    private static partial class Log
    {
        [LoggerMessage(7, LogLevel.Warning, "The clock was set back by {Span} since the store was last written. Nothing is dropped for it: what was stored ages as if no time had passed since.", EventName = "ClockWasSetBack")]
        public static partial void ClockWasSetBack(ILogger logger, TimeSpan span);
    }
}
