using System.Collections.Concurrent;
using Godwit.Brokers;
using Godwit.Protocol;

namespace Godwit.Sqlite.Watching;

/// <summary>Who watches which room. The writer tells them after the commit, in the order of the log.</summary>
/// <remarks>Each room has its own lock, in which its watchers are told: no two calls for one room are made at once. The lock of the store's state is taken outside it.</remarks>
internal sealed class RoomWatches
{
    private readonly ConcurrentDictionary<RoomName, WatchedRoom> _rooms = new();
    private readonly Lock _state = new();
    private bool _isAway;

    /// <summary>Whether anybody watches a room.</summary>
    public bool Contains(RoomName room) => _rooms.ContainsKey(room);

    /// <summary>Begins a watch.</summary>
    /// <param name="room">The room.</param>
    /// <param name="watcher">Who is told.</param>
    /// <param name="ended">Is called when the watch has ended.</param>
    public IAsyncDisposable Add(RoomName room, IRoomWatcher watcher, Action<RoomName> ended)
    {
        var watch = new Watch(this, room, watcher, ended);
        while (true)
        {
            WatchedRoom watched = _rooms.GetOrAdd(room, static _ => new WatchedRoom());
            lock (watched)
            {
                if (watched.HasEnded)
                {
                    continue;
                }

                watched.Watches = [.. watched.Watches, watch];
                break;
            }
        }

        lock (_state)
        {
            if (_isAway)
            {
                Tell(room, static told => told.OnDegraded(), only: watch);
            }
        }

        return watch;
    }

    /// <summary>Tells of a new entry.</summary>
    public void TellEntry(RoomName room, Epoch epoch, uint previousMark, Entry entry)
    {
        if (_rooms.TryGetValue(room, out WatchedRoom? watched))
        {
            lock (watched)
            {
                foreach (Watch watch in watched.Watches)
                {
                    // One may end another's watch, or its own, from inside the call.
                    if (!watch.HasEnded)
                    {
                        watch.Watcher.OnEntry(epoch, previousMark, entry);
                    }
                }
            }
        }
    }

    /// <summary>Tells that entries were dropped on demand.</summary>
    public void TellTrimmed(RoomName room) => Tell(room, static watcher => watcher.OnTrimmed());

    /// <summary>Tells that the log is another one.</summary>
    public void TellUncertain(RoomName room) => Tell(room, static watcher => watcher.OnUncertain());

    /// <summary>Tells everybody that nothing can be stored, or that it can again.</summary>
    /// <param name="isAwayNow">Says which it is, when this call's turn has come.</param>
    /// <param name="failed">Is told of watchers that fail; the others are told all the same.</param>
    public void TellAway(Func<bool> isAwayNow, Action<Exception> failed)
    {
        lock (_state)
        {
            bool isAway = isAwayNow();
            if (_isAway == isAway)
            {
                return;
            }

            _isAway = isAway;
            foreach (RoomName room in _rooms.Keys)
            {
                Tell(room, watcher =>
                {
                    try
                    {
                        (isAway ? (Action)watcher.OnDegraded : watcher.OnRestored)();
                    }
                    catch (Exception fault)
                    {
                        failed(fault);
                    }
                });
            }
        }
    }

    private void Tell(RoomName room, Action<IRoomWatcher> tell, Watch? only = null)
    {
        if (_rooms.TryGetValue(room, out WatchedRoom? watched))
        {
            lock (watched)
            {
                foreach (Watch watch in watched.Watches)
                {
                    if (!watch.HasEnded && (only is null || watch == only))
                    {
                        tell(watch.Watcher);
                    }
                }
            }
        }
    }

    private void End(Watch watch)
    {
        if (!_rooms.TryGetValue(watch.Room, out WatchedRoom? watched))
        {
            return;
        }

        lock (watched)
        {
            if (watch.HasEnded)
            {
                return;
            }

            watch.HasEnded = true;
            watched.Watches = Array.FindAll(watched.Watches, other => other != watch);
            if (watched.Watches.Length == 0)
            {
                watched.HasEnded = true;
                _rooms.TryRemove(KeyValuePair.Create(watch.Room, watched));
            }
        }
    }

    private sealed class WatchedRoom
    {
        public Watch[] Watches { get; set; } = [];

        // Nobody watches it any more: look the room up again.
        public bool HasEnded { get; set; }
    }

    private sealed class Watch(RoomWatches watches, RoomName room, IRoomWatcher watcher, Action<RoomName> ended) : IAsyncDisposable
    {
        public RoomName Room => room;

        public IRoomWatcher Watcher => watcher;

        public bool HasEnded { get; set; }

        public ValueTask DisposeAsync()
        {
            watches.End(this);
            ended(room);
            return ValueTask.CompletedTask;
        }
    }
}
