using Godwit.Access;
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
        if (IsMeant(connection.Number, connection.Caller, connection.SessionId))
        {
            Keep(new ConnectionRecord(connection.Number, connection.Transport.Name(), connection.Since, connection.Caller, connection.SessionId, [.. connection.Rooms]));
        }
    }

    /// <summary>Looks at a publish stream. Before the shards are gone over.</summary>
    public void Visit(OpenPublishStream stream)
    {
        if (IsMeant(stream.Number, stream.Caller, default))
        {
            Keep(new ConnectionRecord(stream.Number, "publish_stream", stream.Since, stream.Caller, default, []));
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

    private bool IsMeant(long number, Caller caller, UInt128 of)
    {
        if (number <= after || (user is not null && caller.User != user) || (session is { } named && of != named))
        {
            return false;
        }

        lock (_lock)
        {
            return _first.Count < limit || number < _first.Peek().Number;
        }
    }

    private void Keep(in ConnectionRecord record)
    {
        lock (_lock)
        {
            _first.Enqueue(record, -record.Number);
            if (_first.Count > limit)
            {
                _first.Dequeue();
            }
        }
    }
}
