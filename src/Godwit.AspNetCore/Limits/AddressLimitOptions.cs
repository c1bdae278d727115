using Godwit.Limits;

namespace Godwit.AspNetCore.Limits;

/// <summary>What one address may have of this server. An IPv6 address counts with its whole /64, and loopback addresses have no limit.</summary>
public sealed class AddressLimitOptions
{
    /// <summary>How often an address begins a connection.</summary>
    /// <value>100 a second and 500 at once by default; null is no limit. Behind a trusted proxy whatever is held counts, and what is above is refused with <c>connections.rate</c>.</value>
    public Rate? Attempts { get; set; } = new Rate(100, 500);

    /// <summary>The connections that an address has open.</summary>
    /// <value>1 to 10,000,000; 1,000 by default; null is no limit. Behind a trusted proxy whatever is held counts, and what is above is refused with <c>connections.limit</c>.</value>
    public int? Connections { get; set; } = 1_000;

    internal static SettingRange<long> ConnectionsRange { get; } = new(1, 10_000_000);
}
