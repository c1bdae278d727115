using System.Collections.Concurrent;
using Godwit.Brokers;
using Godwit.Sqlite.Storage;
using Godwit.Sqlite.Writing;
using Microsoft.Extensions.Logging;

namespace Godwit.Sqlite.Reading;

/// <summary>The connections that are read on: a few, opened when they are needed. Reads run on threads of the pool, because the disk may keep them waiting.</summary>
internal sealed partial class ReaderPool(DataDirectory directory, TimeProvider diskTime, ILogger log) : IDisposable
{
    private const int Most = 4;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _free = new(Most);
    private readonly ConcurrentBag<RoomReader> _idle = [];
    private volatile bool _isDisposed;
    private long _ended;

    /// <summary>Reads on one of the connections.</summary>
    /// <exception cref="BrokerUnavailableException">The database cannot be read, or the disk does not answer.</exception>
    public async Task<T> ReadAsync<T>(Func<RoomReader, T> read, CancellationToken cancel)
    {
        // Many may wait for their turn: only when none of those before them comes to its end does the disk not answer.
        long ended;
        do
        {
            ended = Interlocked.Read(ref _ended);
            if (await _free.WaitAsync(StoreWriter.Patience, cancel).ConfigureAwait(false))
            {
                return await WaitAsync(Task.Run(() => ReadAndFree(read), CancellationToken.None), cancel).ConfigureAwait(false);
            }
        }
        while (Interlocked.Read(ref _ended) != ended);
        throw Stuck();
    }

    /// <summary>Waits for a read on another thread, for as long as the disk may take. It goes on when this does not wait any more.</summary>
    /// <exception cref="BrokerUnavailableException">The disk does not answer.</exception>
    public async Task<T> WaitAsync<T>(Task<T> reading, CancellationToken cancel)
    {
        try
        {
            return await reading.WaitAsync(StoreWriter.Patience, diskTime, cancel).ConfigureAwait(false);
        }
        catch (Exception fault) when (!reading.IsCompleted)
        {
            // Nobody looks at its own fault any more, which is in the log.
            _ = reading.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw fault is TimeoutException ? Stuck() : fault;
        }
    }

    /// <summary>Reads on one of the connections, on this thread.</summary>
    /// <exception cref="BrokerUnavailableException">The database cannot be read.</exception>
    public T Read<T>(Func<RoomReader, T> read)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, typeof(SqliteBroker));
        RoomReader? reader = null;
        try
        {
            reader = _idle.TryTake(out RoomReader? idle) ? idle : Open();
            T answer = read(reader);
            GiveBack(reader);
            return answer;
        }
        catch (Exception fault) when (fault is StoreException or SqliteStoreException)
        {
            // Whatever state the connection is in: the next read has another.
            reader?.Dispose();
            Log.ReadFailed(log, fault.Message);
            throw new BrokerUnavailableException(fault.Message, Retry, fault);
        }
        catch
        {
            // Left open it would hold the log back from being copied.
            reader?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        while (_idle.TryTake(out RoomReader? reader))
        {
            reader.Dispose();
        }
    }

    private T ReadAndFree<T>(Func<RoomReader, T> read)
    {
        try
        {
            return Read(read);
        }
        finally
        {
            // Not before: the connection is in use until then, whoever still waits for it.
            Interlocked.Increment(ref _ended);
            _free.Release();
        }
    }

    private RoomReader Open()
    {
        Database database = directory.OpenOneMore();
        try
        {
            return new RoomReader(database);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    private BrokerUnavailableException Stuck()
    {
        string reason = $"{directory.Database}: the disk has not answered a read for {StoreWriter.Patience.TotalSeconds:0.#} s.";
        Log.ReadFailed(log, reason);
        return new BrokerUnavailableException(reason, Retry);
    }

    private void GiveBack(RoomReader reader)
    {
        _idle.Add(reader);
        if (_isDisposed)
        {
            Dispose();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(8, LogLevel.Error, "A read failed: {Reason}", EventName = "ReadFailed")]
        public static partial void ReadFailed(ILogger logger, string reason);
    }
}
