using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Redis.Connecting;
using Godwit.Redis.Instruments;

namespace Godwit.Redis.Watching;

/// <summary>A room that is watched here: up to where its watchers were told, and what has come since.</summary>
/// <remarks>
/// A message may be lost, late, double, or of a log that is none any more. So it counts only where it follows on, by offset and mark, from what was told before;
/// whatever else comes has the log itself read from there. The lock is the object itself; watchers are told under it.
/// </remarks>
internal sealed class WatchedRoom(RoomName name, RoomWatches rooms) : IChannelListener
{
    private const int MaxAside = 4096;

    private readonly List<RoomEvent> _aside = [];
    private Watch[] _watches = [];
    private KnownMarks _marks;
    private Position _told;
    private bool _isLive;
    private bool _isReading;
    private bool _isUncertain;
    private bool _isAway;

    /// <summary>The room.</summary>
    public RoomName Name => name;

    /// <summary>The channel on which is told of it.</summary>
    public string Channel { get; } = rooms.ChannelOf(name);

    /// <summary>Completes when it follows the log.</summary>
    public Task? Started { get; set; }

    /// <summary>What ends the subscription.</summary>
    public IAsyncDisposable? Subscription { get; set; }

    /// <summary>Whether nobody watches it any more: look the room up again.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Begins a watch; false when the room has ended.</summary>
    public bool TryAdd(Watch watch)
    {
        lock (this)
        {
            if (HasEnded)
            {
                return false;
            }

            _watches = [.. _watches, watch];
            if (_isAway)
            {
                watch.Watcher.OnDegraded();
            }

            return true;
        }
    }

    /// <summary>Ends a watch; true when it was the last, and the room has ended with it.</summary>
    public bool Remove(Watch watch)
    {
        lock (this)
        {
            if (watch.HasEnded)
            {
                return false;
            }

            watch.HasEnded = true;
            _watches = Array.FindAll(_watches, other => other != watch);
            return HasEnded = _watches.Length == 0;
        }
    }

    /// <summary>Where the log stands is known: what came meanwhile is told if it follows on.</summary>
    public void Begin(Position head)
    {
        lock (this)
        {
            _isLive = true;
            MoveTo(head);
            if (!TakeAside())
            {
                Read();
            }
        }
    }

    /// <inheritdoc/>
    public void OnMessage(ReadOnlyMemory<byte> message)
    {
        if (!RoomEvent.TryRead(message.Span, out RoomEvent? told))
        {
            rooms.OnForeign(Channel);
            return;
        }

        lock (this)
        {
            if (HasEnded)
            {
                return;
            }

            if (told.Kind == RoomEventKind.Trimmed)
            {
                Tell(static watcher => watcher.OnTrimmed());
            }
            else if (!_isLive || _isReading)
            {
                SetAside(told);
            }
            else if (!Take(told))
            {
                SetAside(told);
                Read();
            }
        }
    }

    /// <inheritdoc/>
    public void OnResubscribed()
    {
        // All rooms are compared at once.
    }

    /// <summary>Compares what was told with where the log stands.</summary>
    /// <param name="head">Where it stands.</param>
    /// <param name="asked">Where it stood at least when that was asked for: <see cref="Told"/> of then.</param>
    /// <param name="mayBeOnItsWay">Whether what is missing may be on its way: it is looked for later.</param>
    /// <returns>Whether the two agree, or the log is being read.</returns>
    public bool Compare(Position head, Position asked, bool mayBeOnItsWay)
    {
        lock (this)
        {
            // More may have been told since it was asked for, but the log was not shorter then than what had been told.
            bool isKnown = head == _told || (head.Epoch == _told.Epoch && head.Offset >= asked.Offset && _marks.Has(head.Offset, head.Mark));
            if (HasEnded || !_isLive || _isReading || isKnown)
            {
                return true;
            }

            if (mayBeOnItsWay && head.Epoch == _told.Epoch && head.Offset > _told.Offset)
            {
                return false;
            }

            Read();
            return true;
        }
    }

    /// <summary>Up to where was told.</summary>
    public Position Told
    {
        get
        {
            lock (this)
            {
                return _told;
            }
        }
    }

    /// <summary>Whether a place in the log has been reached.</summary>
    public bool HasReached(Position place)
    {
        lock (this)
        {
            return HasEnded || place.Epoch != _told.Epoch || _told.Offset >= place.Offset;
        }
    }

    /// <summary>Says whether the store is away.</summary>
    /// <param name="isAway">Whether it is.</param>
    public void TellAway(bool isAway)
    {
        lock (this)
        {
            if (HasEnded || _isAway == isAway)
            {
                return;
            }

            _isAway = isAway;
            if (isAway)
            {
                Tell(static watcher => watcher.OnDegraded());
            }
            else
            {
                Tell(static watcher => watcher.OnRestored());
            }
        }
    }

    /// <summary>Completes when the log is not being read any more.</summary>
    public Task SettledAsync()
    {
        lock (this)
        {
            return _reading;
        }
    }

    private Task _reading = Task.CompletedTask;

    private void Read()
    {
        if (_isReading)
        {
            _isUncertain = true;
            return;
        }

        RedisMeter.FoundHole();
        _isReading = true;
        _reading = Task.Run(ReadAsync);
    }

    private async Task ReadAsync()
    {
        while (true)
        {
            Position from;
            lock (this)
            {
                _isUncertain = false;
                from = _told;
                if (HasEnded)
                {
                    _isReading = false;
                    return;
                }
            }

            LogPage page;
            try
            {
                page = await rooms.ReadAsync(name, from).ConfigureAwait(false);
            }
            catch (BrokerUnavailableException)
            {
                // Who is told that Redis is away is told everything when it is back; this waits for that.
                if (await rooms.WaitToRetryAsync().ConfigureAwait(false))
                {
                    continue;
                }

                return;
            }
            catch (ObjectDisposedException)
            {
                return;
            }

            lock (this)
            {
                Take(page);
                if (!page.More && !_isUncertain && TakeAside())
                {
                    _isReading = false;
                    return;
                }
            }
        }
    }

    private void Take(LogPage page)
    {
        if (page.Verdict != Verdict.Ok)
        {
            // Another log, or entries are gone that were not told: whoever watches reads by itself.
            MoveTo(page.Head);
            Tell(static watcher => watcher.OnUncertain());
            _isUncertain |= page.More;
            return;
        }

        foreach (Entry entry in page.Entries)
        {
            if (entry.Offset == _told.Offset + 1)
            {
                TellEntry(_told.Mark, entry);
            }
        }
    }

    private bool Take(RoomEvent told)
    {
        if (told.Entry is not { } entry || told.Epoch != _told.Epoch)
        {
            return false;
        }

        if (entry.Offset == _told.Offset + 1 && told.PreviousMark == _told.Mark)
        {
            TellEntry(told.PreviousMark, entry);
            return true;
        }

        return _marks.Has(entry.Offset, entry.Mark);
    }

    private bool TakeAside()
    {
        foreach (RoomEvent told in _aside)
        {
            // What was told before it was read is known by that.
            bool isOld = told.Kind == RoomEventKind.Ended && told.Epoch == _told.Epoch;
            if (!isOld && !Take(told))
            {
                _aside.Clear();
                return false;
            }
        }

        _aside.Clear();
        return true;
    }

    private void SetAside(RoomEvent told)
    {
        if (_aside.Count == MaxAside)
        {
            // The log has them all.
            _aside.Clear();
            _isUncertain = true;
        }

        _aside.Add(told);
    }

    private void MoveTo(Position head)
    {
        _told = head;
        _marks.Reset(head.Offset, head.Mark);
    }

    private void TellEntry(uint previousMark, Entry entry)
    {
        _told = new Position(_told.Epoch, entry.Offset, entry.Mark);
        _marks.Add(entry.Offset, entry.Mark);
        foreach (Watch watch in _watches)
        {
            // One may end another's watch, or its own, from inside the call.
            if (!watch.HasEnded)
            {
                watch.Watcher.OnEntry(_told.Epoch, previousMark, entry);
            }
        }
    }

    private void Tell(Action<IRoomWatcher> tell)
    {
        foreach (Watch watch in _watches)
        {
            if (!watch.HasEnded)
            {
                tell(watch.Watcher);
            }
        }
    }

    /// <summary>One watcher.</summary>
    internal sealed class Watch(WatchedRoom room, IRoomWatcher watcher, RoomWatches rooms) : IAsyncDisposable
    {
        /// <summary>Who is told.</summary>
        public IRoomWatcher Watcher => watcher;

        /// <summary>Whether it was disposed. Written under the room's lock, like the calls are made, so none begins afterwards.</summary>
        public bool HasEnded { get; set; }

        /// <inheritdoc/>
        public ValueTask DisposeAsync()
        {
            if (room.Remove(this))
            {
                rooms.End(room);
            }

            return ValueTask.CompletedTask;
        }
    }
}
