using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Redis.Connecting;

namespace Godwit.Redis.Presence;

/// <summary>The members of a room that is watched here, as far as this server knows them, and who is told.</summary>
/// <remarks>
/// Every list has a version, and a notification names the one before it: where that is not the version known here, something
/// was lost, and the list is read anew. A version is above all before it, also where the store has lost them.
/// </remarks>
internal sealed class WatchedMembers(RoomName room, MemberSchedule schedule) : IChannelListener
{
    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, Member> _members = [];

    // What is told while the list is read, which may be by several pages: it happened before, while or after.
    private readonly List<MemberNotification> _early = [];
    private IMemberWatcher[] _watchers = [];
    private long _version;
    private long _expected;
    private bool _isReading;
    private bool _isDoubtful = true;

    /// <summary>Which room.</summary>
    public RoomName Room => room;

    /// <summary>Is taken by whoever reads or compares the list.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>Where it stands in the schedule, which guards it.</summary>
    public MemberSchedule.Place Place { get; } = new();

    /// <summary>Whether the list has to be read, and not only looked at.</summary>
    public bool IsDoubtful
    {
        get
        {
            lock (_lock)
            {
                return _isDoubtful;
            }
        }
    }

    /// <summary>The version that is known.</summary>
    public long Version
    {
        get
        {
            lock (_lock)
            {
                return _version;
            }
        }
    }

    /// <inheritdoc/>
    public void OnMessage(ReadOnlyMemory<byte> message)
    {
        MemberNotification notification;
        try
        {
            notification = MemberNotification.Read(message.Span);
        }
        catch (FormatException)
        {
            // Somebody else's: what it may have taken the place of is found by comparing.
            schedule.LookNow(this);
            return;
        }

        bool isDoubtful;
        lock (_lock)
        {
            if (_isReading)
            {
                _early.Add(notification);
                isDoubtful = false;
            }
            else
            {
                Apply(notification);
                isDoubtful = _isDoubtful;
            }
        }

        if (isDoubtful)
        {
            schedule.LookNow(this);
        }
        else
        {
            schedule.Note(this, notification.NextEnd);
        }
    }

    /// <inheritdoc/>
    public void OnResubscribed() => schedule.LookNow(this);

    /// <summary>Begins to tell a watcher.</summary>
    public IDisposable Add(IMemberWatcher watcher)
    {
        lock (_lock)
        {
            watcher.OnMembers([.. _members.Values]);
            _watchers = [.. _watchers, watcher];
        }

        return new Watch(this, watcher);
    }

    /// <summary>Reads the list and tells it.</summary>
    /// <param name="readAsync">Reads a page behind a session.</param>
    /// <returns>What the store answered last.</returns>
    /// <exception cref="BrokerUnavailableException">The store did not answer.</exception>
    public async Task<LeaseState> ReadAsync(Func<UInt128?, Task<LeasePage>> readAsync)
    {
        lock (_lock)
        {
            _isReading = true;
            _early.Clear();
        }

        try
        {
            LeasePage page = await readAsync(null).ConfigureAwait(false);
            long version = page.State.Version;
            var members = new List<Member>(page.Members);
            while (page is { IsMore: true, Members.Count: > 0 })
            {
                page = await readAsync(page.Members[^1].Session).ConfigureAwait(false);
                members.AddRange(page.Members);
            }

            Take(version, members);
            return page.State;
        }
        finally
        {
            lock (_lock)
            {
                // Where reading has failed, what was told meanwhile is of no use: the list is still to be read.
                _isReading = false;
                _early.Clear();
            }
        }
    }

    /// <summary>Compares with what the store says.</summary>
    /// <param name="known">The version that was known before it was asked.</param>
    /// <param name="state">Its answer.</param>
    /// <returns>Whether to look again soon, or to read.</returns>
    public bool Compare(long known, LeaseState state)
    {
        lock (_lock)
        {
            if (state.Version < known || (_expected > _version && !_isReading))
            {
                // The store has lost something; or what it said the last time has not been told since.
                _isDoubtful = true;
            }

            // A notification comes by another connection and may be on its way.
            _expected = state.Version;
            return _isDoubtful || _expected > _version;
        }
    }

    private void Take(long version, List<Member> members)
    {
        lock (_lock)
        {
            _members.Clear();
            foreach (Member member in members)
            {
                _members[member.Session] = member;
            }

            _version = version;
            _expected = version;
            _isDoubtful = false;
            _isReading = false;
            foreach (IMemberWatcher watcher in _watchers)
            {
                watcher.OnMembers(members);
            }

            // Pages behind the first are newer than its version, so some of it is told again: the last that is told of each session holds.
            foreach (MemberNotification notification in _early)
            {
                Apply(notification);
            }
        }
    }

    private void Apply(MemberNotification notification)
    {
        if (_isDoubtful || notification.Version <= _version)
        {
            return;
        }

        if (notification.Before != _version)
        {
            _isDoubtful = true;
            return;
        }

        _version = notification.Version;
        foreach ((UInt128 session, Member? member) in notification.Changes)
        {
            Change(session, member);
        }
    }

    private void Change(UInt128 session, Member? member)
    {
        if (member is not null)
        {
            _members[session] = member;
            foreach (IMemberWatcher watcher in _watchers)
            {
                watcher.OnMember(member);
            }
        }
        else if (_members.Remove(session))
        {
            foreach (IMemberWatcher watcher in _watchers)
            {
                watcher.OnLeft(session);
            }
        }
    }

    private sealed class Watch(WatchedMembers members, IMemberWatcher watcher) : IDisposable
    {
        private bool _hasEnded;

        public void Dispose()
        {
            lock (members._lock)
            {
                if (!_hasEnded)
                {
                    _hasEnded = true;
                    int index = Array.IndexOf(members._watchers, watcher);
                    members._watchers = [.. members._watchers[..index], .. members._watchers[(index + 1)..]];
                }
            }
        }
    }
}
