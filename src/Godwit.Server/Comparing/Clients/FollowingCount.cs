using Godwit.Server.Probes;

namespace Godwit.Server.Comparing.Clients;

/// <summary>What clients have done so far.</summary>
/// <param name="Requests">Requests that they sent.</param>
/// <param name="Heartbeats">Heartbeats that they were sent.</param>
/// <param name="Deliveries">Entries that they were given.</param>
/// <param name="Traffic">What their connections have carried; null where the kernel does not tell.</param>
internal readonly record struct FollowingCount(long Requests, long Heartbeats, long Deliveries, WireTraffic? Traffic)
{
    public static FollowingCount operator +(FollowingCount one, FollowingCount other) =>
        new(one.Requests + other.Requests, one.Heartbeats + other.Heartbeats, one.Deliveries + other.Deliveries, one.Traffic + other.Traffic);

    public static FollowingCount operator -(FollowingCount one, FollowingCount other) =>
        new(one.Requests - other.Requests, one.Heartbeats - other.Heartbeats, one.Deliveries - other.Deliveries, one.Traffic - other.Traffic);

    /// <summary>Nothing yet.</summary>
    public static FollowingCount None => new(0, 0, 0, default(WireTraffic));
}
