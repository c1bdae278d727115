using Godwit.Protocol;

namespace Godwit.Brokers.Memory;

/// <summary>The leases of a memory broker, and who is told of the members that they make.</summary>
/// <remarks>One lock for all, in which the watchers are told. Leases end by one timer, which runs only while there are any.</remarks>
internal sealed class StoredLeases : IAsyncDisposable
{
    /// <summary>The most leases, some 400 octets each with the members that they make.</summary>
    public const int Most = 250_000;

    /// <summary>The most octets that members may say of themselves together.</summary>
    public const long MostState = 64 << 20;

    // Leases that end within it end together.
    private static readonly TimeSpan Grid = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly Dictionary<RoomName, LeasedRoom> _rooms = [];
    private readonly PriorityQueue<Lease, long> _ends = new();
    private readonly TimeProvider _time;
    private readonly Uptime _uptime;
    private readonly ITimer _timer;
    private readonly Action<RoomName, UInt128, string>? _changed;
    private long _armedFor = Uptime.Never;
    private long _state;
    private int _count;

    /// <summary>Begins without leases.</summary>
    /// <param name="time">The clock that members are shown, and the timer.</param>
    /// <param name="uptime">The broker's clock.</param>
    /// <param name="changed">Is told of every lease of a room, session and holder that is made, changed or ended, under the lock: it only takes note.</param>
    public StoredLeases(TimeProvider time, Uptime uptime, Action<RoomName, UInt128, string>? changed = null)
    {
        _changed = changed;
        _time = time;
        _uptime = uptime;
        _timer = time.CreateTimer(static state => ((StoredLeases)state!).Expire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The number of leases.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    /// <summary>A lease with the member that it makes, and the time that is left of it; null if there is none.</summary>
    public (Member Member, TimeSpan Left)? Find(RoomName room, UInt128 session, string holder)
    {
        lock (_lock)
        {
            return _rooms.TryGetValue(room, out LeasedRoom? leased) && leased.Members.TryGetValue(session, out LeasedMember? member) && member.Of(holder) is { } lease
                ? (member.Told, TimeSpan.FromTicks(Math.Max(0, lease.Ends - _uptime.Now)))
                : null;
        }
    }

    /// <summary>Puts a lease back that was kept elsewhere, before anybody watches.</summary>
    public void Restore(RoomName room, Member told, string holder, TimeSpan left)
    {
        lock (_lock)
        {
            LeasedRoom leased = RoomOf(room);
            if (!leased.Members.TryGetValue(told.Session, out LeasedMember? member))
            {
                member = new LeasedMember(leased, told);
                leased.Members.Add(told.Session, member);
                _state += told.State.Length;
            }

            _count++;
            Enter(member.Add(holder, Uptime.Later(_uptime.Now, left)));
            Arm();
        }
    }

    /// <summary>Carries out renewals.</summary>
    public IReadOnlyList<LeaseOutcome> Renew(string holder, IReadOnlyList<LeaseRenewal> renewals)
    {
        var outcomes = new LeaseOutcome[renewals.Count];
        lock (_lock)
        {
            for (int i = 0; i < outcomes.Length; i++)
            {
                outcomes[i] = Renew(holder, renewals[i]);
            }

            Arm();
        }

        return outcomes;
    }

    /// <summary>Shortens a lease.</summary>
    public void Release(string holder, RoomName room, UInt128 session, TimeSpan grace)
    {
        lock (_lock)
        {
            if (!_rooms.TryGetValue(room, out LeasedRoom? leased) || !leased.Members.TryGetValue(session, out LeasedMember? member) || member.Of(holder) is not { } lease)
            {
                return;
            }

            long ends = Uptime.Later(_uptime.Now, grace);
            if (grace <= TimeSpan.Zero)
            {
                End(lease);
            }
            else if (ends < lease.Ends)
            {
                lease.Ends = ends;
                Enter(lease);
                Arm();
                _changed?.Invoke(room, session, holder);
            }
        }
    }

    /// <summary>Reads a page of members.</summary>
    public MemberPage Page(RoomName room, UInt128? after, int limit)
    {
        lock (_lock)
        {
            if (!_rooms.TryGetValue(room, out LeasedRoom? leased))
            {
                return new MemberPage(0, [], false);
            }

            Member[] sorted = leased.Sorted;
            int first = after is { } from ? Array.BinarySearch(sorted, new Member(from, null, default, 0), LeasedRoom.BySession) : 0;
            first = first < 0 ? ~first : after is null ? 0 : first + 1;
            int count = Math.Min(limit, sorted.Length - first);
            return new MemberPage(sorted.Length, sorted[first..(first + count)], first + count < sorted.Length);
        }
    }

    /// <summary>Tells a watcher who is there, and all that changes.</summary>
    public IAsyncDisposable Watch(RoomName room, IMemberWatcher watcher)
    {
        lock (_lock)
        {
            LeasedRoom leased = RoomOf(room);
            watcher.OnMembers([.. leased.Members.Values.Select(static member => member.Told)]);
            leased.Watchers = [.. leased.Watchers, watcher];
            return new MemberWatch(this, leased, watcher);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private LeaseOutcome Renew(string holder, in LeaseRenewal renewal)
    {
        long ends = Uptime.Later(_uptime.Now, renewal.Life);
        LeasedMember? member = null;
        if (_rooms.TryGetValue(renewal.Room, out LeasedRoom? leased))
        {
            leased.Members.TryGetValue(renewal.Session, out member);
        }

        if (member is null)
        {
            if (renewal.Change == LeaseChange.Update)
            {
                return LeaseOutcome.Absent;
            }

            if (leased?.Members.Count >= renewal.Most)
            {
                return LeaseOutcome.Full;
            }

            if (!TryTake(leases: 1, renewal.State.Length))
            {
                return LeaseOutcome.Full;
            }

            leased ??= RoomOf(renewal.Room);
            member = new LeasedMember(leased, new Member(renewal.Session, renewal.User, renewal.State.ToArray(), _time.GetUtcNow().ToUnixTimeMilliseconds()));
            leased.Members.Add(renewal.Session, member);
            Enter(member.Add(holder, ends));
            leased.TellMember(member.Told);
            _changed?.Invoke(renewal.Room, renewal.Session, holder);
            return LeaseOutcome.Member;
        }

        bool changes = renewal.Change != LeaseChange.Keep && !renewal.State.Span.SequenceEqual(member.Told.State.Span);
        Lease? lease = member.Of(holder);
        if (!TryTake(leases: lease is null && renewal.Change != LeaseChange.Update ? 1 : 0, changes ? renewal.State.Length - member.Told.State.Length : 0))
        {
            return LeaseOutcome.Full;
        }

        if (renewal.Change != LeaseChange.Update)
        {
            if (lease is null)
            {
                Enter(member.Add(holder, ends));
            }
            else
            {
                // It stands in the queue by an earlier time, and is entered anew when that has come.
                lease.Ends = Math.Max(lease.Ends, ends);
            }

            _changed?.Invoke(renewal.Room, renewal.Session, holder);
        }

        if (changes)
        {
            member.Told = member.Told with { State = renewal.State.ToArray() };
            leased!.TellMember(member.Told);
            member.TellHolders(_changed);
        }

        return LeaseOutcome.Member;
    }

    private LeasedRoom RoomOf(RoomName room)
    {
        if (!_rooms.TryGetValue(room, out LeasedRoom? leased))
        {
            leased = new LeasedRoom(room);
            _rooms.Add(room, leased);
        }

        return leased;
    }

    /// <summary>Takes the room for what is about to be kept, if there is any.</summary>
    private bool TryTake(int leases, int state)
    {
        if ((leases > 0 && _count + leases > Most) || (state > 0 && _state + state > MostState))
        {
            return false;
        }

        _count += leases;
        _state += state;
        return true;
    }

    private void End(Lease lease)
    {
        LeasedMember member = lease.Member;
        member.Remove(lease);
        _count--;
        _changed?.Invoke(member.Room.Name, member.Told.Session, lease.Holder);
        if (!member.IsOver)
        {
            return;
        }

        LeasedRoom leased = member.Room;
        _state -= member.Told.State.Length;
        leased.Members.Remove(member.Told.Session);
        leased.TellLeft(member.Told.Session);
        RemoveIfUnused(leased);
    }

    private void EndWatch(LeasedRoom leased, IMemberWatcher watcher)
    {
        lock (_lock)
        {
            int index = Array.IndexOf(leased.Watchers, watcher);
            leased.Watchers = [.. leased.Watchers[..index], .. leased.Watchers[(index + 1)..]];
            RemoveIfUnused(leased);
        }
    }

    private void RemoveIfUnused(LeasedRoom leased)
    {
        if (leased.IsUnused)
        {
            _rooms.Remove(leased.Name);
        }
    }

    private void Enter(Lease lease)
    {
        lease.EnteredFor = lease.Ends;
        _ends.Enqueue(lease, lease.Ends);
    }

    private void Expire()
    {
        lock (_lock)
        {
            _armedFor = Uptime.Never;
            long now = _uptime.Now;
            while (_ends.TryPeek(out Lease? lease, out long due) && due <= now)
            {
                _ends.Dequeue();
                if (lease.EnteredFor != due || lease.IsOver)
                {
                    // It was shortened, and stands at the new time too.
                    continue;
                }

                if (lease.Ends > now)
                {
                    Enter(lease);
                }
                else
                {
                    End(lease);
                }
            }

            Arm();
        }
    }

    private void Arm()
    {
        if (_ends.TryPeek(out _, out long due) && due < _armedFor)
        {
            long wait = Math.Max(0, due - _uptime.Now);
            _armedFor = due;
            _timer.Change(new TimeSpan(wait + Grid.Ticks - 1 - ((wait + Grid.Ticks - 1) % TimeSpan.TicksPerMillisecond)), Timeout.InfiniteTimeSpan);
        }
    }

    private sealed class LeasedRoom(RoomName name)
    {
        public static readonly Comparer<Member> BySession = Comparer<Member>.Create(static (left, right) => left.Session.CompareTo(right.Session));

        // Null since the last change; whoever reads page after page finds them in order.
        private Member[]? _sorted;

        public RoomName Name => name;

        public Dictionary<UInt128, LeasedMember> Members { get; } = [];

        public IMemberWatcher[] Watchers { get; set; } = [];

        public Member[] Sorted
        {
            get
            {
                if (_sorted is null)
                {
                    _sorted = [.. Members.Values.Select(static member => member.Told)];
                    Array.Sort(_sorted, BySession);
                }

                return _sorted;
            }
        }

        public bool IsUnused => Members.Count == 0 && Watchers.Length == 0;

        public void TellMember(Member member)
        {
            _sorted = null;
            foreach (IMemberWatcher watcher in Watchers)
            {
                watcher.OnMember(member);
            }
        }

        public void TellLeft(UInt128 session)
        {
            _sorted = null;
            foreach (IMemberWatcher watcher in Watchers)
            {
                watcher.OnLeft(session);
            }
        }
    }

    private sealed class LeasedMember(LeasedRoom room, Member told)
    {
        // Mostly one: a session has its connections at one server.
        private Lease? _first;

        public LeasedRoom Room => room;

        public Member Told { get; set; } = told;

        public bool IsOver => _first is null;

        public Lease? Of(string holder)
        {
            Lease? lease = _first;
            while (lease is not null && lease.Holder != holder)
            {
                lease = lease.Next;
            }

            return lease;
        }

        public void TellHolders(Action<RoomName, UInt128, string>? changed)
        {
            for (Lease? lease = _first; lease is not null && changed is not null; lease = lease.Next)
            {
                changed(room.Name, Told.Session, lease.Holder);
            }
        }

        public Lease Add(string holder, long ends) => _first = new Lease(this, holder, ends) { Next = _first };

        public void Remove(Lease lease)
        {
            lease.IsOver = true;
            if (_first == lease)
            {
                _first = lease.Next;
                return;
            }

            Lease before = _first!;
            while (before.Next != lease)
            {
                before = before.Next!;
            }

            before.Next = lease.Next;
        }
    }

    private sealed class Lease(LeasedMember member, string holder, long ends)
    {
        public LeasedMember Member => member;

        public string Holder => holder;

        public long Ends { get; set; } = ends;

        public long EnteredFor { get; set; }

        public bool IsOver { get; set; }

        public Lease? Next { get; set; }
    }

    private sealed class MemberWatch(StoredLeases leases, LeasedRoom room, IMemberWatcher watcher) : IAsyncDisposable
    {
        private int _ended;

        public ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
            {
                leases.EndWatch(room, watcher);
            }

            return ValueTask.CompletedTask;
        }
    }
}
