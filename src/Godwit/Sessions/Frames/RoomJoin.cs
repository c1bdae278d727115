using Godwit.Brokers;
using Godwit.Presence;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Sessions.Frames;

/// <summary>A room that a client joins: the frame <c>join</c>, and what stands for it in the <c>rooms</c> of <c>hello</c> and of an exchange.</summary>
/// <param name="Room">The room.</param>
/// <param name="From">Where reading begins; <see cref="ReadFrom.Now"/> where the client did not say.</param>
/// <param name="Delivery">What is delivered; null is the room's own.</param>
/// <param name="Presence">What the client wants of the room's members; null where it wants nothing.</param>
internal readonly record struct RoomJoin(RoomName Room, ReadFrom From, Delivery? Delivery, PresenceAsked? Presence = null);
