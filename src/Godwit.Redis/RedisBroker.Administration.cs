using Godwit.Brokers;

namespace Godwit.Redis;

/// <summary>What servers share beside rooms: keys, tickets and the orders of administrators.</summary>
public sealed partial class RedisBroker
{
    /// <inheritdoc/>
    public ValueTask<KeyRing> KeysAsync(string purpose, TimeSpan period, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(purpose);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(period, TimeSpan.Zero);
        return Redis.Shared.KeyRings.GetAsync(purpose, period, cancel);
    }

    /// <inheritdoc/>
    public ValueTask AddTicketAsync(string id, ReadOnlyMemory<byte> content, TimeSpan life, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(life, TimeSpan.Zero);
        return Redis.Shared.Tickets.AddAsync(id, content, life, cancel);
    }

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>?> TakeTicketAsync(string id, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        return Redis.Shared.Tickets.TakeAsync(id, cancel);
    }

    /// <inheritdoc/>
    public ValueTask<long> AddOrderAsync(string? key, ReadOnlyMemory<byte> content, TimeSpan life, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(life, TimeSpan.Zero);
        return Redis.Shared.Orders.AddAsync(key, content, life, Redis.Shared.OrderWatches.Known, cancel);
    }

    /// <inheritdoc/>
    public ValueTask<IAsyncDisposable> WatchOrdersAsync(IOrderWatcher watcher, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(watcher);
        return Redis.Shared.OrderWatches.AddAsync(watcher, cancel);
    }
}
