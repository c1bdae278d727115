using System.Runtime.InteropServices;

namespace Godwit.Server.Commands;

/// <summary>Lets a command come to an orderly end at SIGINT and SIGTERM; a second one ends the process.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _end;
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;

    public Interruption(CancellationToken cancel)
    {
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _end.Token;

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _end.Dispose();
    }

    private void End(PosixSignalContext context)
    {
        if (_end.IsCancellationRequested)
        {
            return;
        }

        context.Cancel = true;
        _end.CancelAfter(0);
    }
}
