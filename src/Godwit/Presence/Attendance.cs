using Godwit.Protocol;

namespace Godwit.Presence;

/// <summary>A session that connections of this server keep a member of a room. Guarded by the lock of <see cref="Attendances"/>.</summary>
internal sealed class Attendance(RoomName room, UInt128 session, string? user)
{
    /// <summary>Of which room.</summary>
    public RoomName Room => room;

    /// <summary>Which session.</summary>
    public UInt128 Session => session;

    /// <summary>Of which user.</summary>
    public string? User => user;

    /// <summary>What it last said of itself here, in case the store has lost it.</summary>
    public ReadOnlyMemory<byte> State { get; set; }

    /// <summary>The most members of the room.</summary>
    public int Most { get; set; }

    /// <summary>How many connections keep it.</summary>
    public int Connections { get; set; }
}
