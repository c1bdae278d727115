using System.Collections.Concurrent;
using System.Net;
using Godwit.Redis.Instruments;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Godwit.Redis.Connecting;

/// <summary>The channels that this server subscribes to, on a connection of their own.</summary>
/// <remarks>
/// When that connection fails or is found dead, another one is made and every channel subscribed to on it, before the old one is let go. So what the client library
/// does about subscriptions when it connects again by itself is never relied on.
/// </remarks>
internal sealed partial class RedisSubscriptions : IAsyncDisposable
{
    private const int AtOnce = 512;
    private static readonly TimeSpan AtFirst = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);

    private readonly Func<Task<ConnectionMultiplexer>> _connect;
    private readonly Func<string, RedisChannel> _name;
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly ILogger _log;
    private readonly ConcurrentDictionary<string, Subscription> _all = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task> _ending = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _disposing = new();
    private readonly Lock _lock = new();
    private Generation? _current;
    private Task _renewal = Task.CompletedTask;
    private bool _renewAgain;

    /// <summary>Makes the set; <see cref="OpenAsync"/> connects it.</summary>
    /// <param name="connect">Makes a connection.</param>
    /// <param name="name">How a channel is subscribed to.</param>
    /// <param name="time">The timers.</param>
    /// <param name="timeout">How long an acknowledgement may take.</param>
    /// <param name="log">Where it says that it is made anew.</param>
    public RedisSubscriptions(Func<Task<ConnectionMultiplexer>> connect, Func<string, RedisChannel> name, TimeProvider time, TimeSpan timeout, ILogger log)
    {
        _connect = connect;
        _name = name;
        _time = time;
        _timeout = timeout;
        _log = log;
    }

    /// <summary>All subscriptions were made anew and are acknowledged.</summary>
    public event Action? Resubscribed;

    /// <summary>The slots of a cluster, or who its primaries are, have changed.</summary>
    public event Action? TopologyChanged;

    /// <summary>How many channels there are.</summary>
    public int Count => _all.Count;

    /// <summary>How often subscriptions were made anew.</summary>
    public int Renewals { get; private set; }

    /// <summary>Completes when no renewal is under way.</summary>
    public Task SettledAsync()
    {
        lock (_lock)
        {
            return _renewal;
        }
    }

    /// <summary>Connects.</summary>
    public async Task OpenAsync() => Adopt(await ConnectAsync().ConfigureAwait(false));

    /// <summary>Subscribes to a channel that has no listener yet, and completes when Redis has acknowledged.</summary>
    /// <exception cref="Exception">Redis did not; see <see cref="RedisFaults"/>.</exception>
    public async Task<IAsyncDisposable> AddAsync(string channel, IChannelListener listener)
    {
        var subscription = new Subscription(this, channel, listener);
        while (_ending.TryGetValue(channel, out Task? ending))
        {
            await ending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!_all.TryAdd(channel, subscription))
        {
            throw new InvalidOperationException($"{channel} has a listener.");
        }

        try
        {
            while (true)
            {
                Generation generation = Volatile.Read(ref _current) ?? throw new ObjectDisposedException(nameof(RedisSubscriptions));
                try
                {
                    await subscription.SubscribeAsync(generation, _name(channel), _timeout, _time).ConfigureAwait(false);
                }
                catch (Exception failure) when (RedisFaults.IsOfRedis(failure) && generation != Volatile.Read(ref _current))
                {
                    // That connection was let go of meanwhile: on the one in its place.
                    continue;
                }

                if (generation == Volatile.Read(ref _current))
                {
                    return subscription;
                }
            }
        }
        catch
        {
            _all.TryRemove(KeyValuePair.Create(channel, subscription));
            _ = subscription.Leave();
            throw;
        }
    }

    /// <summary>Subscribes to everything on a new connection; returns at once.</summary>
    public void Renew()
    {
        lock (_lock)
        {
            if (_disposing.IsCancellationRequested)
            {
                return;
            }

            if (!_renewal.IsCompleted)
            {
                _renewAgain = true;
                return;
            }

            _renewal = Task.Run(RenewAsync);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Task renewal;
        await _disposing.CancelAsync().ConfigureAwait(false);
        lock (_lock)
        {
            renewal = _renewal;
        }

        await renewal.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Generation? last = Interlocked.Exchange(ref _current, null);
        if (last is not null)
        {
            await CloseAsync(last).ConfigureAwait(false);
        }
    }

    // The library gives the connection out before the part of it that subscribes stands, and may make that one twice at first.
    private async Task<ConnectionMultiplexer> ConnectAsync()
    {
        ConnectionMultiplexer connection = await _connect().ConfigureAwait(false);
        try
        {
            long begin = _time.GetTimestamp();
            while (true)
            {
                try
                {
                    await connection.GetSubscriber().PingAsync().WaitAsync(_timeout, _time, _disposing.Token).ConfigureAwait(false);
                    return connection;
                }
                catch (RedisConnectionException) when (_time.GetElapsedTime(begin) < _timeout)
                {
                    await Task.Delay(AtFirst, _time, _disposing.Token).ConfigureAwait(false);
                }
            }
        }
        catch
        {
            await RedisConnection.CloseAsync(connection).ConfigureAwait(false);
            throw;
        }
    }

    private Generation Adopt(ConnectionMultiplexer connection)
    {
        var generation = new Generation(connection);
        connection.ConnectionFailed += (_, failed) =>
        {
            if (failed.ConnectionType == ConnectionType.Subscription && generation == Volatile.Read(ref _current) && generation.Uses(failed.EndPoint))
            {
                Log.Lost(_log, failed.FailureType);
                Renew();
            }
        };
        connection.ConnectionRestored += (_, restored) =>
        {
            // On a connection that the library made anew by itself.
            if (restored.ConnectionType == ConnectionType.Subscription && generation == Volatile.Read(ref _current) && generation.Uses(restored.EndPoint))
            {
                Renew();
            }
        };
        connection.HashSlotMoved += (_, _) => MayHaveMoved(generation);
        connection.ConfigurationChanged += (_, _) => MayHaveMoved(generation);
        Volatile.Write(ref _current, generation);
        return generation;
    }

    private void MayHaveMoved(Generation generation)
    {
        if (generation == Volatile.Read(ref _current))
        {
            TopologyChanged?.Invoke();
        }
    }

    private async Task RenewAsync()
    {
        var retired = new List<Generation>();
        while (!_disposing.IsCancellationRequested)
        {
            try
            {
                lock (_lock)
                {
                    _renewAgain = false;
                }

                ConnectionMultiplexer connection = await ConnectAsync().ConfigureAwait(false);
                if (Volatile.Read(ref _current) is { } old)
                {
                    retired.Add(old);
                }

                Generation next = Adopt(connection);
                await SubscribeAllAsync(next).ConfigureAwait(false);
                await Task.WhenAll(retired.Select(CloseAsync)).ConfigureAwait(false);
                retired.Clear();
                bool again;
                lock (_lock)
                {
                    again = _renewAgain;
                    Renewals++;
                }

                if (again)
                {
                    continue;
                }

                RedisMeter.Resubscribed();
                Log.Renewed(_log, _all.Count);
                foreach (Subscription subscription in _all.Values)
                {
                    subscription.Listener.OnResubscribed();
                }

                Resubscribed?.Invoke();
                return;
            }
            catch (Exception failure)
            {
                Log.NotRenewed(_log, failure.Message);
                await Task.Delay(Retry, _time, _disposing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await Task.WhenAll(retired.Select(CloseAsync)).ConfigureAwait(false);
    }

    private async Task SubscribeAllAsync(Generation generation)
    {
        foreach (Subscription[] some in _all.Values.Chunk(AtOnce))
        {
            await Task.WhenAll(some.Select(subscription => subscription.SubscribeAsync(generation, _name(subscription.Channel), _timeout, _time))).ConfigureAwait(false);
        }
    }

    private void Remove(Subscription subscription)
    {
        if (_all.TryRemove(KeyValuePair.Create(subscription.Channel, subscription)))
        {
            // Whoever subscribes to it again waits for this, so that the two never change places.
            Task ending = subscription.Leave();
            if (!ending.IsCompleted)
            {
                _ending[subscription.Channel] = ending;
                _ = ending.ContinueWith(
                    _ => _ending.TryRemove(KeyValuePair.Create(subscription.Channel, ending)),
                    CancellationToken.None,
                    TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default);
            }
        }
    }

    private static Task CloseAsync(Generation generation) => RedisConnection.CloseAsync(generation.Connection);

    private sealed record Generation(ConnectionMultiplexer Connection)
    {
        private readonly ConcurrentDictionary<EndPoint, bool> _used = new();

        /// <summary>Whether a channel was subscribed to there. What befalls a replica, or a primary that was, is nobody's loss.</summary>
        public bool Uses(EndPoint? server) => server is null || _used.ContainsKey(server);

        /// <summary>Notes where a channel was subscribed to.</summary>
        public void Use(RedisChannel channel)
        {
            if (Connection.GetSubscriber().SubscribedEndpoint(channel) is { } server)
            {
                _used[server] = true;
            }
        }
    }

    private sealed class Subscription(RedisSubscriptions all, string channel, IChannelListener listener) : IAsyncDisposable
    {
        private readonly Lock _lock = new();
        private Generation? _generation;
        private Task _subscribed = Task.CompletedTask;
        private ChannelMessageQueue? _queue;
        private volatile bool _hasEnded;

        public string Channel => channel;

        public IChannelListener Listener => listener;

        /// <summary>Subscribes on a connection, once, and completes when that is acknowledged.</summary>
        public Task SubscribeAsync(Generation generation, RedisChannel name, TimeSpan timeout, TimeProvider time)
        {
            lock (_lock)
            {
                if (_hasEnded)
                {
                    return Task.CompletedTask;
                }

                if (_generation != generation)
                {
                    _generation = generation;
                    _subscribed = BeginAsync(generation, name, timeout, time);
                }

                return _subscribed;
            }
        }

        private async Task BeginAsync(Generation generation, RedisChannel name, TimeSpan timeout, TimeProvider time)
        {
            ChannelMessageQueue queue = await generation.Connection.GetSubscriber().SubscribeAsync(name).WaitAsync(timeout, time).ConfigureAwait(false);
            generation.Use(name);
            lock (_lock)
            {
                if (_hasEnded)
                {
                    queue.Unsubscribe(CommandFlags.FireAndForget);
                    return;
                }

                _queue = queue;
            }

            queue.OnMessage(message =>
            {
                if (!_hasEnded)
                {
                    listener.OnMessage((ReadOnlyMemory<byte>)message.Message);
                }
            });
        }

        public Task Leave()
        {
            ChannelMessageQueue? queue;
            lock (_lock)
            {
                _hasEnded = true;
                queue = _queue;
                _queue = null;
            }

            return queue is null ? Task.CompletedTask : queue.UnsubscribeAsync();
        }

        public ValueTask DisposeAsync()
        {
            all.Remove(this);
            return ValueTask.CompletedTask;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(20, LogLevel.Warning, "The connection that Redis tells of entries on was lost ({Reason}): subscribing anew. Entries may be late meanwhile, none is lost.", EventName = "SubscriptionsLost")]
        public static partial void Lost(ILogger logger, ConnectionFailureType reason);

        [LoggerMessage(21, LogLevel.Information, "Subscribed anew to {Count} channels.", EventName = "SubscribedAnew")]
        public static partial void Renewed(ILogger logger, int count);

        [LoggerMessage(22, LogLevel.Debug, "Could not subscribe anew: {Reason}", EventName = "NotSubscribedAnew")]
        public static partial void NotRenewed(ILogger logger, string reason);
    }
}
