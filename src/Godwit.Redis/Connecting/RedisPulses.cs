using System.Net;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Godwit.Redis.Connecting;

/// <summary>Messages to this server itself, through every primary: when they do not come, no other message does, however alive the connection looks.</summary>
internal sealed partial class RedisPulses(RedisConnection connection, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(6);

    private readonly string _name = Guid.NewGuid().ToString("N");
    private readonly Dictionary<string, Pulse> _pulses = new(StringComparer.Ordinal);
    private long _lastSent;

    /// <summary>Subscribes to a channel at each primary.</summary>
    public async Task FollowAsync()
    {
        string[] channels = [.. Channels()];
        foreach (string channel in channels)
        {
            if (!_pulses.ContainsKey(channel))
            {
                var pulse = new Pulse(time);
                pulse.Subscription = await connection.Subscriptions.AddAsync(channel, pulse).ConfigureAwait(false);
                _pulses.Add(channel, pulse);
            }
        }

        foreach ((string channel, Pulse pulse) in _pulses.ToArray())
        {
            if (Array.IndexOf(channels, channel) < 0)
            {
                _pulses.Remove(channel);
                await pulse.Subscription!.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Expects nothing for now.</summary>
    public void Pause()
    {
        foreach (Pulse pulse in _pulses.Values)
        {
            pulse.OnResubscribed();
        }
    }

    /// <summary>Sends what is due, and has subscriptions made anew when what was sent did not come.</summary>
    public async Task BeatAsync(TimeSpan limit, CancellationToken cancel)
    {
        if (time.GetElapsedTime(_lastSent) < Interval)
        {
            return;
        }

        if (_pulses.Values.Any(pulse => time.GetElapsedTime(pulse.LastHeard) >= Tolerance))
        {
            Log.Silent(log);
            Pause();
            connection.Subscriptions.Renew();
        }

        _lastSent = time.GetTimestamp();
        try
        {
            await FollowAsync().ConfigureAwait(false);
            await Task.WhenAll(_pulses.Keys.Select(channel => connection.Database.PublishAsync(connection.Channel(channel), "1"))).WaitAsync(limit, time, cancel).ConfigureAwait(false);
        }
        catch (Exception failure) when (RedisFaults.IsOfRedis(failure))
        {
            Log.NotSent(log, failure.Message);
        }
    }

    // Of a cluster, names of which each is in a slot of another primary.
    private IEnumerable<string> Channels()
    {
        if (!connection.IsCluster)
        {
            yield return connection.Keys.Global($"pulse:{_name}");
            yield break;
        }

        HashSet<EndPoint> left = [.. connection.Primaries.Where(static server => server.IsConnected).Select(static server => server.EndPoint)];
        for (int i = 0; i < 200 && left.Count > 0; i++)
        {
            string channel = connection.Keys.Global($"pulse:{_name}:{i}");
            if (connection.OwnerOf(channel) is { } owner && left.Remove(owner))
            {
                yield return channel;
            }
        }
    }

    private sealed class Pulse(TimeProvider time) : IChannelListener
    {
        private long _lastHeard = time.GetTimestamp();

        public long LastHeard => Volatile.Read(ref _lastHeard);

        public IAsyncDisposable? Subscription { get; set; }

        public void OnMessage(ReadOnlyMemory<byte> message) => OnResubscribed();

        public void OnResubscribed() => Volatile.Write(ref _lastHeard, time.GetTimestamp());
    }

    private static partial class Log
    {
        [LoggerMessage(43, LogLevel.Warning, "Nothing comes through the connection that Redis tells of entries on, though it looks alive: subscribing anew.", EventName = "SubscriptionsSilent")]
        public static partial void Silent(ILogger logger);

        [LoggerMessage(46, LogLevel.Debug, "A message to this server itself was not sent: {Reason}", EventName = "PulseNotSent")]
        public static partial void NotSent(ILogger logger, string reason);
    }
}
