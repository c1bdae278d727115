namespace Godwit.Brokers.Memory;

/// <summary>One watcher of one room.</summary>
internal sealed class Watch(MemoryBroker broker, RoomLog room, IRoomWatcher watcher) : IAsyncDisposable
{
    /// <summary>Who is told.</summary>
    public IRoomWatcher Watcher { get; } = watcher;

    /// <summary>Whether it was disposed. Guarded by the room's lock, like the calls to the watcher, so none begins afterwards.</summary>
    public bool HasEnded { get; set; }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        broker.EndWatch(room, this);
        return ValueTask.CompletedTask;
    }
}
