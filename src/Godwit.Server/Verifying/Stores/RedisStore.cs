using Godwit.Server.Processes;
using Godwit.Server.Verifying.Deployments;
using Godwit.Server.Verifying.Faults;

namespace Godwit.Server.Verifying.Stores;

/// <summary>A Redis that is started here and writes each command to the disk before it answers, so that nothing may be lost; each server comes to it by a relay of its own.</summary>
internal sealed class RedisStore : IStartedStore
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-verify-redis-").FullName;
    private readonly Relay[] _relays;
    private readonly RedisNode _redis;

    private readonly IReadOnlyList<NetworkNamespace> _networks;

    /// <param name="servers">How many servers there are.</param>
    /// <param name="networks">The network of each; none if they are in this machine's.</param>
    public RedisStore(int servers, IReadOnlyList<NetworkNamespace> networks)
    {
        _networks = networks;
        _redis = new RedisNode(_folder);
        _relays = [.. Enumerable.Range(0, servers).Select(i => new Relay(networks.Count > 0 ? networks[i].Outside : null) { Target = _redis.Address })];
    }

    /// <inheritdoc/>
    public string Name => "logs in Redis (ack: primary, appendfsync always)";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string>();

    /// <inheritdoc/>
    public IReadOnlyList<int> Processes => _redis.Process is { } process ? [process] : [];

    /// <inheritdoc/>
    // On a busy machine Redis may take longer to answer than a server that starts waits for it.
    public IReadOnlyList<string> Arguments(int server) => ["--redis", _relays[server].Address.ToString(), "--wait-broker"];

    /// <inheritdoc/>
    public string? Absence(FaultKind kind) => kind switch
    {
        FaultKind.DiskFull or FaultKind.PowerLoss => "the logs are in Redis",
        FaultKind.StoreFailover => "there is one Redis; --start redis-sentinel has it",
        FaultKind.StoreLinkCut => NetworkNamespace.Absence,
        _ => OperatingSystem.IsLinux() ? null : "the signals are known on Linux only",
    };

    /// <inheritdoc/>
    public Loss Loss(FaultKind kind) => Faults.Loss.Nothing;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancel) => _redis.StartAsync("always", null, cancel);

    /// <inheritdoc/>
    public void Prepare()
    {
    }

    /// <inheritdoc/>
    public async Task<string?> CarryOutAsync(FaultStep step, Action gone, CancellationToken cancel)
    {
        Relay relay = _relays[step.Server % _relays.Length];
        switch (step.Kind)
        {
            case FaultKind.StoreKill:
                await _redis.EndAsync();
                Array.ForEach(_relays, static each => each.Cut());
                await Task.Delay(step.Lasts, TimeProvider.System, cancel);
                await StartAsync(cancel);
                return null;
            case FaultKind.StoreFreeze:
                _redis.Signal(UnixSignal.Stop);
                await WhileAsync(static () => { }, () => _redis.Signal(UnixSignal.Continue), step.Lasts, cancel);
                return null;
            case FaultKind.StoreCut:
                return $"{relay.Cut()} connections";
            case FaultKind.StoreNetworkCut:
                await WhileAsync(relay.Hold, relay.Release, step.Lasts, cancel);
                return null;
            case FaultKind.StoreLinkCut:
                NetworkNamespace network = _networks[step.Server % _networks.Count];
                await WhileAsync(() => network.Drop([relay.Address.Port]), network.Mend, step.Lasts, cancel);
                return null;
            case FaultKind.StoreDelay:
                await WhileAsync(() => relay.Delay = TimeSpan.FromMilliseconds(step.Amount), () => relay.Delay = TimeSpan.Zero, step.Lasts, cancel);
                return null;
            case FaultKind.StoreOutage:
                await BeAwayAsync(step, gone, cancel);
                return null;
            case FaultKind.SubscriptionKill:
                return $"{await _redis.AskAsync("CLIENT KILL TYPE pubsub", cancel)} subscriptions";
            default:
                throw new ArgumentOutOfRangeException(nameof(step));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (Relay relay in _relays)
        {
            await relay.DisposeAsync();
        }

        await _redis.DisposeAsync();

        Directory.Delete(_folder, recursive: true);
    }

    // In turn it is dead, deaf, or behind a network that says nothing.
    private async Task BeAwayAsync(FaultStep step, Action gone, CancellationToken cancel)
    {
        switch (step.Amount % 3)
        {
            case 0:
                await _redis.EndAsync();
                Array.ForEach(_relays, static each => each.Cut());
                gone();
                await Task.Delay(step.Lasts, TimeProvider.System, cancel);
                await StartAsync(cancel);
                break;
            case 1:
                _redis.Signal(UnixSignal.Stop);
                gone();
                await WhileAsync(static () => { }, () => _redis.Signal(UnixSignal.Continue), step.Lasts, cancel);
                break;
            default:
                Array.ForEach(_relays, static each => each.Hold());
                gone();
                await WhileAsync(static () => { }, () => Array.ForEach(_relays, static each => each.Release()), step.Lasts, cancel);
                break;
        }
    }

    private static async Task WhileAsync(Action begin, Action end, TimeSpan lasts, CancellationToken cancel)
    {
        begin();
        try
        {
            await Task.Delay(lasts, TimeProvider.System, cancel);
        }
        finally
        {
            end();
        }
    }
}
