using System.Text;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Redis.Connecting;
using Godwit.Redis.Logs;
using Godwit.Rooms;

namespace Godwit.Redis.Tests;

/// <summary>Brokers that a test connects, ended with it, under a prefix of its own.</summary>
public abstract class RedisTest : IAsyncDisposable
{
    /// <summary>What only something that hangs takes.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly List<IAsyncDisposable> _started = [];

    /// <summary>Ends a test that hangs.</summary>
    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private protected static RoomName Room { get; } = RoomName.Parse("room:1");

    private protected string Prefix { get; } = $"test-{Guid.NewGuid():N}";

    private protected TestLog Log { get; } = new();

    private protected T End<T>(T with)
        where T : IAsyncDisposable
    {
        _started.Add(with);
        return with;
    }

    private protected async Task<RedisBroker> ConnectAsync(string endpoint, Action<RedisBrokerOptions>? change = null, RoomPolicies? policies = null)
    {
        var options = new RedisBrokerOptions { Endpoints = [endpoint], Prefix = Prefix };
        change?.Invoke(options);
        RedisBroker broker = End(new RedisBroker(options, policies ?? new RoomPolicies([]), TimeProvider.System, Log));
        await OpenAsync(broker);
        return broker;
    }

    /// <summary>Connects, also to a Redis that is late on a machine which has other things to do.</summary>
    internal static async Task OpenAsync(RedisBroker broker)
    {
        for (long began = TimeProvider.System.GetTimestamp(); ; await Task.Delay(50, Cancel))
        {
            try
            {
                await broker.OpenAsync(Cancel);
                return;
            }
            catch (RedisStoreException late) when (late.InnerException is StackExchange.Redis.RedisTimeoutException or TimeoutException && TimeProvider.System.GetElapsedTime(began) < Patience)
            {
                // It answered, if too late.
            }
        }
    }

    private protected static EntryContent Content(string json) => new(EventName.Default, Encoding.UTF8.GetBytes(json), IsBytes: false, From: null);

    private protected static async Task<Position> PublishAsync(IBroker broker, string json, RoomName? room = null) =>
        (await broker.AppendAsync(room ?? Room, Content(json), null, Cancel)).Position;

    private protected static async Task<LogPage> ReadAsync(IBroker broker, ReadFrom from, RoomName? room = null) =>
        await broker.ReadAsync(room ?? Room, from, new ReadLimits(1000, 1 << 20), Cancel);

    private protected static async Task<Verdict> JudgeAsync(IBroker broker, Position position) => (await ReadAsync(broker, ReadFrom.After(position))).Verdict;

    /// <summary>Publishes until Redis takes it.</summary>
    private protected static async Task<Position> PublishAtLastAsync(IBroker broker, string json, PublishKey key)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                return (await broker.AppendAsync(Room, Content(json), key, Cancel)).Position;
            }
            catch (BrokerUnavailableException) when (!patience.IsCancellationRequested)
            {
                await Task.Delay(20, Cancel);
            }
        }
    }

    /// <summary>Appends as another server would, but its message goes where nobody listens.</summary>
    private protected async Task PublishUnheardAsync(RedisServerProcess server, string json)
    {
        var keys = new RedisKeys(Prefix);
        string answer = await server.CommandAsync(
            "EVAL", RoomLogs.Append.Text, "2", keys.Record(Room), keys.Log(Room),
            Epoch.New().ToString(), $"{Random.Shared.Next()}", $"j 7 -\nmessage{json}", "8", "10000", "1000000", "3600000", "86400000", "nowhere", "PUBLISH");
        Assert.Contains("stored", answer, StringComparison.Ordinal);
    }

    public virtual async ValueTask DisposeAsync()
    {
        for (int i = _started.Count - 1; i >= 0; i--)
        {
            await _started[i].DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }
}
