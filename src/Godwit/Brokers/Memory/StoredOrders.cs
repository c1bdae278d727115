namespace Godwit.Brokers.Memory;

/// <summary>The orders of a memory broker, and who is told of them.</summary>
internal sealed class StoredOrders(Uptime uptime)
{
    /// <summary>The most orders, some hundred octets each.</summary>
    public const int Most = 100_000;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, Stored> _orders = [];
    private readonly Dictionary<string, long> _keys = new(StringComparer.Ordinal);
    private IOrderWatcher[] _watchers = [];
    private long _newest;
    private int _sweepAt = 1024;

    /// <summary>Keeps an order and tells it.</summary>
    public long Add(string? key, ReadOnlyMemory<byte> content, TimeSpan life)
    {
        lock (_lock)
        {
            long now = uptime.Now;
            if (_orders.Count >= _sweepAt)
            {
                Sweep(now);
            }

            long replaced = key is null ? 0 : _keys.GetValueOrDefault(key);
            if (!_orders.Remove(replaced) && _orders.Count >= Most)
            {
                throw new BrokerUnavailableException($"{Most} orders are kept.", Retry) { IsFull = true };
            }

            long number = ++_newest;
            byte[] kept = content.ToArray();
            _orders.Add(number, new Stored(key, kept, Uptime.Later(now, life)));
            if (key is not null)
            {
                _keys[key] = number;
            }

            foreach (IOrderWatcher watcher in _watchers)
            {
                watcher.OnOrder(number, kept);
            }

            return number;
        }
    }

    /// <summary>Tells a watcher what is kept, and all that comes.</summary>
    public IAsyncDisposable Watch(IOrderWatcher watcher)
    {
        lock (_lock)
        {
            Sweep(uptime.Now);
            foreach ((long number, Stored stored) in _orders)
            {
                watcher.OnOrder(number, stored.Content);
            }

            _watchers = [.. _watchers, watcher];
            return new OrderWatch(this, watcher);
        }
    }

    private void End(IOrderWatcher watcher)
    {
        lock (_lock)
        {
            int index = Array.IndexOf(_watchers, watcher);
            if (index >= 0)
            {
                _watchers = [.. _watchers[..index], .. _watchers[(index + 1)..]];
            }
        }
    }

    private void Sweep(long now)
    {
        foreach (long number in _orders.Where(order => order.Value.Ends <= now).Select(static order => order.Key).ToArray())
        {
            if (_orders.Remove(number, out Stored order) && order.Key is { } key)
            {
                _keys.Remove(key);
            }
        }

        _sweepAt = Math.Min(Most, Math.Max(1024, 2 * _orders.Count));
    }

    private readonly record struct Stored(string? Key, byte[] Content, long Ends);

    private sealed class OrderWatch(StoredOrders orders, IOrderWatcher watcher) : IAsyncDisposable
    {
        private int _ended;

        public ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
            {
                orders.End(watcher);
            }

            return ValueTask.CompletedTask;
        }
    }
}
