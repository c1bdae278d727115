using Microsoft.Extensions.Hosting;

namespace Godwit.AspNetCore;

/// <summary>Lets the engine go when the application stops: held polls are answered and streams told, so that nothing keeps the server waiting.</summary>
internal sealed class EngineLifetime(GodwitEngine engine, IHostApplicationLifetime application) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        application.ApplicationStopping.Register(static state => ((GodwitEngine)state!).Stop(), engine);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
