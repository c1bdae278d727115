using System.Globalization;

namespace Godwit.Redis.Servers;

/// <summary>A primary, its replicas, and Sentinels that watch them and promote a replica when the primary is gone for half a second.</summary>
internal sealed class RedisSentinels : IAsyncDisposable
{
    /// <summary>The name that the Sentinels watch the primary by.</summary>
    public const string Service = "godwit";

    private readonly List<RedisServer> _servers = [];
    private readonly List<RedisServer> _sentinels = [];

    /// <summary>Those that hold data; the first one was the primary at first.</summary>
    public IReadOnlyList<RedisServer> Servers => _servers;

    /// <summary>Those that watch.</summary>
    public IReadOnlyList<RedisServer> Sentinels => _sentinels;

    /// <summary>The one that takes writes now; asks the servers themselves.</summary>
    public RedisServer? Primary => _servers.FirstOrDefault(server => server.IsRunning && server.Info("replication", "role") == "master");

    /// <summary>Starts them and returns once the replicas are in step and the Sentinels know them all.</summary>
    /// <param name="replicas">How many replicas.</param>
    /// <param name="sentinels">How many Sentinels; with several, most of them must agree, and they take some seconds to find each other.</param>
    /// <param name="options">More options for the primary and its replicas.</param>
    public static async Task<RedisSentinels> StartAsync(int replicas = 1, int sentinels = 1, params string[] options)
    {
        var all = new RedisSentinels();
        try
        {
            RedisServer primary = await RedisServer.StartAsync(options);
            all._servers.Add(primary);
            string port = primary.Port.ToString(CultureInfo.InvariantCulture);
            for (int i = 0; i < replicas; i++)
            {
                all._servers.Add(await RedisServer.StartAsync([.. options, "--replicaof", primary.Host, port]));
            }

            await all.InStepAsync();
            for (int i = 0; i < sentinels; i++)
            {
                all._sentinels.Add(await RedisServer.StartAsync(
                    [
                        $"sentinel monitor {Service} {primary.Host} {port} {(sentinels / 2) + 1}",
                        $"sentinel down-after-milliseconds {Service} 2000",
                        $"sentinel failover-timeout {Service} 8000",
                    ],
                    primary.Host,
                    [],
                    isSentinel: true));
            }

            await RedisServer.UntilAsync(() => all._sentinels.TrueForAll(sentinel => all.Knows(sentinel)), "the Sentinels know all servers");
            return all;
        }
        catch
        {
            await all.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until every replica has what the primary has.</summary>
    public async Task InStepAsync() => await RedisServer.UntilAsync(
        () => Primary is { } primary && _servers.TrueForAll(server => !server.IsRunning || server == primary
            || (server.Info("replication", "master_link_status") == "up" && server.Info("replication", "slave_repl_offset") == primary.Info("replication", "master_repl_offset"))),
        "the replicas are in step");

    /// <summary>Waits until another server than one that is gone takes writes, and the Sentinels say so.</summary>
    public async Task PromotedAsync(RedisServer before) => await RedisServer.UntilAsync(
        () => Primary is { } primary && primary != before && _sentinels.TrueForAll(sentinel => Named(sentinel) == primary.Port.ToString(CultureInfo.InvariantCulture)),
        "a replica was promoted");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (RedisServer server in _sentinels.Concat(_servers))
        {
            await server.DisposeAsync();
        }
    }

    private static string? Named(RedisServer sentinel) => (sentinel.Do("SENTINEL", "GET-MASTER-ADDR-BY-NAME", Service) as List<object?>)?[1] as string;

    private bool Knows(RedisServer sentinel) =>
        sentinel.Do("SENTINEL", "REPLICAS", Service) is List<object?> replicas && replicas.Count == _servers.Count - 1
        && sentinel.Do("SENTINEL", "SENTINELS", Service) is List<object?> others && others.Count == _sentinels.Count - 1;
}
