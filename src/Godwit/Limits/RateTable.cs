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
    private readonly int _tellEach;
    private readonly Action<TKey, int>? _tell;

    /// <summary>Makes an empty table.</summary>
    /// <param name="rate">The rate of each key.</param>
    /// <param name="time">The clock.</param>
    /// <param name="most">The most keys.</param>
    /// <param name="tellEach">How many tokens of a key are told together, where what is spent is told.</param>
    /// <param name="tell">Is told what was spent of a key since it was told last; any thread.</param>
    public RateTable(Rate rate, TimeProvider time, int most = DefaultMost, int tellEach = int.MaxValue, Action<TKey, int>? tell = null)
    {
        _pace = new Pace(rate, time.TimestampFrequency);
        _time = time;
        _tellEach = tellEach;
        _tell = tell;
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
                    count += stripe.Buckets.Count;
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
        int told;
        lock (stripe)
        {
            ref Bucket bucket = ref stripe.Find(key, hash / StripeCount, now, _time.TimestampFrequency);
            _pace.Charge(ref bucket.Full, now, count, (long)(most.TotalSeconds * _time.TimestampFrequency));
            told = Spend(ref bucket, count);
        }

        Tell(key, told);
    }

    /// <summary>Takes into account what was spent of a key elsewhere as well.</summary>
    /// <param name="key">Of which.</param>
    /// <param name="untilFull">How long its bucket takes from now to be full again, by all that was told of it.</param>
    public void Learn(TKey key, TimeSpan untilFull)
    {
        long now = _time.GetTimestamp();
        uint hash = (uint)key.GetHashCode();
        Stripe stripe = _stripes[hash % StripeCount];
        lock (stripe)
        {
            ref Bucket bucket = ref stripe.Find(key, hash / StripeCount, now, _time.TimestampFrequency);
            if (!bucket.IsShared)
            {
                _pace.Learn(ref bucket.Full, now, (long)(untilFull.TotalSeconds * _time.TimestampFrequency), bucket.Spent);
            }
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
        int told = 0;
        lock (stripe)
        {
            long longest = (long)(most.TotalSeconds * _time.TimestampFrequency);
            ref Bucket bucket = ref stripe.Find(key, hash / StripeCount, now, _time.TimestampFrequency);
            isTaken = _pace.TryTake(ref bucket.Full, now, count, longest, out ticks);
            if (isTaken)
            {
                told = Spend(ref bucket, count);
            }
        }

        Tell(key, told);
        wait = TimeSpan.FromSeconds((double)ticks / _time.TimestampFrequency);
        return isTaken;
    }

    /// <summary>Notes what was spent, and gives what is to be told of it.</summary>
    private int Spend(ref Bucket bucket, int count)
    {
        // What keys that share a bucket have spent is nobody's.
        if (_tell is null || bucket.IsShared)
        {
            return 0;
        }

        bucket.Spent += count;
        if (bucket.Spent < _tellEach)
        {
            return 0;
        }

        int told = bucket.Spent;
        bucket.Spent = 0;
        return told;
    }

    private void Tell(TKey key, int spent)
    {
        if (spent > 0)
        {
            _tell!(key, spent);
        }
    }

    private struct Bucket
    {
        /// <summary>When it is full.</summary>
        public long Full;

        /// <summary>What was spent and not told yet.</summary>
        public int Spent;

        /// <summary>Whether it is of several keys.</summary>
        public bool IsShared;
    }

    /// <summary>A part of the keys, and its lock.</summary>
    private sealed class Stripe(int most)
    {
        private Bucket[]? _shared;
        private int _sweepAt = Math.Min(LeastSweep, most);
        private long _sweepAfter = long.MinValue;

        public Dictionary<TKey, Bucket> Buckets { get; } = [];

        public ref Bucket Find(TKey key, uint hash, long now, long second)
        {
            if (Buckets.Count >= _sweepAt && !Buckets.ContainsKey(key) && !TryMakeRoom(now, second))
            {
                ref Bucket shared = ref (_shared ??= new Bucket[SharedBuckets])[hash % SharedBuckets];
                shared.IsShared = true;
                return ref shared;
            }

            return ref CollectionsMarshal.GetValueRefOrAddDefault(Buckets, key, out _);
        }

        /// <summary>Drops the keys whose bucket is full. Seldom: after as many new ones as were left the last time, and at the bound once a second.</summary>
        private bool TryMakeRoom(long now, long second)
        {
            if (Buckets.Count >= most && now < _sweepAfter)
            {
                return false;
            }

            foreach ((TKey key, Bucket bucket) in Buckets)
            {
                if (bucket.Full <= now)
                {
                    Buckets.Remove(key);
                }
            }

            if (Buckets.Capacity > 4 * Math.Max(Buckets.Count, LeastSweep))
            {
                Buckets.TrimExcess(2 * Math.Max(Buckets.Count, LeastSweep));
            }

            _sweepAfter = now + second;
            _sweepAt = (int)Math.Min(most, Math.Max(LeastSweep, 2L * Buckets.Count));
            return Buckets.Count < most;
        }
    }
}
