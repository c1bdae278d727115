namespace Godwit.Brokers;

/// <summary>Where a read ends: whichever is reached first, but not before one entry.</summary>
/// <param name="Entries">At most this many entries; 0 reads the head and the verdict alone.</param>
/// <param name="Bytes">At most this many octets of <see cref="Entry.Size"/>.</param>
public readonly record struct ReadLimits(int Entries, int Bytes);
