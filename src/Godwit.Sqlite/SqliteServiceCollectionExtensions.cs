using Godwit.Brokers;
using Godwit.Rooms;
using Godwit.Sqlite;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Keeps Godwit's logs on the disk.</summary>
public static class SqliteServiceCollectionExtensions
{
    /// <summary>Keeps logs in a directory on the disk instead of in memory: <c>services.AddGodwit().UseSqliteBroker("data")</c>.</summary>
    /// <remarks>
    /// A directory that cannot be used ends the application's start with a <see cref="SqliteStoreException"/>. While another process holds it the
    /// application runs, not ready, for up to <see cref="SqliteBrokerOptions.WaitLock"/>, and is then stopped.
    /// </remarks>
    /// <param name="services">The application's services, to which Godwit was added.</param>
    /// <param name="directory">The directory, on a local disk; it is made where it is not there.</param>
    /// <param name="configure">Changes the settings.</param>
    public static IServiceCollection UseSqliteBroker(this IServiceCollection services, string directory, Action<SqliteBrokerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(directory);
        var options = new SqliteBrokerOptions { Directory = directory };
        configure?.Invoke(options);
        services.AddSingleton(options);
        services.AddSingleton(static provider => new SqliteBroker(
            provider.GetRequiredService<SqliteBrokerOptions>(),
            provider.GetRequiredService<RoomPolicies>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<ILogger<SqliteBroker>>()));
        services.Replace(ServiceDescriptor.Singleton<IBroker>(static provider => provider.GetRequiredService<SqliteBroker>()));
        services.AddSingleton<SqliteBrokerStart>();
        services.AddSingleton<IHostedService>(static provider => provider.GetRequiredService<SqliteBrokerStart>());
        return services;
    }
}
