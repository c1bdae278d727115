using Godwit.Server.Verifying.Faults;

namespace Godwit.Server.Verifying.Stores;

/// <summary>The memory of the one server: gone with its process.</summary>
internal sealed class MemoryStore : IStartedStore
{
    public string Name => "logs in memory";

    public IReadOnlyList<string> Arguments(int server) => [];

    public IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string>();

    public string? Absence(FaultKind kind) => "the logs are in memory";

    public Loss Loss(FaultKind kind) => kind is FaultKind.Kill or FaultKind.Drain or FaultKind.RollingRestart ? Faults.Loss.Log : Faults.Loss.Nothing;

    public Task StartAsync(CancellationToken cancel) => Task.CompletedTask;

    public void Prepare()
    {
    }

    public Task<string?> CarryOutAsync(FaultStep step, Action gone, CancellationToken cancel) => throw new ArgumentOutOfRangeException(nameof(step));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
