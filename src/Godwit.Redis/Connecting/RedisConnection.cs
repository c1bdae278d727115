using System.Net;
using Godwit.Brokers;
using Godwit.Redis.Instruments;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Godwit.Redis.Connecting;

/// <summary>The way to Redis: calls on one connection, subscriptions on another, and whether it answers.</summary>
/// <remarks>While Redis is away every call is refused at once. That it is away is found out by asking it, not by what the client library believes.</remarks>
internal sealed partial class RedisConnection : IAsyncDisposable
{
    private const string Events = "events";

    private readonly RedisBrokerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly RedisHealth _health;
    private readonly ReplicatedWrites? _replicated;
    private ConnectionMultiplexer _calls;
    private volatile bool _disposed;

    private RedisConnection(RedisBrokerOptions options, ConnectionMultiplexer calls, TimeProvider time, ILogger log)
    {
        _options = options;
        _time = time;
        _log = log;
        Keys = new RedisKeys(options.Prefix);
        IsCluster = options.Topology == RedisTopology.Cluster;
        PublishCommand = IsCluster ? "SPUBLISH" : "PUBLISH";
        _calls = calls;
        Subscriptions = new RedisSubscriptions(() => ConnectAsync(Events), Channel, time, options.CallTimeout, log);
        _health = new RedisHealth(this, time, log);
        _replicated = options.Acknowledgement == RedisAcknowledgement.Primary ? null : new ReplicatedWrites(this, time);
    }

    /// <summary>How keys and channels are named.</summary>
    public RedisKeys Keys { get; }

    /// <summary>Whether keys are spread over the primaries of a cluster.</summary>
    public bool IsCluster { get; }

    /// <summary>The command that scripts publish with.</summary>
    public string PublishCommand { get; }

    /// <summary>What is subscribed to.</summary>
    public RedisSubscriptions Subscriptions { get; }

    /// <summary>Whether Redis, or a part of a cluster, does not answer.</summary>
    public bool IsAway => _health.IsAway;

    /// <summary>Is raised when <see cref="IsAway"/>, or which part is, has changed.</summary>
    public event Action? AwayChanged
    {
        add => _health.Changed += value;
        remove => _health.Changed -= value;
    }

    /// <summary>The settings.</summary>
    public RedisBrokerOptions Options => _options;

    /// <summary>Calls, for what has no member here. Take <see cref="CallAsync"/> where its failures matter.</summary>
    public IDatabase Database => _calls.GetDatabase();

    /// <summary>The servers that take writes, as far as is known.</summary>
    public IEnumerable<IServer> Primaries => PrimariesOf(_calls);

    /// <summary>Connects, checks that Redis can be used, and begins to watch whether it answers.</summary>
    /// <exception cref="RedisStoreException">It cannot be used as it is.</exception>
    public static async Task<RedisConnection> OpenAsync(RedisBrokerOptions options, TimeProvider time, ILogger log, CancellationToken cancel)
    {
        RedisConfiguration.Check(options);
        ConnectionMultiplexer calls;
        try
        {
            calls = await ConnectAsync(options, "calls").WaitAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception failure) when (RedisFaults.IsOfRedis(failure))
        {
            throw await StartChecks.ExplainAsync(options, failure).ConfigureAwait(false);
        }

        var connection = new RedisConnection(options, calls, time, log);
        try
        {
            await StartChecks.RunAsync(connection, log).WaitAsync(cancel).ConfigureAwait(false);
            await connection.Subscriptions.OpenAsync().WaitAsync(cancel).ConfigureAwait(false);
            await connection._health.BeginAsync().WaitAsync(cancel).ConfigureAwait(false);
            return connection;
        }
        catch (Exception failure)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (RedisFaults.IsOfRedis(failure))
            {
                throw await StartChecks.ExplainAsync(options, failure).ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <summary>A channel as it is subscribed to and published on.</summary>
    public RedisChannel Channel(string name) => IsCluster ? RedisChannel.Sharded(name) : RedisChannel.Literal(name);

    /// <summary>Whether the server that has a key does not answer.</summary>
    public bool IsAwayFor(string key) => _health.IsAwayFor(key);

    /// <summary>Runs a script.</summary>
    /// <param name="script">The script.</param>
    /// <param name="keys">Its keys, all in one slot.</param>
    /// <param name="values">Its arguments.</param>
    /// <param name="cancel">Ends the wait; the script may have run all the same.</param>
    /// <exception cref="BrokerUnavailableException">Redis did not answer, or refused.</exception>
    public ValueTask<RedisResult> EvaluateAsync(RedisScript script, RedisKey[] keys, RedisValue[] values, CancellationToken cancel)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (cancel.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<RedisResult>(cancel);
        }

        if (_health.IsAway && (keys.Length == 0 || _health.IsAwayFor(keys[0]!)))
        {
            return ValueTask.FromException<RedisResult>(new BrokerUnavailableException("Redis does not answer.", RedisFaults.Retry));
        }

        return IsCluster ? RunWhileMovingAsync(script, keys, values, cancel) : RunAsync(script, keys, values, cancel);
    }

    /// <summary>Runs a script whose writes are to be as durable as <see cref="RedisBrokerOptions.Acknowledgement"/> says.</summary>
    /// <param name="script">The script.</param>
    /// <param name="keys">Its keys, all in one slot.</param>
    /// <param name="values">Its arguments.</param>
    /// <param name="cancel">Ends the wait; the script may have run all the same.</param>
    /// <exception cref="BrokerUnavailableException">Redis did not answer, or refused, or the replicas did not confirm.</exception>
    public ValueTask<RedisResult> EvaluateDurablyAsync(RedisScript script, RedisKey[] keys, RedisValue[] values, CancellationToken cancel)
    {
        if (_replicated is null)
        {
            return EvaluateAsync(script, keys, values, cancel);
        }

        ObjectDisposedException.ThrowIf(_disposed, this);
        return cancel.IsCancellationRequested ? ValueTask.FromCanceled<RedisResult>(cancel)
            : _health.IsAwayFor(keys[0]!) ? ValueTask.FromException<RedisResult>(new BrokerUnavailableException("Redis does not answer.", RedisFaults.Retry))
            : _replicated.EvaluateAsync(script, keys, values, cancel);
    }

    /// <summary>Makes a call.</summary>
    /// <param name="call">The call.</param>
    /// <param name="cancel">Ends the wait; the call may be carried out all the same.</param>
    /// <exception cref="BrokerUnavailableException">Redis did not answer, or refused.</exception>
    public async ValueTask<T> CallAsync<T>(Func<IDatabase, Task<T>> call, CancellationToken cancel)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancel.ThrowIfCancellationRequested();
        if (_health.IsAway && !IsCluster)
        {
            throw new BrokerUnavailableException("Redis does not answer.", RedisFaults.Retry);
        }

        try
        {
            return await call(_calls.GetDatabase()).WaitAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception failure) when (RedisFaults.IsOfRedis(failure))
        {
            throw RedisFaults.Unavailable(failure);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _health.DisposeAsync().ConfigureAwait(false);
        await Subscriptions.DisposeAsync().ConfigureAwait(false);
        if (_replicated is not null)
        {
            await _replicated.DisposeAsync().ConfigureAwait(false);
        }

        await CloseAsync(_calls).ConfigureAwait(false);
    }

    /// <summary>Makes a further connection.</summary>
    /// <param name="purpose">What Redis shows it by.</param>
    internal Task<ConnectionMultiplexer> ConnectAsync(string purpose) => ConnectAsync(_options, purpose);

    /// <summary>Makes the connection for calls anew, where the client library does not get it to work again by itself.</summary>
    internal async Task ReplaceAsync()
    {
        ConnectionMultiplexer next = await ConnectAsync("calls").ConfigureAwait(false);
        ConnectionMultiplexer old = Interlocked.Exchange(ref _calls, next);
        await CloseAsync(old).ConfigureAwait(false);
        if (_replicated is not null)
        {
            await _replicated.ReplaceAsync().ConfigureAwait(false);
        }

        Log.Replaced(_log);
    }

    /// <summary>Where a key is, of a cluster; null where that is not known.</summary>
    internal EndPoint? OwnerOf(string key)
    {
        ConnectionMultiplexer calls = _calls;
        int slot = calls.GetHashSlot(key);
        foreach (IServer server in calls.GetServers())
        {
            if (server.IsConnected && server.ClusterConfiguration is { } cluster)
            {
                return cluster.GetBySlot(slot)?.EndPoint;
            }
        }

        return null;
    }

    private static IEnumerable<IServer> PrimariesOf(ConnectionMultiplexer calls)
    {
        foreach (IServer server in calls.GetServers())
        {
            if (!server.IsReplica)
            {
                yield return server;
            }
        }
    }

    // Looking for a primary through Sentinels, the library waits on the thread that asks it to.
    private static Task<ConnectionMultiplexer> ConnectAsync(RedisBrokerOptions options, string purpose) =>
        Task.Run(() => ConnectionMultiplexer.ConnectAsync(RedisConfiguration.Make(options, $"godwit-{purpose}", waits: purpose == Events)));

    internal static async Task CloseAsync(ConnectionMultiplexer connection)
    {
        try
        {
            await connection.CloseAsync(allowCommandsToComplete: false).ConfigureAwait(false);
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (RedisFaults.IsOfRedis(failure))
        {
            // It is let go of either way.
        }
    }

    private async ValueTask<RedisResult> RunAsync(RedisScript script, RedisKey[] keys, RedisValue[] values, CancellationToken cancel)
    {
        try
        {
            IDatabase database = _calls.GetDatabase();
            long sent = RedisMeter.TimesCalls ? TimeProvider.System.GetTimestamp() : 0;
            try
            {
                Task<RedisResult> run = database.ScriptEvaluateAsync(script.Hash, keys, values, CommandFlags.DemandMaster);
                RedisResult answer = await (cancel.CanBeCanceled ? run.WaitAsync(cancel) : run).ConfigureAwait(false);
                if (sent != 0)
                {
                    RedisMeter.Called(TimeProvider.System.GetElapsedTime(sent));
                }

                return answer;
            }
            catch (RedisServerException refused) when (RedisFaults.IsUnknownScript(refused))
            {
                // With its text it runs, and from then on Redis knows it again.
                object[] all = [script.Text, keys.Length, .. keys, .. values];
                return await database.ExecuteAsync("EVAL", all, CommandFlags.DemandMaster).WaitAsync(cancel).ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (RedisFaults.IsOfRedis(failure))
        {
            if (RedisFaults.IsForeign(failure))
            {
                Log.Foreign(_log, script.Name, failure.Message);
            }

            throw RedisFaults.Unavailable(failure);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(30, LogLevel.Error, "Redis holds something that is not of this system, found by the script {Script}: {Reason}", EventName = "ForeignValue")]
        public static partial void Foreign(ILogger logger, string script, string reason);

        [LoggerMessage(31, LogLevel.Information, "Connected to Redis anew.", EventName = "ConnectedAnew")]
        public static partial void Replaced(ILogger logger);
    }
}
