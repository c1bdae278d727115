using System.Runtime.InteropServices;

namespace Godwit.AspNetCore.Draining;

/// <summary>Watches how often and by what the process is told to stop: SIGINT, or any second signal, means at once.</summary>
/// <remarks>It only watches. That a signal stops the application instead of ending the process is the host's doing.</remarks>
internal sealed class StopSignals(ServerDrain drain) : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _signals;

    /// <summary>Begins to watch.</summary>
    public void Watch()
    {
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registrations.ForEach(static registration => registration.Dispose());
        _registrations.Clear();
    }

    private void OnSignal(PosixSignalContext signal)
    {
        if (Interlocked.Increment(ref _signals) > 1 || signal.Signal == PosixSignal.SIGINT)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static drain => drain.EndAtOnce(), drain, preferLocal: false);
        }
    }
}
