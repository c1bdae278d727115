namespace Godwit.Brokers;

/// <summary>A session that is a member of a room.</summary>
/// <param name="Session">Which; a session is a member once, however many connections it has.</param>
/// <param name="User">The user that it is of; null for nobody known.</param>
/// <param name="State">What it says of itself: a JSON text, or nothing.</param>
/// <param name="Since">Since when it is one, in ms since the Unix epoch.</param>
public sealed record Member(UInt128 Session, string? User, ReadOnlyMemory<byte> State, long Since);
