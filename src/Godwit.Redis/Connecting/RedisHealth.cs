using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Godwit.Redis.Connecting;

/// <summary>Asks every primary once a second whether it answers.</summary>
internal sealed partial class RedisHealth : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan IntervalWhileAway = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ReplaceAfter = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LayoutInterval = TimeSpan.FromMinutes(1);

    private readonly RedisConnection _connection;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<EndPoint, long> _answered = [];
    private readonly RedisPulses _pulses;

    // A restart that is over sooner is nobody's business: the calls in between fail, and that is all. An answer may take as long.
    private readonly TimeSpan _tolerance;
    private ImmutableHashSet<EndPoint> _away = [];
    private long _lastAnswer;
    private long _lastReplaced;
    private long _lastLayout;
    private bool _lastFailed;
    private Task _running = Task.CompletedTask;
    private volatile bool _isAway;

    /// <summary>Watches a connection, from <see cref="BeginAsync"/> on.</summary>
    public RedisHealth(RedisConnection connection, TimeProvider time, ILogger log)
    {
        _connection = connection;
        _time = time;
        _log = log;
        _pulses = new RedisPulses(connection, time, log);
        _tolerance = connection.Options.Tolerance;
    }

    /// <summary>What is away has changed.</summary>
    public event Action? Changed;

    /// <summary>Whether Redis, or a part of a cluster, does not answer.</summary>
    public bool IsAway => _isAway;

    /// <summary>Whether the server that has a key does not answer.</summary>
    public bool IsAwayFor(string key)
    {
        if (!_isAway)
        {
            return false;
        }

        if (!_connection.IsCluster)
        {
            return true;
        }

        ImmutableHashSet<EndPoint> away = Volatile.Read(ref _away);
        return _connection.OwnerOf(key) is not { } owner || away.Contains(owner);
    }

    /// <summary>Subscribes to the channels of its own messages, and begins.</summary>
    public async Task BeginAsync()
    {
        _lastAnswer = _lastReplaced = _lastLayout = _time.GetTimestamp();
        await _pulses.FollowAsync().ConfigureAwait(false);
        _running = Task.Run(RunAsync);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await AskAsync().ConfigureAwait(false);
                if (_lastFailed)
                {
                    // Nothing is to be expected to come through.
                    _pulses.Pause();
                }
                else
                {
                    await _pulses.BeatAsync(_tolerance, _stopping.Token).ConfigureAwait(false);
                    await CheckLayoutAsync().ConfigureAwait(false);
                }
            }
            catch (Exception failure) when (!_stopping.IsCancellationRequested)
            {
                Log.Failed(_log, failure);
            }

            await Task.Delay(_lastFailed ? IntervalWhileAway : Interval, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task AskAsync()
    {
        IServer[] primaries = [.. _connection.Primaries];
        bool[] answers = await Task.WhenAll(primaries.Select(IsAnsweringAsync)).ConfigureAwait(false);
        long now = _time.GetTimestamp();
        ImmutableHashSet<EndPoint> away = [];
        for (int i = 0; i < primaries.Length; i++)
        {
            if (answers[i])
            {
                _answered[primaries[i].EndPoint] = now;
            }
            else if (_connection.IsCluster && _time.GetElapsedTime(_answered.GetValueOrDefault(primaries[i].EndPoint, _lastAnswer), now) >= _tolerance)
            {
                away = away.Add(primaries[i].EndPoint);
            }
        }

        bool any = Array.Exists(answers, static answer => answer);
        // Outside of a cluster there is one primary at a time: one that was before it, and is still known, is nobody's loss.
        bool all = any && (!_connection.IsCluster || Array.TrueForAll(answers, static answer => answer));
        if (any)
        {
            _lastAnswer = now;
        }

        _lastFailed = !all;
        bool none = !any && _time.GetElapsedTime(_lastAnswer, now) >= _tolerance;
        bool isAway = none || away.Count > 0;
        if (isAway != _isAway || (isAway && !away.SetEquals(_away)))
        {
            Volatile.Write(ref _away, away);
            if (isAway != _isAway)
            {
                _isAway = isAway;
                _lastLayout -= _time.TimestampFrequency * (long)LayoutInterval.TotalSeconds;
                if (isAway)
                {
                    Log.Away(_log);
                }
                else
                {
                    Log.Back(_log);
                }
            }

            Changed?.Invoke();
        }

        if (!any && _time.GetElapsedTime(_lastAnswer, now) >= ReplaceAfter && _time.GetElapsedTime(_lastReplaced, now) >= ReplaceAfter)
        {
            await ReplaceAsync().ConfigureAwait(false);
        }
    }

    private async Task<bool> IsAnsweringAsync(IServer server)
    {
        try
        {
            RedisResult role = await server.ExecuteAsync("ROLE").WaitAsync(_tolerance, _time, _stopping.Token).ConfigureAwait(false);
            return role.Length > 0 && (string?)role[0] == "master";
        }
        catch (Exception failure) when (RedisFaults.IsOfRedis(failure))
        {
            Log.NoAnswer(_log, failure.Message);
            return false;
        }
    }

    private async Task ReplaceAsync()
    {
        try
        {
            await _connection.ReplaceAsync().WaitAsync(_stopping.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (RedisFaults.IsOfRedis(failure))
        {
            Log.NoAnswer(_log, failure.Message);
        }

        _lastReplaced = _time.GetTimestamp();
    }

    // A Redis that has lost everything has lost the number of the layout too, and whoever comes next has to find it.
    private async Task CheckLayoutAsync()
    {
        if (_time.GetElapsedTime(_lastLayout) < LayoutInterval)
        {
            return;
        }

        _lastLayout = _time.GetTimestamp();
        try
        {
            await StartChecks.CheckLayoutAsync(_connection).WaitAsync(_tolerance, _time, _stopping.Token).ConfigureAwait(false);
        }
        catch (RedisStoreException fault)
        {
            Log.OtherLayout(_log, fault.Message);
        }
        catch (Exception failure) when (RedisFaults.IsOfRedis(failure))
        {
            Log.NoAnswer(_log, failure.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(40, LogLevel.Error, "Redis does not answer: publishers are refused, and readers are told, until it does.", EventName = "RedisAway")]
        public static partial void Away(ILogger logger);

        [LoggerMessage(41, LogLevel.Information, "Redis answers again.", EventName = "RedisBack")]
        public static partial void Back(ILogger logger);

        [LoggerMessage(42, LogLevel.Debug, "Redis did not answer: {Reason}", EventName = "NoAnswer")]
        public static partial void NoAnswer(ILogger logger, string reason);

        [LoggerMessage(45, LogLevel.Error, "Somebody has changed what Redis holds: {Reason}", EventName = "OtherLayout")]
        public static partial void OtherLayout(ILogger logger, string reason);

        [LoggerMessage(44, LogLevel.Error, "Watching Redis failed.", EventName = "HealthFailed")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
