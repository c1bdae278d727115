namespace Godwit.Redis.Coordination;

/// <summary>Some of the orders that are kept.</summary>
/// <param name="Newest">The number of the newest order that the store knows; below what was told where it has lost some.</param>
/// <param name="UpTo">All behind the number that was asked for, up to this one, were read.</param>
/// <param name="Orders">Their numbers, which rise, and contents.</param>
internal sealed record OrderPage(long Newest, long UpTo, IReadOnlyList<(long Number, byte[] Content)> Orders);
