using Godwit.Brokers;
using Godwit.Protocol;

namespace Godwit.Redis;

/// <summary>The logs of rooms.</summary>
public sealed partial class RedisBroker
{
    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The broker was disposed.</exception>
    public ValueTask<Appended> AppendAsync(RoomName room, EntryContent content, PublishKey? key, CancellationToken cancel) => Redis.Logs.AppendAsync(room, content, key, cancel);

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The broker was disposed.</exception>
    public ValueTask<LogPage> ReadAsync(RoomName room, ReadFrom from, ReadLimits limits, CancellationToken cancel) => Redis.Logs.ReadAsync(room, from, limits, cancel);

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The broker was disposed.</exception>
    public ValueTask<bool> ExistsAsync(RoomName room, CancellationToken cancel) => Redis.Logs.ExistsAsync(room, cancel);

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The broker was disposed.</exception>
    public ValueTask<IAsyncDisposable> WatchAsync(RoomName room, IRoomWatcher watcher, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(watcher);
        return Redis.Rooms.WatchAsync(room, watcher, cancel);
    }

    /// <inheritdoc/>
    public ValueTask<Trimmed> TrimAsync(RoomName room, Position before, CancellationToken cancel) => Redis.Logs.TrimAsync(room, before, cancel);

    /// <inheritdoc/>
    public ValueTask<Position?> EndAsync(RoomName room, CancellationToken cancel) => Redis.Logs.EndAsync(room, cancel);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RoomRecord>> ListAsync(RoomName? after, int limit, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        return Redis.Logs.ListAsync(after, limit, cancel);
    }
}
