namespace Godwit.Presence;

/// <summary>What a client that joins a room wants of its members.</summary>
/// <param name="IsMember">Whether it is to be one; if not it is told of them all the same.</param>
/// <param name="State">What it says of itself, a JSON text; null where it says nothing new.</param>
internal sealed record PresenceAsked(bool IsMember, byte[]? State);
