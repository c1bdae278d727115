using Godwit.Administration;
using Godwit.Brokers;
using Microsoft.Extensions.Hosting;

namespace Godwit.AspNetCore.Endpoints.Administration;

/// <summary>Has the server watch for orders from its start on.</summary>
internal sealed class OrderWatch(Orders orders) : IHostedService
{
    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
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
}
