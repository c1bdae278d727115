using Godwit.Rooms;

namespace Godwit.Server.Configuration;

/// <summary>The settings of rooms while they are read: those of every room, or of the rooms that a pattern matches.</summary>
internal sealed class RoomScope
{
    private TimeSpan? _recordAge;
    private int? _entryBytes;

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

    /// <summary>What was read, but for the record age and the size of entries.</summary>
    public RoomPolicy Policy { get; set; }

    /// <summary>The record age: as it was set here, else the outer one, made as long as the retention age.</summary>
    public TimeSpan RecordAge
    {
        get => _recordAge ?? (Policy.RecordAge > Policy.Retention.Age ? Policy.RecordAge : Policy.Retention.Age);
        set => _recordAge = value;
    }

    /// <summary>Whether the record would be gone before the entries: only a record age that was set here can do that.</summary>
    public bool RecordAgeIsTooShort => RecordAge < Policy.Retention.Age;

    /// <summary>The size of the largest entry: as it was set here, else the outer one, cut to what a room takes whose delivery is the latest.</summary>
    public int EntryBytes
    {
        get => _entryBytes ?? (Policy.Delivery == Delivery.Latest ? Math.Min(Policy.EntryBytes, EntryLimit.LatestFrame) : Policy.EntryBytes);
        set => _entryBytes = value;
    }

    /// <summary>Whether entries could be larger than a room takes whose delivery is the latest: only a size that was set here can do that.</summary>
    public bool EntryBytesAreTooMany => Policy.Delivery == Delivery.Latest && EntryBytes > EntryLimit.LatestFrame;

    /// <summary>The finished policy.</summary>
    public RoomPolicy Finish()
    {
        RoomPolicy finished = Policy with { RecordAge = RecordAge };

        // Not where the default stands, which is another for a room of all entries: inner scopes begin with it.
        return finished.EntryBytes == EntryBytes ? finished : finished with { EntryBytes = EntryBytes };
    }
}
