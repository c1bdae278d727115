using Godwit.Redis.Servers;

namespace Godwit.Redis.Tests.Cluster;

/// <summary>A cluster of three nodes whose clock stands still and is moved by the test.</summary>
public sealed class ClusterClock : IAsyncLifetime
{
    private readonly string _file = Path.GetTempFileName();
    private readonly SemaphoreSlim _free = new(1);
    private RedisCluster? _cluster;

    internal RedisCluster Cluster => _cluster!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var time = new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Set(time);

        // Nodes that heard nothing of each other for a day of that clock are well all the same.
        _cluster = await RedisCluster.StartAsync(3, ["--cluster-node-timeout", "3000000000000"], RedisClock.Environment(_file), () => Set(time += TimeSpan.FromSeconds(1)));
    }

    /// <summary>Waits until nobody else uses the cluster.</summary>
    public Task TakeAsync() => _free.WaitAsync(TestContext.Current.CancellationToken);

    /// <summary>Lets the next use it.</summary>
    public void Return() => _free.Release();

    /// <summary>Sets the clock.</summary>
    public void Set(DateTimeOffset time) => RedisClock.Set(_file, time);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await (_cluster?.DisposeAsync() ?? ValueTask.CompletedTask);
        _free.Dispose();
        File.Delete(_file);
    }
}
