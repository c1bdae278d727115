using Godwit.Protocol;

namespace Godwit.Sqlite.Writing;

/// <summary>Which rooms were read, or began or ceased to be watched, since that was last written down: a read costs no write.</summary>
internal sealed class Uses
{
    private readonly Lock _lock = new();
    private Dictionary<RoomName, long> _noted = [];

    /// <summary>Whether there is anything to write down.</summary>
    public bool Any
    {
        get
        {
            lock (_lock)
            {
                return _noted.Count > 0;
            }
        }
    }

    /// <summary>Notes that a room is used; true if it is the first one noted.</summary>
    public bool Note(RoomName room, long now)
    {
        lock (_lock)
        {
            _noted[room] = now;
            return _noted.Count == 1;
        }
    }

    /// <summary>When a room was last used, as far as it is not written down.</summary>
    public long? Of(RoomName room)
    {
        lock (_lock)
        {
            return _noted.TryGetValue(room, out long used) ? used : null;
        }
    }

    /// <summary>Takes some of what is noted. What is not stored in the end is given back by <see cref="Note"/>.</summary>
    public List<(RoomName Room, long Used)> Take(int limit)
    {
        lock (_lock)
        {
            var taken = new List<(RoomName, long)>(Math.Min(limit, _noted.Count));
            foreach ((RoomName room, long used) in _noted)
            {
                if (taken.Count == limit)
                {
                    break;
                }

                taken.Add((room, used));
            }

            foreach ((RoomName room, _) in taken)
            {
                _noted.Remove(room);
            }

            if (_noted.Count == 0)
            {
                _noted = [];
            }

            return taken;
        }
    }
}
