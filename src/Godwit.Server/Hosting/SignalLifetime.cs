using System.Runtime.InteropServices;

namespace Godwit.Server.Hosting;

/// <summary>Stops the server on SIGTERM, in order, and on SIGINT or a second signal at once; any signal after that ends the process.</summary>
/// <remarks>What "at once" means is decided by whoever drains, who watches the same signals.</remarks>
internal sealed class SignalLifetime(IHostApplicationLifetime application) : IHostLifetime, IDisposable
{
    private const int AtOnce = 2;

    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _urgency;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _registrations.Clear();
    }

    private void OnSignal(PosixSignalContext signal)
    {
        int urgency = signal.Signal == PosixSignal.SIGINT ? AtOnce : 1;
        if (Interlocked.Add(ref _urgency, urgency) - urgency >= AtOnce)
        {
            // Left to the system, which ends the process.
            return;
        }

        signal.Cancel = true;
        ThreadPool.UnsafeQueueUserWorkItem(static stopping => stopping.StopApplication(), application, preferLocal: false);
    }
}
