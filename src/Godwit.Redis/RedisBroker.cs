using Godwit.Brokers;
using Godwit.Redis.Connecting;
using Godwit.Redis.Watching;
using Godwit.Rooms;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Redis;

/// <summary>Keeps logs in Redis, for as many servers as connect to it.</summary>
/// <remarks>
/// <see cref="OpenAsync"/> connects and checks; before that, and after it failed, every call is told that the store is away. All times are those of Redis.
/// What is acknowledged is as durable as <see cref="RedisBrokerOptions.Acknowledgement"/> and the Redis itself make it; a log that has lost its end shows as
/// reset to exactly those whose position it contradicts.
/// </remarks>
public sealed partial class RedisBroker : IBroker
{
    private readonly RedisBrokerOptions _options;
    private readonly RoomPolicies _policies;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _opening = new(1);
    private OpenRedis? _redis;
    private string _closed = "Redis has not been connected to yet.";
    private volatile bool _disposed;

    /// <summary>Makes a broker that is not connected yet.</summary>
    /// <param name="options">Where and how it stores.</param>
    /// <param name="policies">The settings of rooms.</param>
    /// <param name="time">The timers. Ages go by the clock of Redis.</param>
    /// <param name="log">Where it says what Redis is about.</param>
    public RedisBroker(RedisBrokerOptions options, RoomPolicies policies, TimeProvider time, ILogger<RedisBroker>? log = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(policies);
        ArgumentNullException.ThrowIfNull(time);
        _options = options;
        _policies = policies;
        _time = time;
        _log = log ?? NullLogger<RedisBroker>.Instance;
    }

    /// <summary>Whether Redis was connected to and can be used.</summary>
    public bool IsReady => Volatile.Read(ref _redis) is not null && !_disposed;

    /// <summary>Connects to Redis and checks that it can be used.</summary>
    /// <exception cref="RedisStoreException">It cannot be used; the message says why, and what to set.</exception>
    public async Task OpenAsync(CancellationToken cancel)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        await _opening.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_redis is null)
            {
                RedisConnection connection = await RedisConnection.OpenAsync(_options, _time, _log, cancel).ConfigureAwait(false);
                Volatile.Write(ref _redis, new OpenRedis(connection, _policies, _time, _log));
            }
        }
        catch (RedisStoreException fault)
        {
            _closed = fault.Message;
            throw;
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Ends all watches and connections. Every call from now on throws <see cref="ObjectDisposedException"/>; watches may still be disposed.</summary>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await _opening.WaitAsync().ConfigureAwait(false);
        OpenRedis? redis = Interlocked.Exchange(ref _redis, null);
        _opening.Release();
        if (redis is not null)
        {
            await redis.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Compares every watched room with Redis, has records of watched rooms live on, and ends what is to be ended: for tests.</summary>
    internal Task CatchUpAsync() => Task.WhenAll(Redis.Rooms.CatchUpAsync(), Redis.Shared.CatchUpAsync());

    /// <summary>The connected Redis, with what this server has of it.</summary>
    internal OpenRedis Redis
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return Volatile.Read(ref _redis) ?? throw new BrokerUnavailableException(_closed, RedisFaults.Retry);
        }
    }

    /// <summary>The way to Redis.</summary>
    internal RedisConnection Connection => Redis.Connection;
}
