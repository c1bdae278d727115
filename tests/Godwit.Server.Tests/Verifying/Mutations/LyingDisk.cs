using Godwit.Server.Verifying.Disks;
using Godwit.Server.Verifying.Faults;
using Godwit.Server.Verifying.Stores;

namespace Godwit.Server.Tests.Verifying.Mutations;

/// <summary>A disk that says that it has synced and has not, and loses its power.</summary>
internal sealed class LyingDisk : IStartedStore
{
    private readonly FaultyDisk _disk = new();

    public string Name => "logs on a disk that lies";

    public IReadOnlyDictionary<string, string> Variables => _disk.Variables;

    public IReadOnlyList<string> Arguments(int server) => ["--data", _disk.Directory];

    public string? Absence(FaultKind kind) => FaultyDisk.Absence;

    public Loss Loss(FaultKind kind) => Server.Verifying.Faults.Loss.Nothing;

    public Task StartAsync(CancellationToken cancel) => Task.CompletedTask;

    public void Prepare()
    {
        _disk.Settle();
        _disk.Set(DiskFault.SyncIgnored);
    }

    public Task<string?> CarryOutAsync(FaultStep step, Action gone, CancellationToken cancel)
    {
        _disk.LosePower(new Random(step.Amount), survives: 0);
        return Task.FromResult<string?>(null);
    }

    public ValueTask DisposeAsync()
    {
        _disk.Dispose();
        return ValueTask.CompletedTask;
    }
}
