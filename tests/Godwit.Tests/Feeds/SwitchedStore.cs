using Godwit.Brokers;
using Godwit.Protocol;

namespace Godwit.Tests.Feeds;

/// <summary>A broker whose store can be made to go away, to answer late, and to have its watchers told anything.</summary>
internal sealed class SwitchedStore(IBroker broker) : IBroker
{
    private readonly List<(RoomName Room, IRoomWatcher Watcher)> _watchers = [];

    /// <summary>Whether reads fail.</summary>
    public bool IsAway { get; set; }

    /// <summary>What reads throw instead.</summary>
    public Exception? Failure { get; set; }

    /// <summary>The reads so far.</summary>
    public int Reads;

    /// <summary>The watches that have not ended.</summary>
    public int Watches;

    /// <summary>Whether watchers are told of entries.</summary>
    public bool TellsEntries { get; set; } = true;

    /// <summary>Comes before every read.</summary>
    public Func<ReadFrom, Task>? BeforeRead { get; set; }

    /// <summary>Comes between a read and its answer.</summary>
    public Func<Task>? BeforeAnswer { get; set; }

    /// <summary>Changes what a read answers.</summary>
    public Func<ReadFrom, LogPage, LogPage>? Answer { get; set; }

    /// <summary>Comes before a watch is acknowledged.</summary>
    public Func<Task>? BeforeWatch { get; set; }

    /// <summary>Comes before keys are given.</summary>
    public Func<Task>? BeforeKeys { get; set; }

    /// <summary>Those who watch a room.</summary>
    public IEnumerable<IRoomWatcher> WatchersOf(RoomName room)
    {
        lock (_watchers)
        {
            return [.. _watchers.Where(watcher => watcher.Room == room).Select(static watcher => watcher.Watcher)];
        }
    }

    public ValueTask<Appended> AppendAsync(RoomName room, EntryContent content, PublishKey? key, CancellationToken cancel) =>
        IsAway ? throw new BrokerUnavailableException("away", TimeSpan.FromSeconds(1)) : broker.AppendAsync(room, content, key, cancel);

    public async ValueTask<LogPage> ReadAsync(RoomName room, ReadFrom from, ReadLimits limits, CancellationToken cancel)
    {
        Interlocked.Increment(ref Reads);
        if (BeforeRead is { } before)
        {
            await before(from);
        }

        if (Failure is { } failure)
        {
            throw failure;
        }

        if (IsAway)
        {
            throw new BrokerUnavailableException("away", TimeSpan.FromSeconds(1));
        }

        LogPage page = await broker.ReadAsync(room, from, limits, cancel);
        page = Answer is { } answer ? answer(from, page) : page;
        if (BeforeAnswer is { } late)
        {
            await late();
        }

        return page;
    }

    public ValueTask<bool> ExistsAsync(RoomName room, CancellationToken cancel) =>
        Failure is { } failure ? ValueTask.FromException<bool>(failure) : broker.ExistsAsync(room, cancel);

    public async ValueTask<IAsyncDisposable> WatchAsync(RoomName room, IRoomWatcher watcher, CancellationToken cancel)
    {
        lock (_watchers)
        {
            _watchers.Add((room, watcher));
        }

        Interlocked.Increment(ref Watches);
        IAsyncDisposable watch = await broker.WatchAsync(room, new Muffler(this, watcher), cancel);
        if (BeforeWatch is { } before)
        {
            await before();
        }

        return new Ending(this, room, watcher, watch);
    }

    public async ValueTask<KeyRing> KeysAsync(string purpose, TimeSpan period, CancellationToken cancel)
    {
        if (BeforeKeys is { } before)
        {
            await before();
        }

        return IsAway ? throw new BrokerUnavailableException("away", TimeSpan.FromSeconds(1)) : await broker.KeysAsync(purpose, period, cancel);
    }

    public ValueTask AddTicketAsync(string id, ReadOnlyMemory<byte> content, TimeSpan life, CancellationToken cancel) =>
        IsAway ? throw new BrokerUnavailableException("away", TimeSpan.FromSeconds(1)) : broker.AddTicketAsync(id, content, life, cancel);

    public ValueTask<ReadOnlyMemory<byte>?> TakeTicketAsync(string id, CancellationToken cancel) =>
        IsAway ? throw new BrokerUnavailableException("away", TimeSpan.FromSeconds(1)) : broker.TakeTicketAsync(id, cancel);

    public ValueTask<Trimmed> TrimAsync(RoomName room, Position before, CancellationToken cancel) => IsAway ? throw new BrokerUnavailableException("away", TimeSpan.FromSeconds(1)) : broker.TrimAsync(room, before, cancel);

    public ValueTask<Position?> EndAsync(RoomName room, CancellationToken cancel) => IsAway ? throw new BrokerUnavailableException("away", TimeSpan.FromSeconds(1)) : broker.EndAsync(room, cancel);

    public ValueTask<IReadOnlyList<RoomRecord>> ListAsync(RoomName? after, int limit, CancellationToken cancel) => IsAway ? throw new BrokerUnavailableException("away", TimeSpan.FromSeconds(1)) : broker.ListAsync(after, limit, cancel);

    public ValueTask<long> AddOrderAsync(string? key, ReadOnlyMemory<byte> content, TimeSpan life, CancellationToken cancel) => IsAway ? throw new BrokerUnavailableException("away", TimeSpan.FromSeconds(1)) : broker.AddOrderAsync(key, content, life, cancel);

    public ValueTask<IAsyncDisposable> WatchOrdersAsync(IOrderWatcher watcher, CancellationToken cancel) => IsAway ? throw new BrokerUnavailableException("away", TimeSpan.FromSeconds(1)) : broker.WatchOrdersAsync(watcher, cancel);

    public ValueTask<IReadOnlyList<LeaseOutcome>> RenewAsync(string holder, IReadOnlyList<LeaseRenewal> renewals, CancellationToken cancel) => IsAway ? throw new BrokerUnavailableException("away", TimeSpan.FromSeconds(1)) : broker.RenewAsync(holder, renewals, cancel);

    /// <summary>What releases of leases wait for; null for nothing.</summary>
    public Task? Releasing { get; set; }

    public async ValueTask ReleaseAsync(string holder, RoomName room, UInt128 session, TimeSpan grace, CancellationToken cancel)
    {
        await (Releasing ?? Task.CompletedTask);
        await (IsAway ? throw new BrokerUnavailableException("away", TimeSpan.FromSeconds(1)) : broker.ReleaseAsync(holder, room, session, grace, cancel));
    }

    public ValueTask<MemberPage> MembersAsync(RoomName room, UInt128? after, int limit, CancellationToken cancel) => IsAway ? throw new BrokerUnavailableException("away", TimeSpan.FromSeconds(1)) : broker.MembersAsync(room, after, limit, cancel);

    public ValueTask<IAsyncDisposable> WatchMembersAsync(RoomName room, IMemberWatcher watcher, CancellationToken cancel) => IsAway ? throw new BrokerUnavailableException("away", TimeSpan.FromSeconds(1)) : broker.WatchMembersAsync(room, watcher, cancel);

    public ValueTask DisposeAsync() => broker.DisposeAsync();

    private sealed class Ending(SwitchedStore store, RoomName room, IRoomWatcher watcher, IAsyncDisposable watch) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            lock (store._watchers)
            {
                store._watchers.Remove((room, watcher));
            }

            Interlocked.Decrement(ref store.Watches);
            await watch.DisposeAsync();
        }
    }

    private sealed class Muffler(SwitchedStore store, IRoomWatcher watcher) : IRoomWatcher
    {
        public void OnEntry(Epoch epoch, uint previousMark, Entry entry)
        {
            if (store.TellsEntries)
            {
                watcher.OnEntry(epoch, previousMark, entry);
            }
        }

        public void OnTrimmed() => watcher.OnTrimmed();

        public void OnUncertain() => watcher.OnUncertain();

        public void OnDegraded() => watcher.OnDegraded();

        public void OnRestored() => watcher.OnRestored();
    }
}
