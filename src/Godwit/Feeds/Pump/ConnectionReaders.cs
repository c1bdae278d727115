using Godwit.Protocol;

namespace Godwit.Feeds.Pump;

/// <summary>The readers of a connection. Most have one, and then there is no list.</summary>
/// <remarks>Mutable, so never copied; shard only.</remarks>
internal struct ConnectionReaders
{
    private Reader? _only;
    private List<Reader>? _several;

    /// <summary>How many they are.</summary>
    public readonly int Count => _several?.Count ?? (_only is null ? 0 : 1);

    /// <summary>One of them, in the order in which they joined.</summary>
    public readonly Reader this[int index] => _several is { } several ? several[index] : _only!;

    /// <summary>Adds a reader.</summary>
    public void Add(Reader reader)
    {
        if (_several is { } several)
        {
            several.Add(reader);
        }
        else if (_only is { } only)
        {
            _several = [only, reader];
            _only = null;
        }
        else
        {
            _only = reader;
        }
    }

    /// <summary>Removes a reader, if it is there.</summary>
    public void Remove(Reader reader)
    {
        if (_several is { } several)
        {
            several.Remove(reader);
        }
        else if (_only == reader)
        {
            _only = null;
        }
    }

    /// <summary>Removes all.</summary>
    public void Clear() => (_only, _several) = (null, null);

    /// <summary>The reader of a room, or null.</summary>
    public readonly Reader? Find(RoomName room)
    {
        for (int i = 0; i < Count; i++)
        {
            if (this[i].Feed.Room == room)
            {
                return this[i];
            }
        }

        return null;
    }

    /// <summary>The names of the rooms.</summary>
    public readonly List<RoomName> Rooms()
    {
        var rooms = new List<RoomName>(Count);
        for (int i = 0; i < Count; i++)
        {
            rooms.Add(this[i].Feed.Room);
        }

        return rooms;
    }
}
