using Godwit.Brokers;
using Godwit.Feeds.Pump;
using Godwit.Instruments;
using Godwit.Limits;
using Godwit.Sessions.Signalling;

namespace Godwit.Administration;

/// <summary>The orders of administrators: gives them to all servers, and carries out here what is given anywhere.</summary>
/// <remarks>Nobody is let in by a credential before the orders that the store keeps are known: a server that starts would take what was revoked.</remarks>
internal sealed class Orders : IOrderWatcher, IAsyncDisposable
{
    /// <summary>How long an order is kept that is carried out once, for servers that do not hear of it at once.</summary>
    public static readonly TimeSpan OnceLife = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(10);

    private readonly IBroker _broker;
    private readonly SendingPump _pump;
    private readonly Lock _lock = new();
    private Task<IAsyncDisposable>? _watch;
    private long _newest;

    /// <summary>Makes it; nothing is known before <see cref="WatchAsync"/>.</summary>
    /// <param name="broker">The store.</param>
    /// <param name="pump">The connections.</param>
    /// <param name="revocationLife">How long revocations are remembered.</param>
    public Orders(IBroker broker, SendingPump pump, TimeSpan revocationLife)
    {
        _broker = broker;
        _pump = pump;
        RevocationLife = revocationLife;
        Revocations = new Revocations(pump.Clock.Time);
        Ends = new PeerEnds(pump.Clock.Time);
        PublishStreams = new OpenPublishStreams(Revocations, pump.Clock.Time);
    }

    /// <summary>What is not good any more.</summary>
    public Revocations Revocations { get; }

    /// <summary>The peers that were ended on any server of late.</summary>
    public PeerEnds Ends { get; }

    /// <summary>The publish streams that are open here.</summary>
    public OpenPublishStreams PublishStreams { get; }

    /// <summary>The peers whose sessions come over data channels; null where there are none.</summary>
    public IPeerConnections? Peers { get; set; }

    /// <summary>How long revocations are remembered.</summary>
    public TimeSpan RevocationLife { get; }

    /// <summary>Whether the orders that the store keeps are known.</summary>
    public bool IsWatching => _watch is { IsCompletedSuccessfully: true };

    /// <summary>Begins to watch, where that has not been done, and completes when the orders that the store keeps are known.</summary>
    /// <exception cref="BrokerUnavailableException">The store does not answer; whoever asks next tries again.</exception>
    public Task WatchAsync(CancellationToken cancel)
    {
        if (IsWatching)
        {
            return Task.CompletedTask;
        }

        Task<IAsyncDisposable> watch;
        lock (_lock)
        {
            if (_watch is null or { IsFaulted: true } or { IsCanceled: true })
            {
                // Not under the lock: the broker may tell orders before it returns.
                _watch = Task.Run(() => _broker.WatchOrdersAsync(this, CancellationToken.None).AsTask(), CancellationToken.None);
            }

            watch = _watch;
        }

        return watch.WaitAsync(cancel);
    }

    /// <summary>Gives an order to all servers, this one included.</summary>
    /// <returns>The order as it was given.</returns>
    /// <exception cref="BrokerUnavailableException">The store did not confirm.</exception>
    public async ValueTask<Order> GiveAsync(Order order, CancellationToken cancel)
    {
        TimeSpan life = order.Kind == OrderKind.Revoke ? RevocationLife : OnceLife;
        order = order with { Ends = _pump.Clock.Time.GetUtcNow() + life };
        await WatchAsync(cancel).ConfigureAwait(false);
        try
        {
            await _broker.AddOrderAsync(KeyOf(order), order.ToJson(), life, cancel).ConfigureAwait(false);
        }
        catch (BrokerUnavailableException full) when (full.IsFull)
        {
            GodwitMeter.Hit(LimitNames.Orders);
            throw;
        }

        return order;
    }

    /// <summary>Ends a peer on whichever server it is, for the client whose it is.</summary>
    /// <exception cref="BrokerUnavailableException">Clients have ended so many of late that the rest of the store's room is kept for administrators; or the store did not confirm.</exception>
    public async ValueTask EndAsync(UInt128 peer, CancellationToken cancel)
    {
        await WatchAsync(cancel).ConfigureAwait(false);
        if (Ends.IsFull)
        {
            throw new BrokerUnavailableException("Too many data channels of other servers were ended in the last minute. They end by themselves 30 s after their clients go.", Retry) { IsFull = true };
        }

        await GiveAsync(new Order(OrderKind.Disconnect) { Session = peer }, cancel).ConfigureAwait(false);
    }

    /// <summary>What an order takes the place of in the store: one to end the same session, or a revocation of the same, unless that one says more.</summary>
    private string? KeyOf(Order order) => order is { Kind: OrderKind.Disconnect, Session: { } ended } ? $"end:{Order.NameOf(ended)}"
        : order.Kind != OrderKind.Revoke ? null
        : order.User is { } user ? Revocations.HasLater(user, order.Before) ? null : $"user:{user}"
        : order.Session is { } session ? $"session:{Order.NameOf(session)}"
        : $"jti:{order.TokenId}";

    /// <inheritdoc/>
    public void OnOrder(long number, ReadOnlyMemory<byte> content)
    {
        if (number <= _newest)
        {
            return;
        }

        _newest = number;
        if (Order.Read(content) is not { } order)
        {
            return;
        }

        // First known, then carried out: a connection that begins in between finds it.
        if (order.Kind == OrderKind.Revoke)
        {
            Revocations.Add(order);
        }
        else if (order is { Kind: OrderKind.Disconnect, Session: { } ended })
        {
            Ends.Add(ended);
        }

        var work = new OrderWork(order, Revocations);

        // Before the connections: what has none yet ends, and what has one by now is found by the sweep.
        Peers?.CarryOut(work);
        _pump.Sweep(work);
        PublishStreams.CarryOut(work);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_watch is { IsCompletedSuccessfully: true } watch)
        {
            await watch.Result.DisposeAsync().ConfigureAwait(false);
        }
    }
}
