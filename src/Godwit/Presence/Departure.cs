namespace Godwit.Presence;

/// <summary>How a connection stops to be a member's.</summary>
internal enum Departure
{
    /// <summary>It left the room, or was made to: the session is a member no more.</summary>
    Left,

    /// <summary>It is gone: the client may come back within the grace.</summary>
    Lost,

    /// <summary>The server sent it away, to come back when it was told to, here or elsewhere: the lease lives out its life.</summary>
    Sent,
}
