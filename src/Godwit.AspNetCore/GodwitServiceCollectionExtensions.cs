using Godwit;
using Godwit.AspNetCore;
using Godwit.AspNetCore.Endpoints;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds Godwit to an application.</summary>
public static class GodwitServiceCollectionExtensions
{
    /// <summary>Adds the rooms of this server, with logs in memory.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="engine">Changes the engine's settings.</param>
    /// <param name="http">Changes the settings of the HTTP endpoints.</param>
    public static IServiceCollection AddGodwit(this IServiceCollection services, Action<GodwitOptions>? engine = null, Action<GodwitHttpOptions>? http = null)
    {
        services.AddOptions<GodwitOptions>().Configure(options => engine?.Invoke(options));
        services.AddOptions<GodwitHttpOptions>().Configure(options => http?.Invoke(options));
        services.AddEndpoints();
        return services;
    }
}
