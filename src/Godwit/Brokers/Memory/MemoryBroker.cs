using System.Collections.Concurrent;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Brokers.Memory;

/// <summary>Keeps logs in the memory of this process: nothing outlives it, and no other server shares them.</summary>
/// <remarks>
/// Every room has its own lock, in which its watchers are told. Entries leave by number and octets when one is appended,
/// by age at most 10 s late. Age is measured by the monotonic clock, so setting the wall clock drops nothing and keeps
/// nothing. Keys that are remembered count towards the memory of the logs but do not go before their window has passed.
/// </remarks>
public sealed partial class MemoryBroker : IBroker
{
    // Lock order: a room, then the calendar or the list of LogMemory. No two rooms are locked at once.
    private readonly ConcurrentDictionary<RoomName, RoomLog> _rooms = new();
    private readonly Func<RoomName, RoomLog> _begin;
    private readonly TimeProvider _time;
    private readonly Uptime _uptime;
    private readonly ExpiryCalendar _calendar;
    private readonly LogMemory _memory;
    private readonly StoredRings _rings;
    private readonly StoredTickets _tickets;
    private readonly StoredOrders _orders;
    private readonly StoredLeases _leases;
    private volatile bool _disposed;

    /// <summary>Makes a broker without rooms.</summary>
    /// <param name="policies">The settings of rooms.</param>
    /// <param name="time">The clock and the timers.</param>
    /// <param name="logMemory">
    /// What entries and keys may take together, in octets of memory, objects included; above 0. Above it the oldest entries
    /// of the least recently published rooms go, to about a second; the room just published to keeps its newest entry.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The memory is not above 0.</exception>
    public MemoryBroker(RoomPolicies policies, TimeProvider time, long logMemory)
    {
        ArgumentNullException.ThrowIfNull(policies);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(logMemory);
        _begin = name => new RoomLog(name, policies.For(name));
        _time = time;
        _uptime = new Uptime(time);
        _calendar = new ExpiryCalendar(time, _uptime, Expire);
        _memory = new LogMemory(logMemory);
        _rings = new StoredRings(_uptime);
        _tickets = new StoredTickets(_uptime);
        _orders = new StoredOrders(_uptime);
        _leases = new StoredLeases(time, _uptime);
    }

    /// <summary>The rooms that have a record.</summary>
    internal int RoomCount => _rooms.Count;

    /// <summary>The octets of memory that entries and keys take, as the cap counts them.</summary>
    internal long MemoryUsed => _memory.Used;

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The broker was disposed.</exception>
    public ValueTask<Appended> AppendAsync(RoomName room, EntryContent content, PublishKey? key, CancellationToken cancel)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (cancel.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Appended>(cancel);
        }

        ContentHash hash = key is null ? default : ContentHash.Of(content);
        while (true)
        {
            RoomLog log = _rooms.GetOrAdd(room, _begin);
            Appended appended;
            lock (log)
            {
                if (log.HasEnded)
                {
                    continue;
                }

                long now = _uptime.Now;
                long costBefore = log.Cost;
                uint previousMark = log.HeadMark;
                appended = log.Append(content, key, hash, _time.GetUtcNow().ToUnixTimeMilliseconds(), now, out Entry? entry);
                if (entry is not null)
                {
                    _memory.Published(log.Retained!, now);
                }

                _memory.Settle(log, costBefore);
                _calendar.Enter(log, log.Due);
                if (entry is not null)
                {
                    log.Tell(entry, previousMark);
                }
            }

            _memory.Relieve(log);
            return ValueTask.FromResult(appended);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The broker was disposed.</exception>
    public ValueTask<LogPage> ReadAsync(RoomName room, ReadFrom from, ReadLimits limits, CancellationToken cancel)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (cancel.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<LogPage>(cancel);
        }

        while (true)
        {
            RoomLog log = _rooms.GetOrAdd(room, _begin);
            lock (log)
            {
                if (!log.HasEnded)
                {
                    LogPage page = log.Read(from, limits, _uptime.Now);
                    _calendar.Enter(log, log.Due);
                    return ValueTask.FromResult(page);
                }
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The broker was disposed.</exception>
    public ValueTask<bool> ExistsAsync(RoomName room, CancellationToken cancel)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (cancel.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<bool>(cancel);
        }

        if (!_rooms.TryGetValue(room, out RoomLog? log))
        {
            return ValueTask.FromResult(false);
        }

        lock (log)
        {
            return ValueTask.FromResult(!log.HasEnded);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The broker was disposed.</exception>
    public ValueTask<IAsyncDisposable> WatchAsync(RoomName room, IRoomWatcher watcher, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(watcher);
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (cancel.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<IAsyncDisposable>(cancel);
        }

        while (true)
        {
            RoomLog log = _rooms.GetOrAdd(room, _begin);
            lock (log)
            {
                if (!log.HasEnded)
                {
                    var watch = new Watch(this, log, watcher);
                    log.Add(watch, _uptime.Now);
                    return ValueTask.FromResult<IAsyncDisposable>(watch);
                }
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The broker was disposed.</exception>
    public ValueTask<KeyRing> KeysAsync(string purpose, TimeSpan period, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(purpose);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(period, TimeSpan.Zero);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return cancel.IsCancellationRequested ? ValueTask.FromCanceled<KeyRing>(cancel) : ValueTask.FromResult(_rings.Get(purpose, period));
    }

    /// <inheritdoc/>
    public ValueTask AddTicketAsync(string id, ReadOnlyMemory<byte> content, TimeSpan life, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(life, TimeSpan.Zero);
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (cancel.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancel);
        }

        _tickets.Add(id, content, life);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>?> TakeTicketAsync(string id, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return cancel.IsCancellationRequested ? ValueTask.FromCanceled<ReadOnlyMemory<byte>?>(cancel) : ValueTask.FromResult(_tickets.Take(id));
    }

    /// <summary>Stops the timer and lets the logs go. Every call from now on throws <see cref="ObjectDisposedException"/>; watches may still be disposed.</summary>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await _calendar.DisposeAsync().ConfigureAwait(false);
        await _leases.DisposeAsync().ConfigureAwait(false);
        _rooms.Clear();
    }

    /// <summary>Ends a watch; when this returns no call to the watcher is under way but one that this was called from.</summary>
    internal void EndWatch(RoomLog log, Watch watch)
    {
        lock (log)
        {
            log.Remove(watch, _uptime.Now);
            _calendar.Enter(log, log.Due);
        }
    }

    private void Expire(RoomLog log)
    {
        lock (log)
        {
            if (_disposed || log.HasEnded)
            {
                return;
            }

            long now = _uptime.Now;
            long costBefore = log.Cost;
            log.Expire(now);
            _memory.Settle(log, costBefore);
            if (log.TryEnd(now))
            {
                _rooms.TryRemove(KeyValuePair.Create(log.Name, log));
            }
            else
            {
                _calendar.Enter(log, log.Due);
            }
        }
    }
}
