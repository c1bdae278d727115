using Godwit.Brokers;
using Godwit.Brokers.Memory;
using Godwit.Protocol;
using Godwit.Sqlite.Storage;

namespace Godwit.Sqlite.Writing;

/// <summary>Which leases changed since they were last written down. They live in memory and are written some seconds late: members need not be as durable as entries.</summary>
internal sealed class LeaseJournal
{
    private readonly Lock _lock = new();
    private HashSet<(RoomName Room, UInt128 Session, string Holder)> _changed = [];
    private readonly List<(RoomName Room, UInt128 Session, string Holder)> _taken = [];

    /// <summary>The leases.</summary>
    public StoredLeases? Leases { get; set; }

    /// <summary>Is called when there is something to write down and was not before.</summary>
    public Action? Began { get; set; }

    /// <summary>Whether there is anything to write down.</summary>
    public bool Any
    {
        get
        {
            lock (_lock)
            {
                return _changed.Count > 0;
            }
        }
    }

    /// <summary>Notes that a lease was made, prolonged, shortened or ended, or says something else.</summary>
    public void Note(RoomName room, UInt128 session, string holder)
    {
        bool began;
        lock (_lock)
        {
            _changed.Add((room, session, holder));
            began = _changed.Count == 1;
        }

        if (began)
        {
            Began?.Invoke();
        }
    }

    /// <summary>Writes some of them down; whether there are more.</summary>
    public bool Flush(LeaseTable table, long now, int limit)
    {
        _taken.Clear();
        lock (_lock)
        {
            _taken.AddRange(_changed.Take(limit));
            _changed.ExceptWith(_taken);
            if (_changed.Count == 0)
            {
                _changed = [];
            }
        }

        foreach ((RoomName room, UInt128 session, string holder) in _taken)
        {
            if (Leases?.Find(room, session, holder) is { } lease)
            {
                table.Put(room, lease.Member, holder, StoreClock.Later(now, lease.Left));
            }
            else
            {
                table.Delete(room, session, holder);
            }
        }

        return _taken.Count == limit;
    }

    /// <summary>What was written last was undone.</summary>
    public void Undone()
    {
        lock (_lock)
        {
            _changed.UnionWith(_taken);
        }
    }
}
