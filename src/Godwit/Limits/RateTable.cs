using System.Runtime.InteropServices;

namespace Godwit.Limits;

/// <summary>Counts a rate by key. Holds only the keys that were used within the time in which their bucket fills, and never more than a bound.</summary>
/// <remarks>
/// While as many keys as the bound are in use, new ones share some buckets: whoever floods with addresses makes those that
/// come anew be refused sooner, and takes nothing from those that are there.
/// </remarks>
internal sealed class RateTable<TKey>
    where TKey : notnull
{
    /// <summary>The most keys, where nothing else is said: some 10 MiB.</summary>
    public const int DefaultMost = 1 << 18;

    private const int StripeCount = 16;
    private const int SharedBuckets = 64;
    private const int LeastSweep = 256;

    private readonly Pace _pace;
    private readonly TimeProvider _time;
    private readonly Stripe[] _stripes = new Stripe[StripeCount];

    /// <summary>Makes an empty table.</summary>
    /// <param name="rate">The rate of each key.</param>
    /// <param name="time">The clock.</param>
    /// <param name="most">The most keys.</param>
    public RateTable(Rate rate, TimeProvider time, int most = DefaultMost)
    {
        _pace = new Pace(rate, time.TimestampFrequency);
        _time = time;
        for (int i = 0; i < _stripes.Length; i++)
        {
            _stripes[i] = new Stripe(Math.Max(1, most / StripeCount));
        }
    }

    /// <summary>The keys that are held; some may be due to go.</summary>
    public int Count
    {
        get
        {
            int count = 0;
            foreach (Stripe stripe in _stripes)
            {
                lock (stripe)
                {
                    count += stripe.Full.Count;
                }
            }

            return count;
        }
    }

    /// <summary>Takes tokens of a key for what was done already.</summary>
    /// <param name="key">Whose.</param>
    /// <param name="count">How many.</param>
    /// <param name="most">The longest that the next one may have to wait for it.</param>
    public void Charge(TKey key, int count, TimeSpan most)
    {
        long now = _time.GetTimestamp();
        uint hash = (uint)key.GetHashCode();
        Stripe stripe = _stripes[hash % StripeCount];
        lock (stripe)
        {
            _pace.Charge(ref stripe.Bucket(key, hash / StripeCount, now, _time.TimestampFrequency), now, count, (long)(most.TotalSeconds * _time.TimestampFrequency));
        }
    }

    /// <summary>Takes one of a key's tokens.</summary>
    /// <param name="key">Whose.</param>
    /// <param name="wait">When there is one again, if there is none.</param>
    public bool TryTake(TKey key, out TimeSpan wait) => TryTake(key, count: 1, TimeSpan.Zero, out wait);

    /// <summary>Takes tokens of a key, also some that are not there yet.</summary>
    /// <param name="key">Whose.</param>
    /// <param name="count">How many.</param>
    /// <param name="most">The longest wait for which they are taken.</param>
    /// <param name="wait">When they are there.</param>
    public bool TryTake(TKey key, int count, TimeSpan most, out TimeSpan wait)
    {
        long now = _time.GetTimestamp();
        uint hash = (uint)key.GetHashCode();
        Stripe stripe = _stripes[hash % StripeCount];
        bool isTaken;
        long ticks;
        lock (stripe)
        {
            long longest = (long)(most.TotalSeconds * _time.TimestampFrequency);
            isTaken = _pace.TryTake(ref stripe.Bucket(key, hash / StripeCount, now, _time.TimestampFrequency), now, count, longest, out ticks);
        }

        wait = TimeSpan.FromSeconds((double)ticks / _time.TimestampFrequency);
        return isTaken;
    }

    /// <summary>A part of the keys, and its lock.</summary>
    private sealed class Stripe(int most)
    {
        private long[]? _shared;
        private int _sweepAt = Math.Min(LeastSweep, most);
        private long _sweepAfter = long.MinValue;

        public Dictionary<TKey, long> Full { get; } = [];

        public ref long Bucket(TKey key, uint hash, long now, long second)
        {
            if (Full.Count >= _sweepAt && !Full.ContainsKey(key) && !TryMakeRoom(now, second))
            {
                return ref (_shared ??= new long[SharedBuckets])[hash % SharedBuckets];
            }

            return ref CollectionsMarshal.GetValueRefOrAddDefault(Full, key, out _);
        }

        /// <summary>Drops the keys whose bucket is full. Seldom: after as many new ones as were left the last time, and at the bound once a second.</summary>
        private bool TryMakeRoom(long now, long second)
        {
            if (Full.Count >= most && now < _sweepAfter)
            {
                return false;
            }

            foreach ((TKey key, long full) in Full)
            {
                if (full <= now)
                {
                    Full.Remove(key);
                }
            }

            if (Full.Capacity > 4 * Math.Max(Full.Count, LeastSweep))
            {
                Full.TrimExcess(2 * Math.Max(Full.Count, LeastSweep));
            }

            _sweepAfter = now + second;
            _sweepAt = (int)Math.Min(most, Math.Max(LeastSweep, 2L * Full.Count));
            return Full.Count < most;
        }
    }
}
