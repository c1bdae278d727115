using System.Collections.Concurrent;
using Godwit.Brokers;
using Godwit.Sqlite.Storage;
using Microsoft.Extensions.Logging;

namespace Godwit.Sqlite.Reading;

/// <summary>The connections that are read on: a few, opened when they are needed. Reads run on threads of the pool, because the disk may keep them waiting.</summary>
internal sealed partial class ReaderPool(DataDirectory directory, ILogger log) : IDisposable
{
    private const int Most = 4;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _free = new(Most);
    private readonly ConcurrentBag<RoomReader> _idle = [];
    private volatile bool _isDisposed;

    /// <summary>Reads on one of the connections.</summary>
    /// <exception cref="BrokerUnavailableException">The database cannot be read.</exception>
    public async Task<T> ReadAsync<T>(Func<RoomReader, T> read, CancellationToken cancel)
    {
        await _free.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Read(read), CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _free.Release();
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
            reader = _idle.TryTake(out RoomReader? idle) ? idle : new RoomReader(directory.OpenOneMore());
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
