namespace Godwit.Brokers.Memory;

/// <summary>Which room is to be looked at when, to a grid of 10 s. Its cost is that of the rooms that are due, however many are not.</summary>
/// <remarks>
/// A room stands in at most one list, that of one turn of the grid. It may be looked at too early, never too late; then
/// it is entered anew. The calendar's lock is taken inside a room's lock, never around it. The timer runs only while a
/// room is entered.
/// </remarks>
internal sealed class ExpiryCalendar : IAsyncDisposable
{
    /// <summary>How much longer than promised something may stay.</summary>
    public static readonly TimeSpan Grid = TimeSpan.FromSeconds(10);

    // Timers take no more than 49 days; waking once a day for nothing costs nothing.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromDays(1);

    private readonly Uptime _uptime;
    private readonly Action<RoomLog> _look;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly Dictionary<int, RoomLog?> _turns = [];
    private readonly PriorityQueue<int, int> _order = new();
    private int _armedFor = int.MaxValue;

    /// <summary>Makes an empty calendar.</summary>
    /// <param name="time">Runs the timer.</param>
    /// <param name="uptime">The broker's clock.</param>
    /// <param name="look">Is called, without a lock, for every room whose turn has come; it enters the room anew if need be.</param>
    public ExpiryCalendar(TimeProvider time, Uptime uptime, Action<RoomLog> look)
    {
        _uptime = uptime;
        _look = look;
        _timer = time.CreateTimer(static state => ((ExpiryCalendar)state!).Turn(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sees to it that the room is looked at when something is due, or at most 10 s later. The caller holds the room's lock.</summary>
    public void Enter(RoomLog room, long due)
    {
        if (due == Uptime.Never)
        {
            return;
        }

        int turn = (int)Math.Min((due / Grid.Ticks) + (due % Grid.Ticks == 0 ? 0 : 1), int.MaxValue - 1);
        turn = Math.Max(turn, 1);
        int entered = room.CalendarTurn;
        if (entered != 0 && entered <= turn)
        {
            return;
        }

        lock (_lock)
        {
            Unlink(room);
            if (!_turns.TryGetValue(turn, out RoomLog? first))
            {
                _order.Enqueue(turn, turn);
            }

            _turns[turn] = room;
            room.CalendarTurn = turn;
            room.CalendarNext = first;
            if (first is not null)
            {
                first.CalendarPrevious = room;
            }

            if (turn < _armedFor)
            {
                Arm(turn);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Turn()
    {
        lock (_lock)
        {
            _armedFor = int.MaxValue;
        }

        while (TryTake(out RoomLog? room))
        {
            _look(room);
        }
    }

    // Takes a room whose turn has come; else arms the timer for the next one.
    private bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out RoomLog? room)
    {
        lock (_lock)
        {
            long current = _uptime.Now / Grid.Ticks;
            while (_order.TryPeek(out int turn, out _))
            {
                if (turn > current)
                {
                    if (turn < _armedFor)
                    {
                        Arm(turn);
                    }

                    break;
                }

                room = _turns[turn];
                if (room is not null)
                {
                    Unlink(room);
                    return true;
                }

                _turns.Remove(turn);
                _order.Dequeue();
            }
        }

        room = null;
        return false;
    }

    private void Unlink(RoomLog room)
    {
        if (room.CalendarTurn == 0)
        {
            return;
        }

        if (room.CalendarPrevious is { } previous)
        {
            previous.CalendarNext = room.CalendarNext;
        }
        else
        {
            _turns[room.CalendarTurn] = room.CalendarNext;
        }

        if (room.CalendarNext is { } next)
        {
            next.CalendarPrevious = room.CalendarPrevious;
        }

        room.CalendarNext = null;
        room.CalendarPrevious = null;
        room.CalendarTurn = 0;
    }

    private void Arm(int turn)
    {
        _armedFor = turn;
        long wait = Math.Clamp((turn * Grid.Ticks) - _uptime.Now, 0, LongestSleep.Ticks);

        // Up to the next millisecond: a timer that is early would only have to be set again.
        wait += TimeSpan.TicksPerMillisecond - 1;
        _timer.Change(new TimeSpan(wait - (wait % TimeSpan.TicksPerMillisecond)), Timeout.InfiniteTimeSpan);
    }
}
