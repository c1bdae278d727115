using System.Globalization;
using Godwit.Brokers;
using Godwit.Redis.Connecting;
using StackExchange.Redis;

namespace Godwit.Redis.Coordination;

/// <summary>The rates that servers share: each bucket is one number, the time at which it is full, in a slot of its own.</summary>
internal sealed class StoredRates(RedisConnection connection)
{
    private static readonly RedisScript Spending = RedisScript.Load("rate-spend");

    /// <summary>Adds what was spent, each bucket by a script, and all of them at once.</summary>
    public async ValueTask<IReadOnlyList<TimeSpan>> SpendAsync(IReadOnlyList<RateSpending> spent, CancellationToken cancel) =>
        await Task.WhenAll(spent.Select(each => SpendAsync(each, cancel))).ConfigureAwait(false);

    private async Task<TimeSpan> SpendAsync(RateSpending spent, CancellationToken cancel)
    {
        RedisKey[] names = [connection.Keys.Shared($"rate-{spent.Bucket}", "full")];
        RedisValue[] arguments = [spent.Count, Microseconds(spent.Every), spent.Depth, Microseconds(spent.MostOwed)];
        return TimeSpan.FromMicroseconds((long)await connection.EvaluateAsync(Spending, names, arguments, cancel).ConfigureAwait(false));
    }

    private static string Microseconds(TimeSpan span) => span.TotalMicroseconds.ToString("0.#", CultureInfo.InvariantCulture);
}
