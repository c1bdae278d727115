using System.Collections.Concurrent;
using System.Net;
using Godwit.Brokers;
using StackExchange.Redis;

namespace Godwit.Redis.Connecting;

/// <summary>Writes that count only when replicas have them: on a connection of their own, as many as wait at a time, and one WAIT behind them.</summary>
/// <remarks>
/// WAIT speaks of what its own connection wrote. So that a connection that was made anew between the two, or a primary that has changed, confirms nothing, the
/// number of the connection is asked for before and behind.
/// </remarks>
internal sealed class ReplicatedWrites : IAsyncDisposable
{
    private const int AtOnce = 1024;

    private readonly RedisConnection _connection;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<EndPoint, Lane> _lanes = new();
    private readonly Lane _only;
    private readonly SemaphoreSlim _connecting = new(1);
    private readonly TimeSpan _patience;
    private ConnectionMultiplexer? _writes;
    private volatile bool _disposed;

    /// <summary>Makes it; it connects with the first write.</summary>
    public ReplicatedWrites(RedisConnection connection, TimeProvider time)
    {
        _connection = connection;
        _time = time;
        _only = new Lane(this, null);
        _patience = connection.Options.ReplicationTimeout + TimeSpan.FromSeconds(1);
    }

    /// <summary>Runs a script, and completes when replicas have what it wrote.</summary>
    /// <exception cref="BrokerUnavailableException">That is not certain.</exception>
    public async ValueTask<RedisResult> EvaluateAsync(RedisScript script, RedisKey[] keys, RedisValue[] values, CancellationToken cancel)
    {
        Lane lane = _connection.IsCluster
            ? _lanes.GetOrAdd(_connection.OwnerOf(keys[0]!) ?? throw new BrokerUnavailableException("Which node of the cluster has the room is not known.", RedisFaults.Retry), at => new Lane(this, at))
            : _only;
        var write = new Write(script, keys, values);
        lane.Add(write);
        try
        {
            return await write.Answered.Task.WaitAsync(_patience, _time, cancel).ConfigureAwait(false);
        }
        catch (TimeoutException late)
        {
            throw new BrokerUnavailableException("Redis does not answer.", RedisFaults.Retry, late);
        }
    }

    /// <summary>Lets go of the connection, to make another with the next write.</summary>
    public async Task ReplaceAsync()
    {
        if (Interlocked.Exchange(ref _writes, null) is { } old)
        {
            await RedisConnection.CloseAsync(old).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await ReplaceAsync().ConfigureAwait(false);
    }

    private async Task<ConnectionMultiplexer> ConnectedAsync()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (Volatile.Read(ref _writes) is { } connected)
        {
            return connected;
        }

        await _connecting.WaitAsync().ConfigureAwait(false);
        try
        {
            return _writes ??= await _connection.ConnectAsync("writes").ConfigureAwait(false);
        }
        finally
        {
            _connecting.Release();
        }
    }

    private async Task CarryOutAsync(EndPoint? at, List<Write> writes)
    {
        try
        {
            RedisBrokerOptions options = _connection.Options;
            ConnectionMultiplexer connected = await ConnectedAsync().ConfigureAwait(false);
            Func<string, object[], Task<RedisResult>> execute = at is null
                ? Executor(connected.GetDatabase())
                : Executor(connected.GetServer(at));

            // One behind the other on one connection, without waiting between them.
            Task<RedisResult> before = execute("CLIENT", ["ID"]);
            Task<RedisResult>[] answers = [.. writes.Select(write => execute("EVALSHA", write.Arguments()))];
            int timeout = (int)options.ReplicationTimeout.TotalMilliseconds;
            Task<RedisResult> wait = options.Acknowledgement == RedisAcknowledgement.ReplicatedOnDisk
                ? execute("WAITAOF", [1, options.Replicas, timeout])
                : execute("WAIT", [options.Replicas, timeout]);
            Task<RedisResult> behind = execute("CLIENT", ["ID"]);
            await Task.WhenAll((Task[])[before, .. answers, wait, behind]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            bool isWhole = before.IsCompletedSuccessfully && behind.IsCompletedSuccessfully && wait.IsCompletedSuccessfully;
            int confirmed = isWhole ? Confirmed(before.Result, wait.Result, behind.Result, options.Acknowledgement) : -1;
            for (int i = 0; i < writes.Count; i++)
            {
                if (answers[i].Exception?.InnerException is { } failure)
                {
                    await FailAsync(writes[i], failure).ConfigureAwait(false);
                }
                else if (confirmed < options.Replicas)
                {
                    Exception? reason = wait.Exception?.InnerException ?? before.Exception?.InnerException ?? behind.Exception?.InnerException;
                    writes[i].Answered.TrySetException(new BrokerUnavailableException(
                        confirmed < 0 ? "Whether replicas have it is not known." : $"{confirmed} of {options.Replicas} replicas confirmed in time.", RedisFaults.Retry, reason));
                }
                else
                {
                    writes[i].Answered.TrySetResult(answers[i].Result);
                }
            }
        }
        catch (Exception failure)
        {
            foreach (Write write in writes)
            {
                write.Answered.TrySetException(RedisFaults.IsOfRedis(failure) ? RedisFaults.Unavailable(failure) : failure);
            }
        }
    }

    private async Task FailAsync(Write write, Exception failure)
    {
        if (failure is RedisServerException refused && RedisFaults.IsUnknownScript(refused) && !write.IsAgain)
        {
            // Loaded on the other connection it is known on this one too; what it does there is done once.
            write.IsAgain = true;
            try
            {
                foreach (IServer server in _connection.Primaries)
                {
                    if (!server.IsConnected)
                    {
                        // One that was the primary before a failover is known still.
                        continue;
                    }

                    await server.ExecuteAsync("SCRIPT", "LOAD", write.Script.Text).ConfigureAwait(false);
                }

                _ = AgainAsync(write);
                return;
            }
            catch (Exception other) when (RedisFaults.IsOfRedis(other))
            {
                failure = other;
            }
        }

        write.Answered.TrySetException(RedisFaults.IsOfRedis(failure) ? RedisFaults.Unavailable(failure) : failure);
    }

    private async Task AgainAsync(Write write)
    {
        try
        {
            Lane lane = _connection.IsCluster && _connection.OwnerOf(write.Key) is { } owner ? _lanes.GetOrAdd(owner, at => new Lane(this, at)) : _only;
            await Task.Yield();
            lane.Add(write);
        }
        catch (Exception failure)
        {
            write.Answered.TrySetException(RedisFaults.Unavailable(failure));
        }
    }

    private static Func<string, object[], Task<RedisResult>> Executor(IDatabase database) =>
        (command, arguments) => database.ExecuteAsync(command, arguments, CommandFlags.DemandMaster | CommandFlags.NoRedirect);

    private static Func<string, object[], Task<RedisResult>> Executor(IServer server) =>
        (command, arguments) => server.ExecuteAsync(command, arguments, CommandFlags.NoRedirect);

    /// <summary>How many replicas have confirmed; -1 if nobody can tell.</summary>
    /// <param name="before">The number of the connection, asked for before the writes.</param>
    /// <param name="wait">What WAIT or WAITAOF gave.</param>
    /// <param name="behind">The number of the connection, asked for behind it.</param>
    /// <param name="acknowledgement">Which of them it was.</param>
    internal static int Confirmed(RedisResult before, RedisResult wait, RedisResult behind, RedisAcknowledgement acknowledgement) =>
        (long)before != (long)behind ? -1
        : acknowledgement != RedisAcknowledgement.ReplicatedOnDisk ? (int)wait
        : wait.Length == 2 && (int)wait[0] >= 1 ? (int)wait[1]
        : 0;

    private sealed class Write(RedisScript script, RedisKey[] keys, RedisValue[] values)
    {
        public RedisScript Script => script;

        public string Key => keys[0]!;

        public bool IsAgain { get; set; }

        public TaskCompletionSource<RedisResult> Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public object[] Arguments() => [Convert.ToHexStringLower(script.Hash), keys.Length, .. keys, .. values];
    }

    /// <summary>What is to be written to one primary, in its turn.</summary>
    private sealed class Lane(ReplicatedWrites writes, EndPoint? at)
    {
        private readonly Queue<Write> _waiting = new();
        private bool _isRunning;

        public void Add(Write write)
        {
            lock (_waiting)
            {
                _waiting.Enqueue(write);
                if (_isRunning)
                {
                    return;
                }

                _isRunning = true;
            }

            _ = Task.Run(RunAsync);
        }

        private async Task RunAsync()
        {
            while (true)
            {
                var some = new List<Write>();
                lock (_waiting)
                {
                    while (some.Count < AtOnce && _waiting.TryDequeue(out Write? next))
                    {
                        some.Add(next);
                    }

                    if (some.Count == 0)
                    {
                        _isRunning = false;
                        return;
                    }
                }

                await writes.CarryOutAsync(at, some).ConfigureAwait(false);
            }
        }
    }
}
