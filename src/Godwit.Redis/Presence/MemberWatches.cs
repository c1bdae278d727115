using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Redis.Connecting;
using Microsoft.Extensions.Logging;

namespace Godwit.Redis.Presence;

/// <summary>The rooms whose members are watched at this server. One that is not watched costs nothing.</summary>
internal sealed partial class MemberWatches : IAsyncDisposable
{
    /// <summary>The most rooms that are looked at or read at a time.</summary>
    private const int MostAtOnce = 256;

    private const int PageMembers = 500;
    private const int PageOctets = 256 << 10;

    private readonly StoredLeases _leases;
    private readonly RedisConnection _connection;
    private readonly ILogger _log;
    private readonly MemberSchedule _schedule;
    private readonly SemaphoreSlim _atOnce = new(MostAtOnce, MostAtOnce);
    private readonly Lock _lock = new();
    private readonly Dictionary<RoomName, Held> _rooms = [];

    /// <summary>Begins without any.</summary>
    public MemberWatches(StoredLeases leases, RedisConnection connection, TimeProvider time, ILogger log)
    {
        _leases = leases;
        _connection = connection;
        _log = log;
        _schedule = new MemberSchedule(time, room => _ = TendAsync(room));
        connection.AwayChanged += LookIfBack;
    }

    /// <summary>The number of rooms.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _rooms.Count;
            }
        }
    }

    /// <summary>Tells a watcher of a room's members.</summary>
    /// <exception cref="BrokerUnavailableException">The store did not answer.</exception>
    public async ValueTask<IAsyncDisposable> AddAsync(RoomName room, IMemberWatcher watcher, CancellationToken cancel)
    {
        Held held = Hold(room);
        try
        {
            await held.Begun.WaitAsync(cancel).ConfigureAwait(false);
            return new Watch(this, held, held.Members.Add(watcher));
        }
        catch
        {
            Release(held);
            throw;
        }
    }

    /// <summary>Looks at every room that is watched.</summary>
    public Task CatchUpAsync()
    {
        lock (_lock)
        {
            return Task.WhenAll(_rooms.Values.Where(static held => held is { Holds: > 0, Begun.IsCompletedSuccessfully: true }).Select(held => TendOnceAsync(held.Members)));
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _connection.AwayChanged -= LookIfBack;
        return _schedule.DisposeAsync();
    }

    private void LookIfBack()
    {
        if (_connection.IsAway)
        {
            return;
        }

        lock (_lock)
        {
            foreach (Held held in _rooms.Values)
            {
                _schedule.LookNow(held.Members);
            }
        }
    }

    private Held Hold(RoomName room)
    {
        lock (_lock)
        {
            if (!_rooms.TryGetValue(room, out Held? held) || held.Holds == 0)
            {
                // One that ends has the channel until it has ended.
                Task ended = held?.Ended ?? Task.CompletedTask;
                held = new Held(new WatchedMembers(room, _schedule));
                held.Begun = BeginAsync(held, ended);
                _rooms[room] = held;
            }

            held.Holds++;
            return held;
        }
    }

    private void Release(Held held)
    {
        lock (_lock)
        {
            if (--held.Holds > 0)
            {
                return;
            }

            _schedule.Remove(held.Members);
            held.Ended = EndAsync(held);
        }
    }

    private async Task BeginAsync(Held held, Task ended)
    {
        // Not under the lock.
        await Task.Yield();
        await ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        held.Subscription = await _connection.SubscribeAsync(_leases.ChannelOf(held.Members.Room), held.Members).ConfigureAwait(false);
        await TendOnceAsync(held.Members).ConfigureAwait(false);
    }

    private async Task EndAsync(Held held)
    {
        await Task.Yield();

        // Whether it could begin was told to whoever wanted to watch.
        await held.Begun.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            if (held.Subscription is { } subscription)
            {
                await subscription.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            lock (_lock)
            {
                if (_rooms.GetValueOrDefault(held.Members.Room) == held)
                {
                    _rooms.Remove(held.Members.Room);
                }
            }
        }
    }

    private async Task TendAsync(WatchedMembers room)
    {
        await _atOnce.WaitAsync().ConfigureAwait(false);
        try
        {
            await TendOnceAsync(room).ConfigureAwait(false);
        }
        catch (BrokerUnavailableException)
        {
            _schedule.LookLater(room);
        }
        catch (ObjectDisposedException)
        {
            // So is the broker.
        }
        catch (Exception failure)
        {
            Log.Failed(_log, room.Room, failure);
            _schedule.LookLater(room);
        }
        finally
        {
            _atOnce.Release();
        }
    }

    private async Task TendOnceAsync(WatchedMembers room)
    {
        await room.Turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (room.IsDoubtful)
            {
                LeaseState read = await room.ReadAsync(after => _leases.PageAsync(room.Room, after, PageMembers, PageOctets, CancellationToken.None)).ConfigureAwait(false);
                if (room.IsDoubtful)
                {
                    // Something was lost while it was read.
                    _schedule.LookNow(room);
                }

                _schedule.Looked(room, read.NextEnd);
                return;
            }

            long known = room.Version;
            LeaseState state = await _leases.LookAsync(room.Room, CancellationToken.None).ConfigureAwait(false);
            if (room.Compare(known, state))
            {
                _schedule.LookSoon(room);
            }

            _schedule.Looked(room, state.NextEnd);
        }
        finally
        {
            room.Turn.Release();
        }
    }

    private sealed class Held(WatchedMembers members)
    {
        public WatchedMembers Members => members;

        public int Holds { get; set; }

        public Task Begun { get; set; } = Task.CompletedTask;

        public Task Ended { get; set; } = Task.CompletedTask;

        public IAsyncDisposable? Subscription { get; set; }
    }

    private sealed class Watch(MemberWatches watches, Held held, IDisposable watch) : IAsyncDisposable
    {
        private int _hasEnded;

        public ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref _hasEnded, 1) == 0)
            {
                watch.Dispose();
                watches.Release(held);
            }

            return ValueTask.CompletedTask;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(72, LogLevel.Error, "Looking at the members of room {Room} failed; it is done again.", EventName = "MembersNotRead")]
        public static partial void Failed(ILogger logger, RoomName room, Exception failure);
    }
}
