using Godwit.AspNetCore.Problems;
using Godwit.Protocol;

namespace Godwit.AspNetCore.Endpoints;

/// <summary>The paths under a mount point, for those who look elsewhere.</summary>
/// <param name="Rooms">Where rooms are, as a pattern.</param>
/// <param name="Session">Where sessions are.</param>
/// <param name="Publish">Where publish streams go.</param>
/// <param name="Tickets">Where tickets are made.</param>
/// <param name="Links">Where links are signed.</param>
/// <param name="Admin">Where administrators ask.</param>
/// <param name="Client">Where the JavaScript client is.</param>
internal sealed record MountPaths(string Rooms, string Session, string Publish, string Tickets, string Links, string Admin, string Client)
{
    /// <summary>The paths under a mount point.</summary>
    /// <param name="mount">The mount point, without a slash at its end.</param>
    public static MountPaths Under(string mount) => new($"{mount}/rooms/{{{MountEndpoint.RoomParameter}}}", $"{mount}/session", $"{mount}/publish", $"{mount}/tickets", $"{mount}/links", $"{mount}/admin", $"{mount}/client.js");

    /// <summary>What a request for something else is told.</summary>
    public Problem Unknown() =>
        new(ErrorCode.PathUnknown, $"Rooms are at {Rooms}, sessions at {Session}; many publishes in one request go to {Publish}; credentials are made at {Tickets} and {Links}; administrators ask at {Admin}/rooms, /connections, /disconnect, /leave and /revoke; the JavaScript client is {Client}.") { Allowed = [Rooms, Session, Publish, Tickets, Links, Admin, Client] };
}
