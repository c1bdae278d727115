using Godwit.Protocol;

namespace Godwit.Redis.Connecting;

/// <summary>How keys and channels are named: the prefix, the room in braces, so that all of a room are in one slot, and what it is.</summary>
internal sealed class RedisKeys
{
    /// <summary>The number of this layout of the data. One that is newer is refused.</summary>
    public const int LayoutNumber = 1;

    /// <summary>What a prefix may be, for error messages.</summary>
    public const string PrefixRule = "1 to 64 of A-Z a-z 0-9 _ . : -";

    private readonly string _prefix;
    private readonly string _room;

    /// <summary>Names keys that begin with a prefix.</summary>
    public RedisKeys(string prefix)
    {
        _prefix = prefix + ":";
        _room = _prefix + "{";
        Layout = _prefix + "layout";
    }

    /// <summary>The key that holds the number of the layout.</summary>
    public string Layout { get; }

    /// <summary>A key that is of no room.</summary>
    public string Global(string name) => _prefix + name;

    /// <summary>A key or channel of a room.</summary>
    /// <param name="room">The room.</param>
    /// <param name="name">What it is: <c>record</c>, <c>log</c>, <c>events</c>.</param>
    public string OfRoom(RoomName room, string name) => string.Concat(_room, room.ToString(), "}:", name);

    /// <summary>What holds where a room's log stands.</summary>
    public string Record(RoomName room) => OfRoom(room, "record");

    /// <summary>The entries of a room.</summary>
    public string Log(RoomName room) => OfRoom(room, "log");

    /// <summary>The channel on which is told what happens to a room.</summary>
    public string Events(RoomName room) => OfRoom(room, "events");

    /// <summary>Matches the records of all rooms. A prefix has no character that a pattern gives a meaning to.</summary>
    public string AllRecords => _room + "*}:record";

    /// <summary>The room of a record's key.</summary>
    public bool TryRoom(ReadOnlySpan<char> record, out RoomName room)
    {
        const string End = "}:record";
        room = default;
        return record.StartsWith(_room, StringComparison.Ordinal) && record.EndsWith(End, StringComparison.Ordinal) && record.Length > _room.Length + End.Length
            && RoomName.TryParse(record[_room.Length..^End.Length].ToString(), out room);
    }

    /// <summary>Whether a text may be a prefix.</summary>
    public static bool IsPrefix(string? text) =>
        text is { Length: > 0 and <= RedisBrokerOptions.MaxPrefixLength } && !text.AsSpan().ContainsAnyExcept("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-");
}
