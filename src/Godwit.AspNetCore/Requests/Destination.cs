using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.AspNetCore.Requests;

/// <summary>A room that is published to.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Policy">Its policy.</param>
internal sealed record Destination(RoomName Name, RoomPolicy Policy);
