using Godwit.Protocol;

namespace Godwit.Brokers;

/// <summary>What a store knows of a room.</summary>
/// <param name="Room">The room.</param>
/// <param name="Head">The position of the newest entry; of offset 0 before the first.</param>
/// <param name="Entries">How many entries are retained.</param>
/// <param name="Bytes">Their octets, as retention counts them.</param>
public readonly record struct RoomRecord(RoomName Room, Position Head, long Entries, long Bytes);
