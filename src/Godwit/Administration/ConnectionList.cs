using Godwit.Feeds.Pump;

namespace Godwit.Administration;

/// <summary>Lists connections in the order in which they began.</summary>
/// <param name="shards">How many shards are gone over.</param>
/// <param name="after">Those with a higher number.</param>
/// <param name="limit">The most; the first of them.</param>
/// <param name="user">Those of a user; null for all.</param>
/// <param name="session">Those of a session; null for all.</param>
internal sealed class ConnectionList(int shards, long after, int limit, string? user, UInt128? session) : IShardSweep
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<IReadOnlyList<ConnectionRecord>> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // No more than are listed are kept: the last of them comes out first.
    private readonly PriorityQueue<ConnectionRecord, long> _first = new();
    private int _left = shards;

    /// <summary>The list, once all shards were gone over.</summary>
    public Task<IReadOnlyList<ConnectionRecord>> Done => _done.Task;

    /// <inheritdoc/>
    public void Visit(Connection connection)
    {
        if (connection.Number <= after || (user is not null && connection.Caller.User != user) || (session is { } named && connection.SessionId != named))
        {
            return;
        }

        lock (_lock)
        {
            if (_first.Count < limit || connection.Number < _first.Peek().Number)
            {
                Keep(connection);
            }
        }
    }

    /// <inheritdoc/>
    public bool Concerns(IHeldAnswer answer) => false;

    /// <inheritdoc/>
    public void OnDone()
    {
        lock (_lock)
        {
            if (--_left > 0)
            {
                return;
            }

            var list = new List<ConnectionRecord>(_first.Count);
            while (_first.TryDequeue(out ConnectionRecord record, out _))
            {
                list.Add(record);
            }

            list.Reverse();
            _done.TrySetResult(list);
        }
    }

    private void Keep(Connection connection)
    {
        var record = new ConnectionRecord(connection.Number, connection.Transport.Name(), connection.Since, connection.Caller, connection.SessionId, [.. connection.Rooms]);
        if (_first.Count < limit)
        {
            _first.Enqueue(record, -record.Number);
        }
        else
        {
            _first.EnqueueDequeue(record, -record.Number);
        }
    }
}
