using Godwit.Brokers;
using Godwit.Brokers.Specification;
using Godwit.Rooms;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Redis.Tests;

/// <summary>A Redis with nothing in it, its clock, and the brokers that are connected to it.</summary>
internal sealed class RedisStore(RedisClock clock, RoomPolicies policies, FakeTimeProvider time, Action? ended = null) : IBrokerStore
{
    // A record that is watched is kept for a minute at a time, and looked after four times as often.
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(15);

    private readonly List<RedisBroker> _brokers = [];

    private bool _hasEnded;

    public static async ValueTask<IBrokerStore> CreateAsync(RedisClocks clocks, RoomPolicies policies, FakeTimeProvider time)
    {
        RedisClock clock = await clocks.TakeAsync();
        return await CreateAsync(clock, policies, time, () => clocks.Return(clock));
    }

    public static async ValueTask<IBrokerStore> CreateAsync(RedisClock clock, RoomPolicies policies, FakeTimeProvider time, Action? ended = null)
    {
        clock.Set(time.GetUtcNow());
        await clock.Server.CommandAsync("FLUSHALL");
        return new RedisStore(clock, policies, time, ended);
    }

    public async ValueTask<IBroker> ConnectAsync()
    {
        var broker = new RedisBroker(new RedisBrokerOptions { Endpoints = [clock.Server.Endpoint], CallTimeout = TimeSpan.FromSeconds(4.5), Tolerance = RedisTest.Patience }, policies, TimeProvider.System);
        _brokers.Add(broker);
        await RedisTest.OpenAsync(broker);
        return broker;
    }

    public async ValueTask AdvanceAsync(TimeSpan span)
    {
        await CatchUpAsync();
        TimeSpan step = _brokers.Exists(static broker => broker.IsReady && broker.Redis.Rooms.Count > 0) ? Step : span;
        for (TimeSpan left = span; left > TimeSpan.Zero; left -= step)
        {
            time.Advance(left < step ? left : step);
            clock.Set(time.GetUtcNow());
            await CatchUpAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_hasEnded)
        {
            _hasEnded = true;
            foreach (RedisBroker broker in _brokers)
            {
                await broker.DisposeAsync();
            }

            ended?.Invoke();
        }
    }

    private async Task CatchUpAsync()
    {
        foreach (RedisBroker broker in _brokers)
        {
            if (broker.IsReady)
            {
                await broker.CatchUpAsync();
            }
        }
    }
}
