using Godwit.Access;
using Godwit.Instruments;
using Godwit.Limits;
using Godwit.Protocol;

namespace Godwit.Presence;

/// <summary>How many memberships each caller has here: of a user wherever it calls from, and of everyone without a name at an address together.</summary>
/// <remarks>
/// A poll is a member for a minute and more, by a session that costs nothing to make; so who may begin how many is not bounded by what is
/// connected. A caller has so many in all rooms, and of one room a tenth of its places. Backends, and whoever calls from this machine, have no limit.
/// </remarks>
internal sealed class MemberShares(int? most, TimeProvider time)
{
    /// <summary>The places of a room that a caller has at least.</summary>
    public const int LeastOfRoom = 100;

    private const int PartOfRoom = 10;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string? User, AddressKey Address), Share> _shares = [];
    private int _sweepAt = 1024;

    /// <summary>The callers that have memberships, some of which may be over.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _shares.Count;
            }
        }
    }

    /// <summary>Notes that a connection of a caller keeps a session a member; <see cref="Leave"/> follows. False where that would be one membership more than the caller may have.</summary>
    /// <param name="caller">Whose it is.</param>
    /// <param name="room">The room.</param>
    /// <param name="session">The session.</param>
    /// <param name="places">The most members of the room.</param>
    public bool TryEnter(Caller caller, RoomName room, UInt128 session, int places) => TryTake(caller, room, session, places, keepers: 1, TimeSpan.Zero);

    /// <summary>Notes that a poll of a caller keeps a session a member for a time; false as of <see cref="TryEnter"/>.</summary>
    public bool TryPoll(Caller caller, RoomName room, UInt128 session, int places, TimeSpan life) => TryTake(caller, room, session, places, keepers: 0, life);

    /// <summary>A connection keeps its session a member no longer than for the grace.</summary>
    public void Leave(Caller caller, RoomName room, UInt128 session, TimeSpan grace) => Change(caller, (room, session), entry => new Entry(entry.Keepers - 1, Math.Max(entry.Ends, After(grace))));

    /// <summary>Polls keep a session a member no longer.</summary>
    public void StopPolling(Caller caller, RoomName room, UInt128 session) => Change(caller, (room, session), static entry => entry with { Ends = 0 });

    private bool TryTake(Caller caller, RoomName room, UInt128 session, int places, int keepers, TimeSpan life)
    {
        if (most is not { } limit || !CallerLimits.CountsRequests(caller))
        {
            return true;
        }

        lock (_lock)
        {
            long now = time.GetTimestamp();
            if (_shares.Count >= _sweepAt)
            {
                Sweep(now);
            }

            (string? User, AddressKey Address) key = KeyOf(caller);
            Share share = _shares.GetValueOrDefault(key) ?? new Share();
            if (share.TryTake((room, session), keepers, After(life), now, limit, Math.Max(LeastOfRoom, places / PartOfRoom)))
            {
                _shares[key] = share;
                return true;
            }
        }

        GodwitMeter.Hit(LimitNames.Memberships);
        return false;
    }

    private void Change(Caller caller, (RoomName Room, UInt128 Session) membership, Func<Entry, Entry> change)
    {
        lock (_lock)
        {
            (string? User, AddressKey Address) key = KeyOf(caller);
            if (_shares.TryGetValue(key, out Share? share))
            {
                share.Change(membership, change, time.GetTimestamp());
                if (share.IsEmpty)
                {
                    _shares.Remove(key);
                }
            }
        }
    }

    private static (string? User, AddressKey Address) KeyOf(Caller caller) => caller.User is { } user ? (user, default) : (null, AddressKey.Of(caller.Address));

    private long After(TimeSpan span) => time.GetTimestamp() + (long)(span.TotalSeconds * time.TimestampFrequency);

    private void Sweep(long now)
    {
        foreach (((string? User, AddressKey Address) key, Share share) in _shares)
        {
            share.Sweep(now);
            if (share.IsEmpty)
            {
                _shares.Remove(key);
            }
        }

        _sweepAt = Math.Max(1024, 2 * _shares.Count);
    }

    /// <summary>A membership.</summary>
    /// <param name="Keepers">The connections that keep it.</param>
    /// <param name="Ends">When it is over, where none does.</param>
    private readonly record struct Entry(int Keepers, long Ends)
    {
        public bool IsOver(long now) => Keepers == 0 && Ends <= now;
    }

    /// <summary>The memberships of one caller.</summary>
    private sealed class Share
    {
        private readonly Dictionary<(RoomName Room, UInt128 Session), Entry> _entries = [];
        private readonly Dictionary<RoomName, int> _rooms = [];

        // Before it none is over: so that whoever is refused does not have all of them looked at each time.
        private long _next = long.MaxValue;

        public bool IsEmpty => _entries.Count == 0;

        public bool TryTake((RoomName Room, UInt128 Session) membership, int keepers, long ends, long now, int most, int mostOfRoom)
        {
            if (_entries.TryGetValue(membership, out Entry known))
            {
                Set(membership, new Entry(known.Keepers + keepers, Math.Max(known.Ends, ends)));
                return true;
            }

            if (IsFull() && now >= _next)
            {
                Sweep(now);
            }

            if (IsFull())
            {
                return false;
            }

            _rooms[membership.Room] = _rooms.GetValueOrDefault(membership.Room) + 1;
            Set(membership, new Entry(keepers, ends));
            return true;

            bool IsFull() => _entries.Count >= most || _rooms.GetValueOrDefault(membership.Room) >= mostOfRoom;
        }

        public void Change((RoomName Room, UInt128 Session) membership, Func<Entry, Entry> change, long now)
        {
            if (!_entries.TryGetValue(membership, out Entry known))
            {
                return;
            }

            Entry changed = change(known);
            if (changed.IsOver(now))
            {
                Remove(membership);
            }
            else
            {
                Set(membership, changed);
            }
        }

        public void Sweep(long now)
        {
            _next = long.MaxValue;
            foreach (((RoomName Room, UInt128 Session) membership, Entry entry) in _entries)
            {
                if (entry.IsOver(now))
                {
                    Remove(membership);
                }
                else if (entry.Keepers == 0)
                {
                    _next = Math.Min(_next, entry.Ends);
                }
            }
        }

        private void Set((RoomName Room, UInt128 Session) membership, Entry entry)
        {
            _entries[membership] = entry;
            _next = entry.Keepers > 0 ? _next : Math.Min(_next, entry.Ends);
        }

        private void Remove((RoomName Room, UInt128 Session) membership)
        {
            _entries.Remove(membership);
            int left = _rooms[membership.Room] - 1;
            if (left > 0)
            {
                _rooms[membership.Room] = left;
            }
            else
            {
                _rooms.Remove(membership.Room);
            }
        }
    }
}
