using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Draining;

/// <summary>The services of readiness and of leaving.</summary>
internal static class DrainServices
{
    /// <summary>Adds them; again it adds nothing.</summary>
    public static void AddDrain(this IServiceCollection services)
    {
        services.TryAddSingleton<OpenConnections>();
        services.TryAddSingleton<ServerDrain>();
        services.AddHostedService<DrainLifetime>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<HostOptions>, ShutdownLimit>());
        services.AddHealthChecks();
        services.Configure<HealthCheckServiceOptions>(static checks =>
        {
            if (checks.Registrations.All(static check => check.Name != ReadinessCheck.Name))
            {
                checks.Registrations.Add(new HealthCheckRegistration(
                    ReadinessCheck.Name,
                    static provider => new ReadinessCheck(provider.GetRequiredService<ServerDrain>()),
                    HealthStatus.Unhealthy,
                    [ReadinessCheck.Tag]));
            }
        });
    }
}
