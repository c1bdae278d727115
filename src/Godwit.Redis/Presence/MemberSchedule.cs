namespace Godwit.Redis.Presence;

/// <summary>When to look at the leases of which room that is watched here: when the next one ends, and to compare the list.</summary>
/// <remarks>
/// All servers that watch a room know when its next lease ends. Each looks a moment later, one sooner than the others: what it
/// finds is told to them, with when the one after that ends, so that they need not look. A room stands in the queue by the
/// earliest time that was noted, and is entered anew where that was too early.
/// </remarks>
internal sealed class MemberSchedule : IAsyncDisposable
{
    /// <summary>Which part of the time between two comparisons is left to chance.</summary>
    private const double Spread = 0.4;

    private const long Never = long.MaxValue;

    private static readonly TimeSpan CompareEvery = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LatestLook = TimeSpan.FromMilliseconds(750);
    private static readonly TimeSpan SoonAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AwayFor = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly PriorityQueue<WatchedMembers, long> _queue = new();
    private readonly TimeProvider _time;
    private readonly Action<WatchedMembers> _look;
    private readonly ITimer _timer;
    private readonly long _start;
    private long _armedFor = Never;

    /// <summary>Makes an empty schedule.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="look">Is called for a room whose time has come, without a lock. Nothing is due of it any more before it is noted again.</param>
    public MemberSchedule(TimeProvider time, Action<WatchedMembers> look)
    {
        _time = time;
        _look = look;
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(static state => ((MemberSchedule)state!).Turn(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Notes when the next lease of a room ends, as the store told by itself.</summary>
    public void Note(WatchedMembers room, TimeSpan? nextEnd)
    {
        lock (_lock)
        {
            // While it is looked at there is no time to compare at; what the look finds is noted then.
            if (room.Place.CompareAt != Never)
            {
                Enter(room, nextEnd);
            }
        }
    }

    /// <summary>Notes when the next lease of a room ends, as the store was asked.</summary>
    public void Looked(WatchedMembers room, TimeSpan? nextEnd)
    {
        lock (_lock)
        {
            // Whoever has had it looked at meanwhile knows more than what was found.
            if (room.Place.CompareAt == Never)
            {
                room.Place.CompareAt = Now + (long)(CompareEvery.Ticks * (1 - (Spread / 2) + (Spread * Random.Shared.NextDouble())));
            }

            Enter(room, nextEnd);
        }
    }

    /// <summary>Has a room looked at again after two seconds.</summary>
    public void LookSoon(WatchedMembers room) => LookAfter(room, SoonAfter);

    /// <summary>Has a room looked at again after some seconds, since the store did not answer. When it is back whoever subscribes is told sooner.</summary>
    public void LookLater(WatchedMembers room) => LookAfter(room, AwayFor + (LatestLook * Random.Shared.NextDouble()));

    /// <summary>Has a room looked at.</summary>
    public void LookNow(WatchedMembers room) => LookAfter(room, TimeSpan.Zero);

    /// <summary>Has a room not looked at any more.</summary>
    public void Remove(WatchedMembers room)
    {
        lock (_lock)
        {
            room.Place.IsRemoved = true;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private long Now => _time.GetElapsedTime(_start).Ticks;

    private void LookAfter(WatchedMembers room, TimeSpan wait)
    {
        lock (_lock)
        {
            room.Place.CompareAt = Now + wait.Ticks;
            Enter(room, null);
        }
    }

    private void Enter(WatchedMembers room, TimeSpan? nextEnd)
    {
        Place place = room.Place;
        place.Due = place.CompareAt;
        if (nextEnd is { } wait && wait < CompareEvery * 2)
        {
            place.Due = Math.Min(place.Due, Now + wait.Ticks + (long)(LatestLook.Ticks * Random.Shared.NextDouble()));
        }

        if (!place.IsRemoved && place.Due < place.EnteredFor)
        {
            Enqueue(room);
            Arm();
        }
    }

    private void Enqueue(WatchedMembers room)
    {
        room.Place.EnteredFor = room.Place.Due;
        _queue.Enqueue(room, room.Place.Due);
    }

    private void Turn()
    {
        var due = new List<WatchedMembers>();
        lock (_lock)
        {
            _armedFor = Never;
            long now = Now;
            while (_queue.TryPeek(out WatchedMembers? room, out long at) && at <= now)
            {
                _queue.Dequeue();
                Place place = room.Place;
                if (place.EnteredFor != at || place.IsRemoved)
                {
                    continue;
                }

                place.EnteredFor = Never;
                if (place.Due > now)
                {
                    Enqueue(room);
                }
                else
                {
                    place.CompareAt = Never;
                    due.Add(room);
                }
            }

            Arm();
        }

        foreach (WatchedMembers room in due)
        {
            _look(room);
        }
    }

    private void Arm()
    {
        if (_queue.TryPeek(out _, out long due) && due < _armedFor)
        {
            _armedFor = due;

            // Up to the next millisecond: a timer that is early would only have to be set again.
            long wait = Math.Max(0, due - Now) + TimeSpan.TicksPerMillisecond - 1;
            _timer.Change(new TimeSpan(wait - (wait % TimeSpan.TicksPerMillisecond)), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Where a room stands.</summary>
    internal sealed class Place
    {
        /// <summary>When to compare its list; never while that is done, and before it begins.</summary>
        public long CompareAt { get; set; } = Never;

        /// <summary>When to look at it.</summary>
        public long Due { get; set; } = Never;

        /// <summary>By when it stands in the queue.</summary>
        public long EnteredFor { get; set; } = Never;

        /// <summary>Whether it is watched no more.</summary>
        public bool IsRemoved { get; set; }
    }
}
