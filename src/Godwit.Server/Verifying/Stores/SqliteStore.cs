using Godwit.Server.Verifying.Disks;
using Godwit.Server.Verifying.Faults;

namespace Godwit.Server.Verifying.Stores;

/// <summary>A directory of the one server, on a disk that fails when it is told to. Every acknowledged entry is synced, so nothing may be lost.</summary>
/// <param name="kinds">The faults that may come.</param>
internal sealed class SqliteStore(IReadOnlyList<FaultKind> kinds) : IStartedStore
{
    private readonly FaultyDisk _disk = new();

    public string Name => "logs on the disk (SQLite)";

    public IReadOnlyList<string> Arguments(int server) => ["--data", _disk.Directory];

    public IReadOnlyDictionary<string, string> Variables =>
        FaultyDisk.Absence is null && kinds.Any(static kind => kind is FaultKind.DiskFull or FaultKind.PowerLoss) ? _disk.Variables : new Dictionary<string, string>();

    public string? Absence(FaultKind kind) => kind is FaultKind.DiskFull or FaultKind.PowerLoss ? FaultyDisk.Absence : "the logs are on the disk";

    public Loss Loss(FaultKind kind) => Faults.Loss.Nothing;

    public Task StartAsync(CancellationToken cancel) => Task.CompletedTask;

    // What is there when a server starts counts as synced: it syncs what it finds before it trusts it.
    public void Prepare() => _disk.Settle();

    public async Task<string?> CarryOutAsync(FaultStep step, Action gone, CancellationToken cancel)
    {
        switch (step.Kind)
        {
            case FaultKind.DiskFull:
                _disk.Set(DiskFault.Full);
                try
                {
                    await Task.Delay(step.Lasts, TimeProvider.System, cancel);
                }
                finally
                {
                    _disk.Set(DiskFault.None);
                }

                return null;
            case FaultKind.PowerLoss:
                _disk.LosePower(new Random(step.Amount), step.Amount / 100.0);
                return null;
            default:
                throw new ArgumentOutOfRangeException(nameof(step));
        }
    }

    public ValueTask DisposeAsync()
    {
        _disk.Dispose();
        return ValueTask.CompletedTask;
    }
}
