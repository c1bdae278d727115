using Godwit.Redis.Connecting;
using Godwit.Redis.Coordination;
using Godwit.Redis.Instruments;
using Godwit.Redis.Logs;
using Godwit.Redis.Watching;
using Godwit.Rooms;
using Microsoft.Extensions.Logging;

namespace Godwit.Redis;

/// <summary>A Redis that is connected to, and what this server has of it.</summary>
internal sealed class OpenRedis : IAsyncDisposable
{
    private readonly RedisGauges _gauges;

    /// <summary>Begins.</summary>
    public OpenRedis(RedisConnection connection, RoomPolicies policies, TimeProvider time, ILogger log)
    {
        Connection = connection;
        _gauges = new RedisGauges(() => connection.IsAway, () => connection.Subscriptions.Count);
        Logs = new RoomLogs(connection, policies);
        Rooms = new RoomWatches(connection, Logs, time, log);
        Shared = new SharedState(connection, time, log);
    }

    /// <summary>The way to Redis.</summary>
    public RedisConnection Connection { get; }

    /// <summary>The logs.</summary>
    public RoomLogs Logs { get; }

    /// <summary>Who watches rooms.</summary>
    public RoomWatches Rooms { get; }

    /// <summary>What servers share beside the logs.</summary>
    public SharedState Shared { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _gauges.Dispose();
        await Shared.DisposeAsync().ConfigureAwait(false);
        await Rooms.DisposeAsync().ConfigureAwait(false);
        await Connection.DisposeAsync().ConfigureAwait(false);
    }
}
