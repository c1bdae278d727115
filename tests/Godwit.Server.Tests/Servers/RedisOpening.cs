using Godwit.Brokers;
using Godwit.Redis;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Tests.Servers;

/// <summary>The start of a server in this process whose logs are in Redis.</summary>
/// <remarks>On a machine that runs many tests at once Redis may be late without being away: such a server waits for it, as one with <c>--wait-broker</c>.</remarks>
internal static class RedisOpening
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    /// <summary>Waits until a server that has started can use Redis; one with another broker can be used at once.</summary>
    public static async Task UntilReadyAsync(IServiceProvider services, CancellationToken cancel)
    {
        if (services.GetRequiredService<IBroker>() is RedisBroker broker)
        {
            for (long began = TimeProvider.System.GetTimestamp(); !broker.IsReady; await Task.Delay(TimeSpan.FromMilliseconds(50), cancel))
            {
                Assert.True(TimeProvider.System.GetElapsedTime(began) < Longest, "Redis could not be used for a minute.");
            }
        }
    }
}
