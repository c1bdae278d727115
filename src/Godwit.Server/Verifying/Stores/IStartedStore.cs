using Godwit.Server.Verifying.Faults;

namespace Godwit.Server.Verifying.Stores;

/// <summary>The store of servers that are started: what they are told of it, what can be done to it, and what it may lose by that.</summary>
internal interface IStartedStore : IAsyncDisposable
{
    /// <summary>What it is, for reports.</summary>
    string Name { get; }

    /// <summary>Its processes, by number.</summary>
    IReadOnlyList<int> Processes => [];

    /// <summary>The arguments by which servers find it.</summary>
    /// <param name="server">Which server, from 0.</param>
    IReadOnlyList<string> Arguments(int server);

    /// <summary>The variables that servers need for its faults.</summary>
    IReadOnlyDictionary<string, string> Variables { get; }

    /// <summary>Why a fault of the store cannot be made; null if it can.</summary>
    string? Absence(FaultKind kind);

    /// <summary>What of a log a fault may take away, whatever it is made to.</summary>
    Loss Loss(FaultKind kind);

    /// <summary>Starts what it needs, before any server.</summary>
    Task StartAsync(CancellationToken cancel);

    /// <summary>A server is about to be started.</summary>
    void Prepare();

    /// <summary>Makes a fault of the store, and returns once it is over.</summary>
    /// <param name="step">Which.</param>
    /// <param name="gone">Is called when what the fault takes away is gone, before anything takes its place.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>What came of it; null for nothing worth a word.</returns>
    Task<string?> CarryOutAsync(FaultStep step, Action gone, CancellationToken cancel);
}

/// <summary>Makes stores.</summary>
internal static class StartedStore
{
    public static IStartedStore Create(Deployments.StartSettings settings, IReadOnlyList<Deployments.NetworkNamespace> networks) => settings.Store switch
    {
        StoreKind.Memory => new MemoryStore(),
        StoreKind.Sqlite => new SqliteStore(settings.Kinds),
        StoreKind.Redis => new RedisStore(settings.Servers, networks),
        StoreKind.Sentinel => new SentinelStore(),
        _ => throw new ArgumentOutOfRangeException(nameof(settings)),
    };
}
