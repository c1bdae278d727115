using Godwit.Brokers;
using Godwit.Brokers.Specification;
using Godwit.Redis.Servers;
using Godwit.Rooms;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Redis.Tests.Cluster;

/// <summary>A cluster with nothing in it, its clock, and the brokers that are connected to it, each by another node.</summary>
internal sealed class ClusterStore(ClusterClock clock, RoomPolicies policies, FakeTimeProvider time) : IBrokerStore
{
    // A record that is watched is kept for a minute at a time, and looked after four times as often.
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(15);

    private readonly List<RedisBroker> _brokers = [];
    private bool _hasEnded;

    public static async ValueTask<IBrokerStore> CreateAsync(ClusterClock clock, RoomPolicies policies, FakeTimeProvider time)
    {
        await clock.TakeAsync();
        clock.Set(time.GetUtcNow());
        foreach (RedisServer node in clock.Cluster.Nodes)
        {
            node.Do("FLUSHALL");
        }

        return new ClusterStore(clock, policies, time);
    }

    public async ValueTask<IBroker> ConnectAsync()
    {
        IReadOnlyList<RedisServer> nodes = clock.Cluster.Nodes;
        var options = new RedisBrokerOptions { Endpoints = [nodes[_brokers.Count % nodes.Count].Address], Topology = RedisTopology.Cluster, CallTimeout = TimeSpan.FromSeconds(4.5), Tolerance = RedisTest.Patience };
        var broker = new RedisBroker(options, policies, TimeProvider.System);
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

            clock.Return();
        }
    }

    private async Task CatchUpAsync()
    {
        foreach (RedisBroker broker in _brokers.Where(static broker => broker.IsReady))
        {
            await broker.CatchUpAsync();
        }
    }
}
