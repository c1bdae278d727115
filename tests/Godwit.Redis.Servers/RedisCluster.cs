using System.Globalization;

namespace Godwit.Redis.Servers;

/// <summary>A Redis Cluster of primaries, each with its share of the slots.</summary>
internal sealed class RedisCluster : IAsyncDisposable
{
    /// <summary>The number of slots.</summary>
    public const int Slots = 16384;

    private readonly List<RedisServer> _nodes = [];

    /// <summary>The nodes.</summary>
    public IReadOnlyList<RedisServer> Nodes => _nodes;

    /// <summary>Starts nodes and returns once they are one cluster.</summary>
    public static Task<RedisCluster> StartAsync(int nodes = 3, params string[] options) => StartAsync(nodes, [.. options, "--cluster-node-timeout", "4000"], null, static () => { });

    /// <summary>Starts nodes whose clock is the test's.</summary>
    /// <param name="nodes">How many.</param>
    /// <param name="options">More of their options.</param>
    /// <param name="environment">What their environment has besides.</param>
    /// <param name="whileWaiting">Is called again and again until they are one cluster: it lets their time pass.</param>
    public static async Task<RedisCluster> StartAsync(int nodes, string[] options, IReadOnlyDictionary<string, string>? environment, Action whileWaiting)
    {
        var cluster = new RedisCluster();
        try
        {
            for (int i = 0; i < nodes; i++)
            {
                cluster._nodes.Add(await RedisServer.StartAsync([.. options, "--cluster-enabled", "yes"], "127.0.0.1", [], environment: environment));
            }

            for (int i = 0; i < nodes; i++)
            {
                // Each its own epoch, so that they need not settle whose slots are whose.
                cluster._nodes[i].Do("CLUSTER", "SET-CONFIG-EPOCH", Text(i + 1));
                cluster._nodes[i].Do("CLUSTER", "ADDSLOTSRANGE", Text(Slots * i / nodes), Text((Slots * (i + 1) / nodes) - 1));
                if (i > 0)
                {
                    cluster._nodes[i].Do("CLUSTER", "MEET", cluster._nodes[0].Host, Text(cluster._nodes[0].Port));
                }
            }

            await RedisServer.UntilAsync(
                () =>
                {
                    whileWaiting();
                    return cluster._nodes.TrueForAll(node => node.Do("CLUSTER", "INFO") is string text
                        && text.Contains("cluster_state:ok", StringComparison.Ordinal) && text.Contains($"cluster_known_nodes:{Text(nodes)}", StringComparison.Ordinal)
                        && text.Contains($"cluster_size:{Text(nodes)}", StringComparison.Ordinal));
                },
                "the nodes are one cluster");
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The slot of a key.</summary>
    public int SlotOf(string key) => int.Parse((string)_nodes[0].Do("CLUSTER", "KEYSLOT", key)!, CultureInfo.InvariantCulture);

    /// <summary>The node that has a slot.</summary>
    public RedisServer OwnerOf(int slot) => _nodes.First(node => ((List<object?>)node.Do("CLUSTER", "SLOTS")!).Cast<List<object?>>().Any(range =>
        Number(range[0]) <= slot && slot <= Number(range[1]) && Number(((List<object?>)range[2]!)[1]) == node.Port));

    /// <summary>Moves a slot with its keys to another node, as a resharding does it: while it is used.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="to">Where to.</param>
    /// <param name="between">Is called while the slot is on its way, with its keys still at the old node.</param>
    public async Task MoveAsync(int slot, RedisServer to, Func<Task>? between = null)
    {
        RedisServer from = OwnerOf(slot);
        string number = Text(slot), source = (string)from.Do("CLUSTER", "MYID")!, target = (string)to.Do("CLUSTER", "MYID")!;
        to.Do("CLUSTER", "SETSLOT", number, "IMPORTING", source);
        from.Do("CLUSTER", "SETSLOT", number, "MIGRATING", target);
        if (between is not null)
        {
            await between();
        }

        while (from.Do("CLUSTER", "GETKEYSINSLOT", number, "100") is List<object?> { Count: > 0 } keys)
        {
            from.Do(["MIGRATE", to.Host, Text(to.Port), "", "0", "5000", "KEYS", .. keys.Select(static key => (string)key!)]);
        }

        to.Do("CLUSTER", "SETSLOT", number, "NODE", target);
        from.Do("CLUSTER", "SETSLOT", number, "NODE", target);
        foreach (RedisServer other in _nodes.Where(node => node != to && node != from))
        {
            other.Do("CLUSTER", "SETSLOT", number, "NODE", target);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (RedisServer node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static long Number(object? reply) => long.Parse((string)reply!, CultureInfo.InvariantCulture);
}
