using Godwit.Sqlite.Storage;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Godwit.Sqlite.Writing;

/// <summary>Copies the write-ahead log into the database, beside the writer, and so that the log stays small.</summary>
/// <remarks>
/// It runs on a thread of the pool, with a connection of its own, while the writer goes on. A log under constant load never is copied
/// to its end like that and would grow; so when it is long the writer copies the little that is left itself, and begins it anew.
/// </remarks>
internal sealed class Checkpointer(Func<Database> open) : IDisposable
{
    // Pages of 4 KiB.
    private const long Due = 1_000;
    private const int Long = 4_000;

    private readonly object _lock = new();
    private Database? _database;
    private long _pages;
    private bool _isLong;
    private bool _isRunning;
    private bool _isDisposed;

    /// <summary>The writer has stored something. About so many pages were written.</summary>
    public void OnCommitted(int writes, long bytes)
    {
        _pages += (2 * writes) + (bytes / 4096);
        if (_pages < Due)
        {
            return;
        }

        lock (_lock)
        {
            if (_isRunning || _isDisposed)
            {
                return;
            }

            _isRunning = true;
        }

        _pages = 0;
        ThreadPool.UnsafeQueueUserWorkItem(static self => self.Run(), this, preferLocal: false);
    }

    /// <summary>Copies what is left of a long log, on the writer's connection.</summary>
    public void CatchUp(Database writer)
    {
        if (!Volatile.Read(ref _isLong))
        {
            return;
        }

        Volatile.Write(ref _isLong, false);
        raw.sqlite3_wal_checkpoint_v2(writer.Handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _);
    }

    /// <summary>Waits for what is being copied. So the writer's connection is the last one, which empties the log when it closes, and the directory is let go of by then.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            while (_isRunning)
            {
                Monitor.Wait(_lock);
            }

            _database?.Dispose();
        }
    }

    private void Run()
    {
        try
        {
            _database ??= open();

            // A failure is the writer's to find: what is not copied stays in the log.
            raw.sqlite3_wal_checkpoint_v2(_database.Handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out int logged, out int copied);
            Volatile.Write(ref _isLong, logged > Long);
        }
        catch (Exception fault) when (fault is StoreException or SqliteStoreException or SqliteException)
        {
            _database?.Dispose();
            _database = null;
        }

        lock (_lock)
        {
            _isRunning = false;
            Monitor.PulseAll(_lock);
        }
    }
}
