using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Sqlite.Storage;
using Godwit.Sqlite.Writing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Sqlite;

/// <summary>Keeps logs in a SQLite database: what is acknowledged outlives the process and, with <see cref="DataSync.Full"/>, the loss of power.</summary>
/// <remarks>
/// <see cref="OpenAsync"/> takes the directory, which one process holds at a time; before that, and after it failed, every call is told that
/// the store is away. Entries leave by number, octets and age at most 10 s late. Age goes by a clock that is stored and never falls.
/// Members of rooms are kept in memory and noted down some seconds late.
/// </remarks>
public sealed partial class SqliteBroker : IBroker
{
    private static readonly TimeSpan LookForLock = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly SqliteBrokerOptions _options;
    private readonly RoomPolicies _policies;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly DataDirectory _directory;
    private readonly SemaphoreSlim _opening = new(1);
    private OpenStore? _store;
    private string _closed;
    private volatile bool _disposed;

    /// <summary>Makes a broker that is not open yet.</summary>
    /// <param name="options">Where and how it stores.</param>
    /// <param name="policies">The settings of rooms.</param>
    /// <param name="time">The clock and the timers.</param>
    /// <param name="log">Where it says what the store is about.</param>
    public SqliteBroker(SqliteBrokerOptions options, RoomPolicies policies, TimeProvider time, ILogger<SqliteBroker>? log = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(policies);
        ArgumentNullException.ThrowIfNull(time);
        _options = options;
        _policies = policies;
        _time = time;
        _log = log ?? NullLogger<SqliteBroker>.Instance;
        _directory = new DataDirectory(options.Directory);
        _closed = $"{_directory.Path} has not been opened yet.";
    }

    /// <summary>Whether the directory is held, so that calls are answered.</summary>
    public bool IsReady => Volatile.Read(ref _store) is not null && !_disposed;

    /// <summary>Opens the directory if no other process holds it.</summary>
    /// <returns>False while another one does.</returns>
    /// <exception cref="SqliteStoreException">It cannot be used.</exception>
    public bool TryOpen()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _opening.Wait();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_store is not null)
            {
                return true;
            }

            _directory.Make();
            DirectoryLock? held = DirectoryLock.TryTake(_directory.Path);
            if (held is null)
            {
                _closed = $"{_directory.Lock} is held by another process.";
                return false;
            }

            try
            {
                Volatile.Write(ref _store, new OpenStore(_directory, held, _options, _policies, _time, _log));
                return true;
            }
            catch
            {
                held.Dispose();
                throw;
            }
        }
        catch (SqliteStoreException fault)
        {
            _closed = fault.Message;
            throw;
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Opens the directory, waiting for a process that holds it for as long as <see cref="SqliteBrokerOptions.WaitLock"/> says.</summary>
    /// <exception cref="SqliteStoreException">It cannot be used, or the other process still holds it.</exception>
    public async Task OpenAsync(CancellationToken cancel)
    {
        long start = _time.GetTimestamp();
        while (!TryOpen())
        {
            if (_time.GetElapsedTime(start) >= _options.WaitLock)
            {
                _closed = $"{_directory.Lock} is held by another process, and was for {_options.WaitLock.TotalSeconds:0.#} s: stop that server (fuser {_directory.Lock} shows which it is), or give this one another directory.";
                throw new SqliteStoreException(_directory.Lock, _closed);
            }

            await Task.Delay(LookForLock, _time, cancel).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The broker was disposed.</exception>
    public ValueTask<Appended> AppendAsync(RoomName room, EntryContent content, PublishKey? key, CancellationToken cancel)
    {
        OpenStore store = Store;
        if (cancel.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Appended>(cancel);
        }

        var write = new AppendWrite(room, content, key, store.Watches, store.Upkeep, _time);
        store.Writer.Enqueue(write);
        return new ValueTask<Appended>(write.Answered.WaitAsync(cancel));
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The broker was disposed.</exception>
    public async ValueTask<LogPage> ReadAsync(RoomName room, ReadFrom from, ReadLimits limits, CancellationToken cancel)
    {
        OpenStore store = Store;
        cancel.ThrowIfCancellationRequested();
        while (true)
        {
            // Before it is read: a record that is about to end stays for this.
            store.Use(room);
            if (await store.Readers.ReadAsync(reader => reader.Read(room, from, limits), cancel).ConfigureAwait(false) is { } page)
            {
                return page;
            }

            await MakeAsync(store, room, cancel).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The broker was disposed.</exception>
    public async ValueTask<bool> ExistsAsync(RoomName room, CancellationToken cancel)
    {
        OpenStore store = Store;
        cancel.ThrowIfCancellationRequested();
        return await store.Readers.ReadAsync(reader => reader.Exists(room), cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The broker was disposed.</exception>
    public async ValueTask<IAsyncDisposable> WatchAsync(RoomName room, IRoomWatcher watcher, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(watcher);
        OpenStore store = Store;
        cancel.ThrowIfCancellationRequested();
        IAsyncDisposable watch = store.Watches.Add(room, watcher, store.Use);
        try
        {
            store.Use(room);
            if (!await store.Readers.ReadAsync(reader => reader.Exists(room), cancel).ConfigureAwait(false))
            {
                await MakeAsync(store, room, cancel).ConfigureAwait(false);
            }

            return watch;
        }
        catch
        {
            await watch.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The broker was disposed.</exception>
    public ValueTask<KeyRing> KeysAsync(string purpose, TimeSpan period, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(purpose);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(period, TimeSpan.Zero);
        return WriteAsync((tables, now) => tables.Rings.Get(purpose, period, now), cancel);
    }

    /// <inheritdoc/>
    public async ValueTask AddTicketAsync(string id, ReadOnlyMemory<byte> content, TimeSpan life, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(life, TimeSpan.Zero);
        await WriteAsync(
            (tables, now) =>
            {
                tables.Tickets.Put(id, content.Span, StoreClock.Later(now, life), now);
                return true;
            },
            cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>?> TakeTicketAsync(string id, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        byte[]? content = await WriteAsync((tables, now) => tables.Tickets.Take(id, now), cancel).ConfigureAwait(false);

        // Not by a conditional: null would become memory of no length.
        if (content is null)
        {
            return null;
        }

        return content;
    }

    /// <summary>Stores what was not yet noted down, closes the database and lets go of the directory. Every call from now on throws <see cref="ObjectDisposedException"/>; watches may still be disposed.</summary>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await _opening.WaitAsync().ConfigureAwait(false);
        OpenStore? store = Interlocked.Exchange(ref _store, null);
        _opening.Release();
        if (store is not null)
        {
            await store.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Does everything that is due, and completes when it is stored: for tests.</summary>
    internal Task CatchUpAsync() => Store.Writer.CatchUpAsync();

    /// <summary>The open store: for tests.</summary>
    internal OpenStore Opened => Store;

    private OpenStore Store
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return Volatile.Read(ref _store) ?? throw new BrokerUnavailableException(_closed, Retry);
        }
    }

    private static async Task MakeAsync(OpenStore store, RoomName room, CancellationToken cancel)
    {
        var write = new Write<bool>((tables, now) =>
        {
            tables.Rooms.FindOrMake(room, now);
            return true;
        });
        store.Writer.Enqueue(write);
        await write.Answered.WaitAsync(cancel).ConfigureAwait(false);
    }

    private ValueTask<T> WriteAsync<T>(Func<WriterTables, long, T> apply, CancellationToken cancel, Action<T>? stored = null)
    {
        OpenStore store = Store;
        if (cancel.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<T>(cancel);
        }

        var write = new Write<T>(apply, stored);
        store.Writer.Enqueue(write);
        return new ValueTask<T>(write.Answered.WaitAsync(cancel));
    }
}
