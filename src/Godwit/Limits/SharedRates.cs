using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Godwit.Brokers;

namespace Godwit.Limits;

/// <summary>Has rates hold for all servers of a store together.</summary>
/// <remarks>
/// Every server counts by itself, and no request waits for the store. What was spent of a bucket is told to the store some tokens at a
/// time, and the answer, what all have spent, is taken into account: so somebody who goes to many servers at once gets a
/// part of a burst more from each, and pays for it by waiting longer.
/// </remarks>
internal sealed class SharedRates : IAsyncDisposable
{
    /// <summary>Which part of a burst is told together: what a server may spend unnoticed by the others.</summary>
    public const int PartOfBurst = 16;

    private const int Batch = 500;

    // What comes while as many wait is not told: the store is slow, and every server still counts by itself.
    private const int MostWaiting = 16_384;

    private static readonly TimeSpan MostOwed = TimeSpan.FromMinutes(1);

    private readonly IBroker _broker;
    private readonly Channel<Told> _told = Channel.CreateBounded<Told>(new BoundedChannelOptions(MostWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly Task _telling;
    private int _waiting;

    /// <summary>Begins to tell.</summary>
    public SharedRates(IBroker broker)
    {
        _broker = broker;
        _telling = Task.Run(TellAsync);
    }

    /// <summary>How much of what was spent the store has not been told, or has not answered yet.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Makes a table of a rate.</summary>
    /// <param name="shared">Where servers share it; null where this one is alone.</param>
    /// <param name="name">What it is of.</param>
    /// <param name="rate">The rate of each key.</param>
    /// <param name="time">The clock.</param>
    public static RateTable<TKey> Table<TKey>(SharedRates? shared, string name, Rate rate, TimeProvider time)
        where TKey : notnull
    {
        if (shared is null)
        {
            return new RateTable<TKey>(rate, time);
        }

        TimeSpan every = TimeSpan.FromSeconds(1.0 / rate.PerSecond);
        RateTable<TKey>? table = null;
        table = new RateTable<TKey>(
            rate,
            time,
            tellEach: Math.Max(1, rate.Burst / PartOfBurst),
            tell: (key, count) => shared.Tell(new Told(
                new RateSpending($"{name}:{NameOf(key)}", count, every, rate.Burst, MostOwed),
                untilFull => table!.Learn(key, untilFull))));
        return table;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _told.Writer.TryComplete();
        await _telling.ConfigureAwait(false);
    }

    private void Tell(Told told)
    {
        Interlocked.Increment(ref _waiting);
        if (!_told.Writer.TryWrite(told))
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    // Users have names that no store has to know, and of any length.
    private static string NameOf<TKey>(TKey key)
        where TKey : notnull => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key.ToString()!)).AsSpan(0, 16));

    private async Task TellAsync()
    {
        while (await _told.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            var told = new Dictionary<string, Told>(StringComparer.Ordinal);
            int taken = 0;
            while (told.Count < Batch && _told.Reader.TryRead(out Told next))
            {
                taken++;
                told[next.Spent.Bucket] = told.TryGetValue(next.Spent.Bucket, out Told before) ? next.With(before) : next;
            }

            try
            {
                Told[] batch = [.. told.Values];
                IReadOnlyList<TimeSpan> untilFull = await _broker.SpendAsync([.. batch.Select(static one => one.Spent)], CancellationToken.None).ConfigureAwait(false);
                for (int i = 0; i < batch.Length; i++)
                {
                    batch[i].Learn(untilFull[i]);
                }
            }
            catch (Exception)
            {
                // Whatever it was, until the store answers again each server goes by what it spent itself.
            }

            Interlocked.Add(ref _waiting, -taken);
        }
    }

    private readonly record struct Told(RateSpending Spent, Action<TimeSpan> Learn)
    {
        public Told With(Told before) => this with { Spent = Spent with { Count = Spent.Count + before.Spent.Count } };
    }
}
