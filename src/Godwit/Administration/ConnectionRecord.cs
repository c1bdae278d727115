using Godwit.Access;
using Godwit.Protocol;

namespace Godwit.Administration;

/// <summary>What administrators see of a connection.</summary>
/// <param name="Number">Rises with every connection of the server.</param>
/// <param name="Transport">Its transport: <c>websocket</c>, <c>sse</c>, <c>http_stream</c>, <c>session_websocket</c>, <c>session_stream</c>, <c>session_datachannel</c> or <c>publish_stream</c>.</param>
/// <param name="Since">When it began, in ms since the Unix epoch.</param>
/// <param name="Caller">Whose it is.</param>
/// <param name="Session">Its session; 0 for none.</param>
/// <param name="Rooms">Its rooms.</param>
internal readonly record struct ConnectionRecord(long Number, string Transport, long Since, Caller Caller, UInt128 Session, IReadOnlyList<RoomName> Rooms);
