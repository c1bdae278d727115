using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Pump;
using Godwit.Protocol;

namespace Godwit.Presence;

/// <summary>The members of a room that is live here, for the readers that are told of them.</summary>
/// <remarks>
/// Every change has a number, and every reader the number that it was told last: what a reader is behind is composed when it
/// can be sent, so a slow one keeps nothing waiting, and those who stand together share one frame. Changes are told
/// together, the less often the more members there are. Lock order: the broker's, then this one.
/// </remarks>
internal sealed class Roster(Feed feed, int sampleAbove) : ShardWork, IMemberWatcher
{
    /// <summary>The number of members in a sample.</summary>
    public const int Sample = 10;

    /// <summary>The most octets of a frame that names members; a list that is longer is told by a sample.</summary>
    public const int MaxText = 64 << 10;

    private const int MaxChanges = 256;
    private const long ShortestInterval = 250;
    private const long LongestInterval = 1000;

    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, Member> _members = [];

    // The sessions of the last changes, the newest of which is that of _version.
    private readonly Queue<UInt128> _changes = new();
    private long _version;
    private long _published;
    private bool _isDue;
    private RosterFrame? _list;
    private RosterFrame? _change;
    private RosterFrame? _sample;

    /// <summary>Whose members they are.</summary>
    public RoomName Room => feed.Room;

    /// <summary>The version that every reader is to have been told; any thread.</summary>
    public long Published => Volatile.Read(ref _published);

    /// <summary>What to tell a reader.</summary>
    /// <param name="from">The version that it was told last.</param>
    /// <param name="hasList">Whether it knows all members of that version.</param>
    public RosterFrame Frame(long from, bool hasList)
    {
        lock (_lock)
        {
            // Who joins is told how things are now, with itself in it; the others how they were at the last time for all.
            return hasList && !IsSampled && IsKept(from) ? Change(from) : List(least: from < 0 ? _version : _published);
        }
    }

    /// <summary>What to tell a reader where there is no room for more.</summary>
    public RosterFrame ShortFrame()
    {
        lock (_lock)
        {
            return SampleFrame(_published);
        }
    }

    /// <inheritdoc/>
    public void OnMembers(IReadOnlyList<Member> members)
    {
        lock (_lock)
        {
            _members.Clear();
            foreach (Member member in members)
            {
                _members.Add(member.Session, member);
            }

            // What changed is not known: everyone is given the list.
            _changes.Clear();
            _version++;
            Schedule();
        }
    }

    /// <inheritdoc/>
    public void OnMember(Member member)
    {
        lock (_lock)
        {
            _members[member.Session] = member;
            Note(member.Session);
        }
    }

    /// <inheritdoc/>
    public void OnLeft(UInt128 session)
    {
        lock (_lock)
        {
            if (_members.Remove(session))
            {
                Note(session);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Process() => feed.Home.Wheel.Schedule(this, feed.Home.Now + Interval);

    /// <inheritdoc/>
    internal override void OnDue()
    {
        lock (_lock)
        {
            _isDue = false;
            Volatile.Write(ref _published, _version);
        }

        feed.PostAll();
    }

    private long Interval
    {
        get
        {
            lock (_lock)
            {
                return Math.Clamp(_members.Count, ShortestInterval, LongestInterval);
            }
        }
    }

    private bool IsSampled => _members.Count > sampleAbove;

    private void Note(UInt128 session)
    {
        if (_changes.Count == MaxChanges)
        {
            _changes.Dequeue();
        }

        _changes.Enqueue(session);
        _version++;
        Schedule();
    }

    private void Schedule()
    {
        if (!_isDue)
        {
            _isDue = true;
            Post(feed.Home);
        }
    }

    /// <summary>Whether all changes since a version are known.</summary>
    private bool IsKept(long from) => _version - from <= _changes.Count;

    private RosterFrame Change(long from)
    {
        if (_change is { } last && last.From == from && last.To >= _published)
        {
            return last;
        }

        ILookup<bool, UInt128> sessions = _changes.Skip(_changes.Count - (int)(_version - from)).Distinct().ToLookup(_members.ContainsKey);
        Member[] changed = [.. sessions[true].Select(session => _members[session])];
        return FitsText(changed)
            ? _change = new RosterFrame(from, _version, hasList: true, MembersText.Changes(feed.Room, _members.Count, changed, sessions[false]))
            : List(_published);
    }

    private RosterFrame List(long least)
    {
        if (_list is { } last && last.To >= least)
        {
            return last;
        }

        return IsSampled || !FitsText(_members.Values)
            ? SampleFrame(least)
            : _list = new RosterFrame(-1, _version, hasList: true, MembersText.All(feed.Room, _members.Count, _members.Values));
    }

    private RosterFrame SampleFrame(long least) =>
        _sample is { } last && last.To >= least
            ? last
            : _sample = new RosterFrame(-1, _version, hasList: false, MembersText.Sample(feed.Room, _members.Count, _members.Values.Take(Sample)));

    private static bool FitsText(IEnumerable<Member> members) => members.Sum(MembersText.MaxLength) <= MaxText;
}
