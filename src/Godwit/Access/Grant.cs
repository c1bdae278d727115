using Godwit.Rooms;

namespace Godwit.Access;

/// <summary>Rights in the rooms of a pattern.</summary>
/// <param name="Rooms">The rooms. <c>{user}</c> in it is the subject of the caller who holds the grant.</param>
/// <param name="Rights">What may be done there.</param>
public sealed record Grant(RoomPattern Rooms, Rights Rights);
