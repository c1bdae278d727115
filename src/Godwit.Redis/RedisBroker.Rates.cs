using Godwit.Brokers;

namespace Godwit.Redis;

/// <summary>Rates that hold for all servers.</summary>
public sealed partial class RedisBroker
{
    /// <inheritdoc/>
    public bool HasManyServers => true;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TimeSpan>> SpendAsync(IReadOnlyList<RateSpending> spent, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(spent);
        return Redis.Shared.Rates.SpendAsync(spent, cancel);
    }
}
