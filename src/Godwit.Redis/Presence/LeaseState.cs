namespace Godwit.Redis.Presence;

/// <summary>What every script on a room's leases answers.</summary>
/// <param name="Version">The version of the list of members; 0 where there is none.</param>
/// <param name="NextEnd">The time until the next lease ends; null where there is none.</param>
internal readonly record struct LeaseState(long Version, TimeSpan? NextEnd);
