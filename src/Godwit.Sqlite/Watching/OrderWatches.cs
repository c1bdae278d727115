using Godwit.Brokers;

namespace Godwit.Sqlite.Watching;

/// <summary>Who is told of orders, each once and in the order of their numbers.</summary>
internal sealed class OrderWatches
{
    private readonly Lock _lock = new();
    private readonly List<Watch> _watches = [];

    /// <summary>Tells of an order that was stored.</summary>
    public void Tell(long number, byte[] content)
    {
        lock (_lock)
        {
            foreach (Watch watch in _watches.ToArray())
            {
                watch.Tell(number, content);
            }
        }
    }

    /// <summary>Tells what is stored, and begins a watch.</summary>
    public IAsyncDisposable Add(IOrderWatcher watcher, Func<List<(long Number, byte[] Content)>> read)
    {
        lock (_lock)
        {
            var watch = new Watch(this, watcher);
            foreach ((long number, byte[] content) in read())
            {
                watch.Tell(number, content);
            }

            _watches.Add(watch);
            return watch;
        }
    }

    private sealed class Watch(OrderWatches watches, IOrderWatcher watcher) : IAsyncDisposable
    {
        private long _told;
        private bool _hasEnded;

        public void Tell(long number, byte[] content)
        {
            if (number > _told && !_hasEnded)
            {
                _told = number;
                watcher.OnOrder(number, content);
            }
        }

        public ValueTask DisposeAsync()
        {
            lock (watches._lock)
            {
                _hasEnded = true;
                watches._watches.Remove(this);
            }

            return ValueTask.CompletedTask;
        }
    }
}
