using Godwit.Administration;
using Godwit.Brokers;
using Godwit.Brokers.Memory;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Endpoints.Administration;

/// <summary>Has the server watch for orders from its start on.</summary>
internal sealed partial class OrderWatch(Orders orders, IBroker broker, IOptions<GodwitHttpOptions> options, ILogger<OrderWatch> logger) : IHostedService
{
    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (broker is MemoryBroker && options.Value.Access.TakesTokens)
        {
            Log.Forgets(logger);
        }

        try
        {
            await orders.WatchAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (BrokerUnavailableException)
        {
            // Whoever shows a credential asks again, and is told that the store is away.
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Tokens are taken, and the store is in memory: a restart forgets what was revoked, and tokens that were are good again until they end. Have tokens hold for a short time, or use a store that outlives the process.", EventName = "RevocationsInMemory")]
        public static partial void Forgets(ILogger logger);
    }
}
