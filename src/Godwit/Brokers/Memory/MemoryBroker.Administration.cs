using Godwit.Protocol;

namespace Godwit.Brokers.Memory;

public sealed partial class MemoryBroker
{
    /// <inheritdoc/>
    public ValueTask<Trimmed> TrimAsync(RoomName room, Position before, CancellationToken cancel)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (cancel.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Trimmed>(cancel);
        }

        if (_rooms.TryGetValue(room, out RoomLog? log))
        {
            lock (log)
            {
                if (!log.HasEnded)
                {
                    long costBefore = log.Cost;
                    Trimmed trimmed = log.Trim(before, _uptime.Now);
                    _memory.Settle(log, costBefore);
                    _calendar.Enter(log, log.Due);
                    if (trimmed.Dropped > 0)
                    {
                        log.TellChanged(isOther: false);
                    }

                    return ValueTask.FromResult(trimmed);
                }
            }
        }

        return ValueTask.FromResult(new Trimmed(Verdict.Reset, 0));
    }

    /// <inheritdoc/>
    public ValueTask<Position?> EndAsync(RoomName room, CancellationToken cancel)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (cancel.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Position?>(cancel);
        }

        if (_rooms.TryGetValue(room, out RoomLog? log))
        {
            lock (log)
            {
                if (!log.HasEnded)
                {
                    long costBefore = log.Cost;
                    Position begin = log.Restart(_uptime.Now);
                    _memory.Settle(log, costBefore);
                    _calendar.Enter(log, log.Due);
                    log.TellChanged(isOther: true);
                    return ValueTask.FromResult<Position?>(begin);
                }
            }
        }

        return ValueTask.FromResult<Position?>(null);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RoomRecord>> ListAsync(RoomName? after, int limit, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (cancel.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<IReadOnlyList<RoomRecord>>(cancel);
        }

        // Again where records ended meanwhile: a page is full unless it is the last.
        while (true)
        {
            List<RoomRecord> records = ListOnce(after, limit, out int found);
            if (records.Count == found)
            {
                return ValueTask.FromResult<IReadOnlyList<RoomRecord>>(records);
            }
        }
    }

    private List<RoomRecord> ListOnce(RoomName? after, int limit, out int found)
    {
        // All names are looked at, and no more of them kept than are listed: the last of those comes out first.
        string? from = after?.ToString();
        var first = new PriorityQueue<RoomLog, string>(limit + 1, Comparer<string>.Create(static (left, right) => string.CompareOrdinal(right, left)));
        foreach ((RoomName name, RoomLog log) in _rooms)
        {
            string text = name.ToString();
            if (from is not null && string.CompareOrdinal(text, from) <= 0)
            {
                continue;
            }

            if (first.Count < limit)
            {
                first.Enqueue(log, text);
            }
            else
            {
                first.EnqueueDequeue(log, text);
            }
        }

        found = first.Count;
        var records = new List<RoomRecord>(found);
        while (first.TryDequeue(out RoomLog? log, out _))
        {
            lock (log)
            {
                if (!log.HasEnded)
                {
                    records.Add(log.Record);
                }
            }
        }

        records.Reverse();
        return records;
    }

    /// <inheritdoc/>
    public ValueTask<long> AddOrderAsync(string? key, ReadOnlyMemory<byte> content, TimeSpan life, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(life, TimeSpan.Zero);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return cancel.IsCancellationRequested ? ValueTask.FromCanceled<long>(cancel) : ValueTask.FromResult(_orders.Add(key, content, life));
    }

    /// <inheritdoc/>
    public ValueTask<IAsyncDisposable> WatchOrdersAsync(IOrderWatcher watcher, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(watcher);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return cancel.IsCancellationRequested ? ValueTask.FromCanceled<IAsyncDisposable>(cancel) : ValueTask.FromResult(_orders.Watch(watcher));
    }
}
