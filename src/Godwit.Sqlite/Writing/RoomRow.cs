using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Sqlite.Writing;

/// <summary>The record of a room as the writer knows it, ahead of the database until the transaction's end.</summary>
internal sealed class RoomRow(long id, RoomName name, RoomPolicy policy)
{
    /// <summary>The room's number in the tables. A log that begins anew has another one.</summary>
    public long Id => id;

    /// <summary>The room's name.</summary>
    public RoomName Name => name;

    /// <summary>The room's settings.</summary>
    public RoomPolicy Policy => policy;

    /// <summary>The identity of the log.</summary>
    public Epoch Epoch { get; init; }

    /// <summary>The offset of the newest entry.</summary>
    public long Head { get; set; }

    /// <summary>The mark of the newest entry.</summary>
    public uint HeadMark { get; set; }

    /// <summary>The offset of the last entry dropped.</summary>
    public long Trimmed { get; set; }

    /// <summary>The mark of the last entry dropped.</summary>
    public uint TrimmedMark { get; set; }

    /// <summary>The octets of the entries retained.</summary>
    public long Bytes { get; set; }

    /// <summary>When the room was last written or read.</summary>
    public long Used { get; set; }

    /// <summary>When something of it is due to be dropped; never later than that, but for <see cref="DueGrid"/>.</summary>
    public long Due { get; set; }

    /// <summary>Whether it differs from the database.</summary>
    public bool IsDirty { get; set; }

    /// <summary>The number of entries retained.</summary>
    public long Count => Head - Trimmed;

    /// <summary>Whether more is retained than there may be.</summary>
    public bool IsOver => Count > 1 && (Count > policy.Retention.Entries || Bytes > policy.Retention.Bytes);

    /// <summary>The position of the newest entry.</summary>
    public Position HeadPosition => new(Epoch, Head, HeadMark);

    /// <summary>How long the record lives without use.</summary>
    public TimeSpan RecordAge => policy.RecordAge > policy.Retention.Age ? policy.RecordAge : policy.Retention.Age;

    /// <summary>Has the room looked at when something is due, if it would be looked at later.</summary>
    public void DueBy(long time) => Due = Math.Min(Due, DueGrid.Up(time));
}
