using Godwit.Redis.Connecting;
using Godwit.Redis.Presence;
using Microsoft.Extensions.Logging;

namespace Godwit.Redis.Coordination;

/// <summary>What servers share of one Redis beside the logs of rooms.</summary>
internal sealed class SharedState : IAsyncDisposable
{
    /// <summary>Makes it over a connection; nothing is asked before somebody does.</summary>
    public SharedState(RedisConnection connection, TimeProvider time, ILogger log)
    {
        KeyRings = new StoredKeyRings(connection);
        Tickets = new StoredTickets(connection);
        Orders = new StoredOrders(connection);
        OrderWatches = new OrderWatches(Orders, connection, time, log);
        Leases = new StoredLeases(connection);
        Rates = new StoredRates(connection);
        MemberWatches = new MemberWatches(Leases, connection, time, log);
    }

    /// <summary>The keys that servers sign with.</summary>
    public StoredKeyRings KeyRings { get; }

    /// <summary>The tickets.</summary>
    public StoredTickets Tickets { get; }

    /// <summary>The orders of administrators.</summary>
    public StoredOrders Orders { get; }

    /// <summary>Who is told of them here.</summary>
    public OrderWatches OrderWatches { get; }

    /// <summary>Who the members of rooms are.</summary>
    public StoredLeases Leases { get; }

    /// <summary>The rates that hold for all servers.</summary>
    public StoredRates Rates { get; }

    /// <summary>The rooms whose members are watched here.</summary>
    public MemberWatches MemberWatches { get; }

    /// <summary>Does all that is due by time: for tests.</summary>
    public Task CatchUpAsync() => Task.WhenAll(OrderWatches.CatchUpAsync(), MemberWatches.CatchUpAsync());

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await OrderWatches.DisposeAsync().ConfigureAwait(false);
        await MemberWatches.DisposeAsync().ConfigureAwait(false);
    }
}
