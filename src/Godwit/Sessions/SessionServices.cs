using Godwit.Access;
using Godwit.Administration;
using Godwit.Presence;
using Godwit.Rooms;
using Godwit.Sessions.Tokens;

namespace Godwit.Sessions;

/// <summary>What all sessions of a server share.</summary>
/// <param name="Reads">The reading side of the engine.</param>
/// <param name="Policies">The settings of rooms.</param>
/// <param name="Access">Who may do what.</param>
/// <param name="Credentials">Who callers are.</param>
/// <param name="Tokens">Who clients are.</param>
/// <param name="Calls">What is answered without a connection.</param>
/// <param name="Presence">Who is a member of a room.</param>
/// <param name="Revocations">What is not good any more.</param>
/// <param name="MaxRooms">The most rooms that a connection may be in.</param>
/// <param name="HelloTimeout">How long a client may take to say hello; null for ever.</param>
/// <param name="Heartbeat">After how long a connection hears of the server.</param>
internal sealed record SessionServices(RoomReads Reads, RoomPolicies Policies, RoomAccess Access, ICredentials Credentials, SessionTokens Tokens, SessionCalls Calls, RoomPresence Presence, Revocations Revocations, int MaxRooms, TimeSpan? HelloTimeout, TimeSpan Heartbeat);
