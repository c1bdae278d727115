using Godwit.Server.Probes;
using Godwit.Server.Processes;
using Godwit.Server.Verifying.Faults;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Deployments;

/// <summary>What is verified: servers with their store, the ways to them, and what can be done to them.</summary>
internal abstract class Deployment : IAsyncDisposable
{
    private static readonly FaultKind[] ByRelay = [FaultKind.Cut, FaultKind.CutAtByte, FaultKind.NetworkCut, FaultKind.NetworkDelay];

    /// <summary>What it is, for reports.</summary>
    public abstract string Name { get; }

    /// <summary>The ways in.</summary>
    public abstract IReadOnlyList<Entrance> Entrances { get; }

    /// <summary>How many servers there are.</summary>
    public abstract int Servers { get; }

    /// <summary>How many places there are at which the network can be hurt: the servers, and the proxy before them.</summary>
    public virtual int Places => Servers;

    /// <summary>Whether a proxy may stand before the servers, and so answer in their place when it comes to none.</summary>
    public virtual bool HasProxy => false;

    /// <summary>The transports that readers use, once it has been started.</summary>
    public virtual IReadOnlyList<ProbeTransport> Transports => ProbeTransports.OverHttp;

    /// <summary>Whether data channels are among them.</summary>
    public bool HasDataChannels => Transports.Contains(ProbeTransport.SessionDataChannel);

    /// <summary>Why data channels are not, for people; null where they are, or nobody would expect them.</summary>
    public virtual string? NoDataChannels => null;

    /// <summary>A way in.</summary>
    /// <param name="number">Which one, as it was drawn.</param>
    /// <param name="isWebSocket">Whether it is for a WebSocket: another way to the same server, where this one does not take them.</param>
    public Entrance WayIn(int number, bool isWebSocket)
    {
        Entrance drawn = Entrances[number];
        return !isWebSocket || drawn.TakesWebSockets ? drawn : Entrances.First(other => other.Server == drawn.Server && other.TakesWebSockets);
    }

    /// <summary>Whether what a probe takes for a breach is the answer of a proxy that came to no server.</summary>
    public bool IsOfProxy(ContractException breach) => HasProxy && breach.Status is 502 or 503 or 504;

    /// <summary>What a fault of the network is made at, for people.</summary>
    public virtual string Place(int number) => $"server {number % Servers}";

    /// <summary>The relays of a place.</summary>
    protected virtual IReadOnlyList<Relay> RelaysAt(int place) => [.. Entrances.Where(entrance => entrance.Server == place % Servers).Select(static entrance => entrance.Relay)];

    /// <summary>A way into each server, past any proxy that was started here.</summary>
    public virtual IReadOnlyList<Entrance> DirectEntrances => [.. Entrances.DistinctBy(static entrance => entrance.Server)];

    /// <summary>The processes that it started, by number.</summary>
    public virtual IReadOnlyList<int> Processes => [];

    /// <summary>The headers that a publisher sends.</summary>
    public abstract IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <summary>The headers that a reader sends.</summary>
    public virtual IReadOnlyList<KeyValuePair<string, string>> ReaderHeaders => Headers;

    /// <summary>Whether rooms whose names begin with <see cref="ServerConfiguration.PresenceRooms"/> keep a list of their members.</summary>
    public virtual bool HasPresence => false;

    /// <summary>Whether readers of rooms whose names begin with <see cref="ServerConfiguration.LatestRooms"/> get the newest entry alone.</summary>
    public virtual bool HasLatest => false;

    /// <summary>How many entries rooms keep whose names end in this; null if that is not known.</summary>
    public abstract long? Retains(bool isShort);

    /// <summary>Why a fault cannot be made; null if it can.</summary>
    public virtual string? Absence(FaultKind kind) => ByRelay.Contains(kind) || kind == FaultKind.SlowReaders ? null : "servers that godwit verify did not start are not touched";

    /// <summary>What a fault may take away.</summary>
    public virtual Loss Loss(FaultKind kind) => Faults.Loss.Nothing;

    /// <summary>Starts what is to be started, and returns once it answers.</summary>
    /// <exception cref="DeploymentException">It does not.</exception>
    public abstract Task StartAsync(CancellationToken cancel);

    /// <summary>Makes a fault, and returns once everything works again.</summary>
    /// <param name="step">Which.</param>
    /// <param name="gone">Is called when what the fault takes away is gone, before anything takes its place.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>What came of it; null for nothing worth a word.</returns>
    /// <exception cref="DeploymentException">A server does not come back.</exception>
    public virtual async Task<string?> CarryOutAsync(FaultStep step, Action gone, CancellationToken cancel)
    {
        Relay[] relays = [.. RelaysAt(step.Server)];
        switch (step.Kind)
        {
            case FaultKind.Cut:
                return $"{relays.Sum(static relay => relay.Cut())} connections";
            case FaultKind.CutAtByte:
                await WhileAsync(relays, relay => relay.CutAfter(step.Amount, step.Amount), static relay => relay.CutAfter(0, 0), step.Lasts, cancel);
                return null;
            case FaultKind.NetworkCut:
                await WhileAsync(relays, static relay => relay.Hold(), static relay => relay.Release(), step.Lasts, cancel);
                return null;
            case FaultKind.NetworkDelay:
                await WhileAsync(relays, relay => relay.Delay = TimeSpan.FromMilliseconds(step.Amount), static relay => relay.Delay = TimeSpan.Zero, step.Lasts, cancel);
                return null;
            default:
                throw new ArgumentOutOfRangeException(nameof(step));
        }
    }

    /// <summary>A user whose credentials can be revoked; null if there is none.</summary>
    public virtual IReadOnlyList<KeyValuePair<string, string>>? HeadersOf(string user) => null;

    /// <summary>Revokes a user's credentials.</summary>
    /// <exception cref="DeploymentException">It was refused.</exception>
    public virtual Task RevokeAsync(string user, CancellationToken cancel) => throw new NotSupportedException();

    /// <summary>What is wrong with it though nothing was done to it; null for nothing.</summary>
    public virtual string? Fault() => null;

    /// <summary>The most memory that each process it started has had, in octets; nothing for others.</summary>
    public virtual IReadOnlyList<long> PeakMemory => [];

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    private static async Task WhileAsync(Relay[] relays, Action<Relay> begin, Action<Relay> end, TimeSpan lasts, CancellationToken cancel)
    {
        Array.ForEach(relays, begin);
        try
        {
            await Task.Delay(lasts, TimeProvider.System, cancel);
        }
        finally
        {
            Array.ForEach(relays, end);
        }
    }
}
