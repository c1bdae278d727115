using Godwit.Rooms;

namespace Godwit.Server.Configuration;

/// <summary>The settings of rooms while they are read: those of every room, or of the rooms that a pattern matches.</summary>
internal sealed class RoomScope
{
    private TimeSpan? _recordAge;

    /// <summary>The settings of every room, as they are by default.</summary>
    public RoomScope()
    {
        Policy = new RoomPolicy { Pattern = RoomPattern.Everything };
    }

    /// <summary>The settings of some rooms, which are at first those of every room.</summary>
    public RoomScope(RoomScope every)
    {
        Policy = every.Finish();
    }

    /// <summary>What was read, but for the record age.</summary>
    public RoomPolicy Policy { get; set; }

    /// <summary>The record age: as it was set here, else the outer one, made as long as the retention age.</summary>
    public TimeSpan RecordAge
    {
        get => _recordAge ?? (Policy.RecordAge > Policy.Retention.Age ? Policy.RecordAge : Policy.Retention.Age);
        set => _recordAge = value;
    }

    /// <summary>Whether the record would be gone before the entries: only a record age that was set here can do that.</summary>
    public bool RecordAgeIsTooShort => RecordAge < Policy.Retention.Age;

    /// <summary>The finished policy.</summary>
    public RoomPolicy Finish() => Policy with { RecordAge = RecordAge };
}
