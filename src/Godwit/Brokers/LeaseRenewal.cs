using Godwit.Protocol;

namespace Godwit.Brokers;

/// <summary>Makes a session a member of a room, or keeps it one.</summary>
/// <param name="Room">The room; it needs no record.</param>
/// <param name="Session">The session.</param>
/// <param name="User">The user that it is of; null for nobody known.</param>
/// <param name="State">What it says of itself: a JSON text up to 64 KiB, or nothing.</param>
/// <param name="Change">What becomes of a member that is there, and of one that is not.</param>
/// <param name="Life">How long it stays a member without another renewal; above 0. It shortens no life.</param>
/// <param name="Most">The most members of the room; above 0. Those that are there stay, however many they are.</param>
public readonly record struct LeaseRenewal(RoomName Room, UInt128 Session, string? User, ReadOnlyMemory<byte> State, LeaseChange Change, TimeSpan Life, int Most);

/// <summary>What a renewal does.</summary>
public enum LeaseChange
{
    /// <summary>A member stays one with the state that it has; another session becomes one with the state given.</summary>
    Keep,

    /// <summary>The session is a member with the state given, whether it was one or not.</summary>
    Replace,

    /// <summary>A member has the state given from now on, and lives no longer for it; another session does not become one.</summary>
    Update,
}

/// <summary>What became of a renewal.</summary>
public enum LeaseOutcome
{
    /// <summary>The session is a member.</summary>
    Member,

    /// <summary>Nothing was changed, since there are as many members, in the room or in the store, or as much that they say of themselves, as there may be.</summary>
    Full,

    /// <summary>It is none, and was only to be changed.</summary>
    Absent,
}
