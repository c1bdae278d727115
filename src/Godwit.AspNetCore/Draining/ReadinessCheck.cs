using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Godwit.AspNetCore.Draining;

/// <summary>Whether new clients may be sent to this server, as a health check of ASP.NET Core.</summary>
internal sealed class ReadinessCheck(ServerDrain drain) : IHealthCheck
{
    /// <summary>The name of the check.</summary>
    public const string Name = "godwit";

    /// <summary>Its tag, for applications that tell readiness from liveness.</summary>
    public const string Tag = "ready";

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(drain.Phase switch
        {
            ServerPhase.Ready => HealthCheckResult.Healthy(),
            ServerPhase.Starting => new HealthCheckResult(context.Registration.FailureStatus, "The server is starting."),
            _ => new HealthCheckResult(context.Registration.FailureStatus, "The server is stopping."),
        });
}
