using System.Collections.Concurrent;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Redis.Connecting;
using Godwit.Redis.Logs;
using Microsoft.Extensions.Logging;

namespace Godwit.Redis.Watching;

/// <summary>The rooms that are watched here. Each is subscribed to once, however many watch it, and compared with its primary so that nothing depends on a message.</summary>
internal sealed partial class RoomWatches : IAsyncDisposable
{
    private const int AtOnce = 256;
    private static readonly ReadLimits PageLimits = new(256, 1 << 20);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan OnItsWay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);

    private readonly RedisConnection _connection;
    private readonly RoomLogs _logs;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ConcurrentDictionary<RoomName, WatchedRoom> _rooms = new();
    private readonly ConcurrentDictionary<Task, bool> _endings = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _comparing = new(1);
    private TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _running;
    private volatile bool _doubtsAll;
    private int _foreign;

    /// <summary>Begins to compare.</summary>
    public RoomWatches(RedisConnection connection, RoomLogs logs, TimeProvider time, ILogger log)
    {
        _connection = connection;
        _logs = logs;
        _time = time;
        _log = log;
        connection.AwayChanged += Wake;
        connection.Subscriptions.Resubscribed += Doubt;
        connection.Subscriptions.TopologyChanged += Doubt;
        _running = Task.Run(RunAsync);
    }

    /// <summary>How many rooms are watched.</summary>
    public int Count => _rooms.Count;

    /// <summary>The channel of a room.</summary>
    public string ChannelOf(RoomName room) => _connection.Keys.Events(room);

    /// <summary>Begins a watch, and completes when it follows the log.</summary>
    public async ValueTask<IAsyncDisposable> WatchAsync(RoomName room, IRoomWatcher watcher, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        string channel = ChannelOf(room);
        if (_connection.IsAwayFor(channel))
        {
            throw new BrokerUnavailableException("Redis does not answer.", RedisFaults.Retry);
        }

        while (true)
        {
            WatchedRoom watched = _rooms.GetOrAdd(room, static (name, rooms) => new WatchedRoom(name, rooms), this);
            var watch = new WatchedRoom.Watch(watched, watcher, this);
            if (!watched.TryAdd(watch))
            {
                // It has ended, and is about to be taken out.
                _rooms.TryRemove(KeyValuePair.Create(room, watched));
                continue;
            }

            Task started;
            lock (watched)
            {
                started = watched.Started ??= StartAsync(watched);
            }

            try
            {
                await started.WaitAsync(cancel).ConfigureAwait(false);
                return watch;
            }
            catch
            {
                await watch.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>Reads what follows a position.</summary>
    public ValueTask<LogPage> ReadAsync(RoomName room, Position from) => _logs.ReadAsync(room, ReadFrom.After(from), PageLimits, _stopping.Token);

    /// <summary>Waits before the next attempt to read; false when there is to be none.</summary>
    public async Task<bool> WaitToRetryAsync()
    {
        await Task.Delay(Retry, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !_stopping.IsCancellationRequested;
    }

    /// <summary>Nobody watches a room any more.</summary>
    public void End(WatchedRoom watched)
    {
        _rooms.TryRemove(KeyValuePair.Create(watched.Name, watched));
        Task ending = EndAsync(watched);
        if (!ending.IsCompleted)
        {
            _endings[ending] = true;
            _ = ending.ContinueWith(done => _endings.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>Something was published on a room's channel that is none of this system's messages.</summary>
    public void OnForeign(string channel)
    {
        // Once in a while is enough.
        if (Interlocked.Increment(ref _foreign) % 1000 == 1)
        {
            Log.Foreign(_log, channel);
        }
    }

    /// <summary>Ends what is to be ended, and compares every room: for tests.</summary>
    public async Task CatchUpAsync()
    {
        await Task.WhenAll(_endings.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await CompareAsync(isAfterLoss: false, onlyCompare: true).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _connection.AwayChanged -= Wake;
        _connection.Subscriptions.Resubscribed -= Doubt;
        _connection.Subscriptions.TopologyChanged -= Doubt;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_endings.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _rooms.Clear();
    }

    private void Wake() => Volatile.Read(ref _woken).TrySetResult();

    private void Doubt()
    {
        _doubtsAll = true;
        Wake();
    }

    private async Task StartAsync(WatchedRoom watched)
    {
        // Not under the lock of who asked for it.
        await Task.Yield();
        try
        {
            watched.Subscription = await _connection.Subscriptions.AddAsync(watched.Channel, watched).ConfigureAwait(false);
            watched.Begin(await _logs.TouchAsync(watched.Name, isWatched: true, _stopping.Token).ConfigureAwait(false));
        }
        catch (Exception failure) when (RedisFaults.IsOfRedis(failure))
        {
            throw _stopping.IsCancellationRequested ? failure : RedisFaults.Unavailable(failure);
        }
    }

    private async Task EndAsync(WatchedRoom watched)
    {
        try
        {
            if (watched.Started is { } started)
            {
                await started.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            if (watched.Subscription is { } subscription)
            {
                await subscription.DisposeAsync().ConfigureAwait(false);

                // From now on it ages.
                if (!_rooms.ContainsKey(watched.Name))
                {
                    await _logs.TouchAsync(watched.Name, isWatched: false, _stopping.Token).ConfigureAwait(false);
                }
            }
        }
        catch (Exception failure) when (RedisFaults.IsOfRedis(failure) || failure is BrokerUnavailableException or OperationCanceledException)
        {
            // Its record was kept alive until a moment ago.
        }
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                // Spread, so that not all servers ask at once.
                TimeSpan interval = (_isAnyAway || _doubtsAll) && !_connection.IsAway ? Retry : Interval * (0.8 + (0.4 * Random.Shared.NextDouble()));
                await Task.WhenAny(_woken.Task, Task.Delay(interval, _time, _stopping.Token)).ConfigureAwait(false);
                if (!_stopping.IsCancellationRequested)
                {
                    if (_woken.Task.IsCompleted)
                    {
                        Volatile.Write(ref _woken, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
                    }

                    await CompareAsync(_doubtsAll, onlyCompare: false).ConfigureAwait(false);
                }
            }
            catch (Exception failure) when (!_stopping.IsCancellationRequested)
            {
                Log.Failed(_log, failure);
                await Task.Delay(Retry, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(60, LogLevel.Warning, "Something was published on {Channel} that is not of this system, or of another layout; it is passed over.", EventName = "ForeignMessage")]
        public static partial void Foreign(ILogger logger, string channel);

        [LoggerMessage(61, LogLevel.Error, "Comparing rooms with Redis failed.", EventName = "CompareFailed")]
        public static partial void Failed(ILogger logger, Exception failure);

        [LoggerMessage(62, LogLevel.Warning, "Of {Count} rooms something did not come through though it was published: it was read, and the connection that Redis tells of entries on is made anew.", EventName = "MessagesLost")]
        public static partial void Lost(ILogger logger, int count);
    }
}
