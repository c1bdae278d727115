namespace Godwit.Server.Verifying.Faults;

/// <summary>What can be done to a deployment.</summary>
internal enum FaultKind
{
    /// <summary>All connections of a server are reset at once.</summary>
    Cut,

    /// <summary>For a while each answer of a server is cut off after a number of octets drawn for it.</summary>
    CutAtByte,

    /// <summary>For a while nothing gets through to a server or back, and nobody is told.</summary>
    NetworkCut,

    /// <summary>For a while everything to a server and back is late.</summary>
    NetworkDelay,

    /// <summary>For a while a firewall drops every packet between a server and its clients.</summary>
    LinkCut,

    /// <summary>For a while half of the readers take nothing.</summary>
    SlowReaders,

    /// <summary>The credentials of a user are revoked.</summary>
    Revoke,

    /// <summary>A server is killed (SIGKILL) and started again.</summary>
    Kill,

    /// <summary>A server is told to leave (SIGTERM) and started again.</summary>
    Drain,

    /// <summary>All servers are told to leave and started again, one after the other.</summary>
    RollingRestart,

    /// <summary>A server is stopped for a while (SIGSTOP, SIGCONT).</summary>
    Freeze,

    /// <summary>The wall clock of a server is set to another time, and back.</summary>
    ClockStep,

    /// <summary>The proxy before the servers is killed with all of its workers, and started again.</summary>
    ProxyKill,

    /// <summary>The proxy is told to read its configuration again (SIGHUP).</summary>
    ProxyReload,

    // From here on what is done to the store.

    /// <summary>For a while the disk is full.</summary>
    DiskFull,

    /// <summary>The machine of the store loses its power: what was not synced is gone.</summary>
    PowerLoss,

    /// <summary>Redis is killed (SIGKILL), and started again after a while.</summary>
    StoreKill,

    /// <summary>Redis is stopped for a while (SIGSTOP, SIGCONT).</summary>
    StoreFreeze,

    /// <summary>Redis is away for so long that readers have to be told and publishers refused: dead, stopped, or behind a network on which nothing gets through.</summary>
    StoreOutage,

    /// <summary>All connections of a server to Redis are reset.</summary>
    StoreCut,

    /// <summary>For a while nothing gets through between a server and Redis.</summary>
    StoreNetworkCut,

    /// <summary>For a while a firewall drops every packet between a server and Redis.</summary>
    StoreLinkCut,

    /// <summary>For a while everything between a server and Redis is late.</summary>
    StoreDelay,

    /// <summary>Redis ends all subscriptions.</summary>
    SubscriptionKill,

    /// <summary>The primary of Redis is lost, and a replica takes its place.</summary>
    StoreFailover,
}

/// <summary>How faults are called on the command line and in reports.</summary>
internal static class FaultKinds
{
    public static readonly IReadOnlyList<FaultKind> All = Enum.GetValues<FaultKind>();

    public static string Name(this FaultKind kind) => kind switch
    {
        FaultKind.Cut => "cut",
        FaultKind.CutAtByte => "cut-at-byte",
        FaultKind.NetworkCut => "network-cut",
        FaultKind.NetworkDelay => "network-delay",
        FaultKind.LinkCut => "link-cut",
        FaultKind.SlowReaders => "slow-readers",
        FaultKind.Revoke => "revoke",
        FaultKind.Kill => "kill",
        FaultKind.Drain => "drain",
        FaultKind.RollingRestart => "rolling-restart",
        FaultKind.Freeze => "freeze",
        FaultKind.ClockStep => "clock-step",
        FaultKind.ProxyKill => "proxy-kill",
        FaultKind.ProxyReload => "proxy-reload",
        FaultKind.DiskFull => "disk-full",
        FaultKind.PowerLoss => "power-loss",
        FaultKind.StoreKill => "store-kill",
        FaultKind.StoreFreeze => "store-freeze",
        FaultKind.StoreOutage => "store-outage",
        FaultKind.StoreCut => "store-cut",
        FaultKind.StoreNetworkCut => "store-network-cut",
        FaultKind.StoreLinkCut => "store-link-cut",
        FaultKind.StoreDelay => "store-delay",
        FaultKind.SubscriptionKill => "subscription-kill",
        FaultKind.StoreFailover => "store-failover",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>Finds a fault by its name.</summary>
    public static bool TryParse(string name, out FaultKind kind)
    {
        foreach (FaultKind known in All)
        {
            if (known.Name() == name)
            {
                kind = known;
                return true;
            }
        }

        kind = default;
        return false;
    }
}
