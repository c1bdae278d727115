using Godwit.Brokers;

namespace Godwit.Redis;

/// <summary>Key rings, tickets and orders.</summary>
public sealed partial class RedisBroker
{
    /// <inheritdoc/>
    public ValueTask<KeyRing> KeysAsync(string purpose, TimeSpan period, CancellationToken cancel) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask AddTicketAsync(string id, ReadOnlyMemory<byte> content, TimeSpan life, CancellationToken cancel) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>?> TakeTicketAsync(string id, CancellationToken cancel) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<long> AddOrderAsync(string? key, ReadOnlyMemory<byte> content, TimeSpan life, CancellationToken cancel) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<IAsyncDisposable> WatchOrdersAsync(IOrderWatcher watcher, CancellationToken cancel) => throw new NotImplementedException();
}
