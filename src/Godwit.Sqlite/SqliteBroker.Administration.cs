using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Sqlite.Storage;
using Godwit.Sqlite.Watching;
using Godwit.Sqlite.Writing;

namespace Godwit.Sqlite;

/// <summary>What administrators do.</summary>
public sealed partial class SqliteBroker
{
    private readonly OrderWatches _orderWatches = new();

    /// <inheritdoc/>
    public ValueTask<Trimmed> TrimAsync(RoomName room, Position before, CancellationToken cancel)
    {
        OpenStore store = Store;
        return WriteAsync(
            (tables, now) => Trim(tables, room, before, now),
            cancel,
            trimmed =>
            {
                if (trimmed.Dropped > 0)
                {
                    store.Watches.TellTrimmed(room);
                    store.Writer.Arm(store.Clock.Now);
                }
            });
    }

    /// <inheritdoc/>
    public ValueTask<Position?> EndAsync(RoomName room, CancellationToken cancel)
    {
        OpenStore store = Store;
        return WriteAsync<Position?>(
            (tables, now) => End(tables, room, now),
            cancel,
            begin =>
            {
                if (begin is not null)
                {
                    store.Watches.TellUncertain(room);
                    store.Writer.Arm(store.Clock.Now);
                }
            });
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<RoomRecord>> ListAsync(RoomName? after, int limit, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        OpenStore store = Store;
        cancel.ThrowIfCancellationRequested();
        return await store.Readers.ReadAsync(reader => reader.List(after, limit), cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<long> AddOrderAsync(string? key, ReadOnlyMemory<byte> content, TimeSpan life, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(life, TimeSpan.Zero);
        byte[] kept = content.ToArray();
        return WriteAsync(
            (tables, now) => tables.Orders.Add(key, kept, StoreClock.Later(now, life), now),
            cancel,
            number => _orderWatches.Tell(number, kept));
    }

    /// <inheritdoc/>
    public async ValueTask<IAsyncDisposable> WatchOrdersAsync(IOrderWatcher watcher, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(watcher);
        OpenStore store = Store;
        cancel.ThrowIfCancellationRequested();

        // Under the lock in which orders are told: one that is stored and not yet told is read here, and then not told again.
        Task<IAsyncDisposable> adding = Task.Run(() => _orderWatches.Add(watcher, () => store.Readers.Read(reader => reader.Orders(store.Clock.Now))), cancel);
        try
        {
            return await store.Readers.WaitAsync(adding, cancel).ConfigureAwait(false);
        }
        catch
        {
            _ = adding.ContinueWith(static late => late.Result.DisposeAsync().AsTask(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }

    private static Trimmed Trim(WriterTables tables, RoomName room, Position before, long now)
    {
        RoomRow? row = tables.Rooms.Find(room);
        if (row is null || before.Epoch != row.Epoch || before.Offset > row.Head)
        {
            return new Trimmed(Verdict.Reset, 0);
        }

        if (before.Offset >= row.Trimmed && tables.Entries.MarkAt(row, before.Offset) != before.Mark)
        {
            return new Trimmed(Verdict.Reset, 0);
        }

        row.Used = now;
        tables.Rooms.Changes(row);
        Verdict verdict = before.Offset < row.Trimmed ? Verdict.Gap : Verdict.Ok;
        long upto = before.Offset - 1;
        long dropped = Math.Max(0, upto - row.Trimmed);
        if (dropped > 0)
        {
            row.Bytes -= tables.Entries.Size(row, row.Trimmed, upto);
            row.TrimmedMark = tables.Entries.MarkAt(row, upto);
            row.Trimmed = upto;
            tables.Dropped.Add(row.Id, upto);
            row.DueBy(now);
        }

        return new Trimmed(verdict, dropped);
    }

    private static Position? End(WriterTables tables, RoomName room, long now)
    {
        if (tables.Rooms.Find(room) is not { } row)
        {
            return null;
        }

        tables.Rooms.Delete(row);
        tables.Dropped.Add(row.Id, row.Head);
        return tables.Rooms.Make(room, now).HeadPosition;
    }
}
