namespace Godwit.Protocol;

/// <summary>A run of offsets, both ends included: the <c>missing</c> of a <c>gap</c>.</summary>
/// <param name="From">The first offset.</param>
/// <param name="To">The last offset.</param>
public readonly record struct OffsetRange(long From, long To);
