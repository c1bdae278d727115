using Godwit.Brokers;
using Godwit.Redis;
using Godwit.Rooms;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Keeps Godwit's logs in Redis.</summary>
public static class RedisServiceCollectionExtensions
{
    /// <summary>Keeps logs in Redis instead of in memory, so that many servers share them: <c>services.AddGodwit().UseRedisBroker("localhost:6379")</c>.</summary>
    /// <remarks>
    /// A Redis that cannot be used ends the application's start with a <see cref="RedisStoreException"/>; with <see cref="RedisBrokerOptions.WaitBroker"/>
    /// the application runs, not ready, until it can.
    /// </remarks>
    /// <param name="services">The application's services, to which Godwit was added.</param>
    /// <param name="endpoints">Where the servers answer, separated by commas; see <see cref="RedisBrokerOptions.Endpoints"/>.</param>
    /// <param name="configure">Changes the settings.</param>
    public static IServiceCollection UseRedisBroker(this IServiceCollection services, string endpoints, Action<RedisBrokerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(endpoints);
        var options = new RedisBrokerOptions { Endpoints = endpoints.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) };
        configure?.Invoke(options);
        services.AddSingleton(options);
        services.AddSingleton(static provider => new RedisBroker(
            provider.GetRequiredService<RedisBrokerOptions>(),
            provider.GetRequiredService<RoomPolicies>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<ILogger<RedisBroker>>()));
        services.Replace(ServiceDescriptor.Singleton<IBroker>(static provider => provider.GetRequiredService<RedisBroker>()));
        services.AddSingleton<RedisBrokerStart>();
        services.AddSingleton<IHostedService>(static provider => provider.GetRequiredService<RedisBrokerStart>());
        return services;
    }
}
