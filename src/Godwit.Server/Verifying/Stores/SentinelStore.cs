using Godwit.Server.Processes;
using Godwit.Server.Verifying.Deployments;
using Godwit.Server.Verifying.Faults;

namespace Godwit.Server.Verifying.Stores;

/// <summary>A Redis with a replica, and a Sentinel that has the replica take its place when it is gone: what had not come to the replica is lost then.</summary>
internal sealed class SentinelStore : IStartedStore
{
    private const string Service = "main";
    private const string Sync = "everysec";

    // The Sentinel has the primary gone after 4 s, which a busy machine may need to answer, and asks every ten for its replicas.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-verify-redis-").FullName;
    private readonly RedisNode _sentinel;
    private RedisNode _primary;
    private RedisNode _replica;

    public SentinelStore()
    {
        _primary = new RedisNode(Path.Combine(_folder, "a"));
        _replica = new RedisNode(Path.Combine(_folder, "b"));
        _sentinel = new RedisNode(_folder);
    }

    /// <inheritdoc/>
    public string Name => "logs in Redis with a replica and a Sentinel (ack: primary)";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string> { ["GODWIT_redis__topology"] = "sentinel", ["GODWIT_redis__service"] = Service };

    /// <inheritdoc/>
    public IReadOnlyList<string> Arguments(int server) => ["--redis", _sentinel.Address.ToString()];

    /// <inheritdoc/>
    public string? Absence(FaultKind kind) => kind switch
    {
        FaultKind.DiskFull or FaultKind.PowerLoss => "the logs are in Redis",
        FaultKind.StoreOutage => "the Sentinel puts another in its place; --start redis has it",
        FaultKind.StoreFailover or FaultKind.SubscriptionKill or FaultKind.StoreCut => OperatingSystem.IsLinux() ? null : "the signals are known on Linux only",
        _ => "servers find Redis by the Sentinel and past any relay; --start redis has it",
    };

    /// <inheritdoc/>
    public Loss Loss(FaultKind kind) => kind == FaultKind.StoreFailover ? Faults.Loss.End : Faults.Loss.Nothing;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancel)
    {
        await _primary.StartAsync(Sync, null, cancel);
        await _replica.StartAsync(Sync, _primary, cancel);
        string file = Path.Combine(_folder, "sentinel.conf");
        await File.WriteAllLinesAsync(
            file,
            [
                $"port {_sentinel.Port}", "bind 127.0.0.1", "protected-mode no", $"dir {_folder}",
                $"sentinel monitor {Service} 127.0.0.1 {_primary.Port} 1", $"sentinel down-after-milliseconds {Service} 4000", $"sentinel failover-timeout {Service} 6000",
            ],
            cancel);
        await _sentinel.StartAsync([file, "--sentinel"], cancel);
        await ReplicatesAsync(cancel);
    }

    /// <inheritdoc/>
    public void Prepare()
    {
    }

    /// <inheritdoc/>
    public async Task<string?> CarryOutAsync(FaultStep step, Action gone, CancellationToken cancel)
    {
        if (await _primary.AskAsync("ROLE", cancel) is not { } role || !role.Contains("master", StringComparison.Ordinal))
        {
            throw new DeploymentException("the Sentinel has taken another primary by itself, so nothing can be said of what was lost; is this machine too busy?");
        }

        switch (step.Kind)
        {
            case FaultKind.SubscriptionKill:
                return $"{await _primary.AskAsync("CLIENT KILL TYPE pubsub", cancel)} at the primary, {await _replica.AskAsync("CLIENT KILL TYPE pubsub", cancel)} at the replica";
            case FaultKind.StoreCut:
                return $"{await _primary.AskAsync("CLIENT KILL TYPE normal", cancel)} of all servers";
            case FaultKind.StoreFailover:
                // With a password that the primary does not know of the replica cannot come back to it: what is acknowledged until the kill it does not have.
                if (step.Amount > 0)
                {
                    await _replica.AskAsync("CONFIG SET masterauth none", cancel);
                    await _replica.AskAsync("CLIENT KILL TYPE master", cancel);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(step.Amount), TimeProvider.System, cancel);
                await _primary.EndAsync();
                gone();
                await RedisNode.UntilAsync(
                    async () => (await _sentinel.AskAsync($"SENTINEL get-master-addr-by-name {Service}", cancel))?.Contains(_replica.Port, StringComparison.Ordinal) == true
                        && (await _replica.AskAsync("ROLE", cancel))?.Contains("master", StringComparison.Ordinal) == true,
                    static () => "the Sentinel has no replica take the place of the primary that was killed",
                    Patience,
                    cancel);
                (_primary, _replica) = (_replica, _primary);
                await _primary.AskAsync("CONFIG SET masterauth \"\"", cancel);
                await _replica.StartAsync(Sync, _primary, cancel);
                await ReplicatesAsync(cancel);
                return step.Amount == 0 ? null : $"the replica had nothing of the last {step.Amount} ms";
            default:
                throw new ArgumentOutOfRangeException(nameof(step));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _sentinel.DisposeAsync();
        await _replica.DisposeAsync();
        await _primary.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    // Only then can the replica take the primary's place.
    private Task ReplicatesAsync(CancellationToken cancel) => RedisNode.UntilAsync(
        async () => await _sentinel.AskAsync($"SENTINEL replicas {Service}", cancel) is { } replicas
            && replicas.Contains($"\r\n{_replica.Port}\r\n", StringComparison.Ordinal) && replicas.Contains("\r\nok\r\n", StringComparison.Ordinal)
            && !replicas.Contains("_down", StringComparison.Ordinal) && !replicas.Contains("disconnected", StringComparison.Ordinal),
        static () => "the replica of Redis does not come to replicate",
        Patience,
        cancel);
}
