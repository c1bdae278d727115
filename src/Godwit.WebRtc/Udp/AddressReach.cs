using System.Net;
using System.Net.Sockets;

namespace Godwit.WebRtc.Udp;

/// <summary>From where an address can be reached.</summary>
internal enum AddressReach
{
    /// <summary>From this machine.</summary>
    Loopback,

    /// <summary>From the same network: private and shared addresses, unique local ones, link-local ones.</summary>
    Private,

    /// <summary>From everywhere.</summary>
    Public,
}

/// <summary>Tells them.</summary>
internal static class AddressReaches
{
    private static readonly IPNetwork[] Private =
    [
        IPNetwork.Parse("10.0.0.0/8"),
        IPNetwork.Parse("172.16.0.0/12"),
        IPNetwork.Parse("192.168.0.0/16"),
        IPNetwork.Parse("100.64.0.0/10"),
        IPNetwork.Parse("169.254.0.0/16"),
        IPNetwork.Parse("fc00::/7"),
        IPNetwork.Parse("fe80::/10"),
    ];

    /// <summary>From where an address can be reached.</summary>
    public static AddressReach Of(IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (IPAddress.IsLoopback(plain))
        {
            return AddressReach.Loopback;
        }

        foreach (IPNetwork network in Private)
        {
            if (network.BaseAddress.AddressFamily == plain.AddressFamily && network.Contains(plain))
            {
                return AddressReach.Private;
            }
        }

        return AddressReach.Public;
    }

    /// <summary>Whether an address is one that a client can be told: link-local ones of IPv6 mean nothing without their interface.</summary>
    public static bool CanBeNamed(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork || (address.AddressFamily == AddressFamily.InterNetworkV6 && !address.IsIPv6LinkLocal && !address.IsIPv6Multicast);
}
