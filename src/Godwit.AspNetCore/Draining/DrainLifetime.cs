using Microsoft.Extensions.Hosting;

namespace Godwit.AspNetCore.Draining;

/// <summary>Ties the drain to the application: it runs before the web server stops, while that still answers.</summary>
internal sealed class DrainLifetime(ServerDrain drain, IHostApplicationLifetime application) : IHostedLifecycleService, IDisposable
{
    private readonly StopSignals _signals = new(drain);

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        application.ApplicationStarted.Register(static drain => ((ServerDrain)drain!).OnStarted(), drain);
        application.ApplicationStopping.Register(static drain => ((ServerDrain)drain!).OnStopping(), drain);
        _signals.Watch();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => drain.RunAsync(cancellationToken);

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => drain.EndAsync(cancellationToken);

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _signals.Dispose();
}
