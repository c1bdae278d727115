using System.Buffers.Text;
using Godwit.Brokers;
using Godwit.Redis.Connecting;
using Microsoft.Extensions.Logging;

namespace Godwit.Redis.Coordination;

/// <summary>Who is told of orders at this server, each once and in the order of their numbers.</summary>
/// <remarks>
/// A notification names the number before its own, so that a watch that was not told that one reads what it lacks. And the
/// store is asked twice a second whatever it tells: an order is carried out within a second even if every notification is lost.
/// </remarks>
internal sealed partial class OrderWatches : IChannelListener, IAsyncDisposable
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(500);

    private readonly StoredOrders _orders;
    private readonly RedisConnection _connection;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly Lock _lock = new();
    private readonly List<Watch> _watches = [];
    private IAsyncDisposable? _subscription;
    private ITimer? _timer;
    private long _known;
    private int _isAsked;
    private volatile bool _isDisposed;

    /// <summary>Begins without any.</summary>
    public OrderWatches(StoredOrders orders, RedisConnection connection, TimeProvider time, ILogger log)
    {
        _orders = orders;
        _connection = connection;
        _time = time;
        _log = log;
    }

    /// <summary>The highest number that was told here.</summary>
    public long Known => Volatile.Read(ref _known);

    /// <summary>Begins a watch, and tells it what is kept.</summary>
    /// <exception cref="BrokerUnavailableException">The store did not answer.</exception>
    public async ValueTask<IAsyncDisposable> AddAsync(IOrderWatcher watcher, CancellationToken cancel)
    {
        var watch = new Watch(this, watcher);
        lock (_lock)
        {
            _watches.Add(watch);
        }

        try
        {
            await ReadAsync(mustBegin: true).WaitAsync(cancel).ConfigureAwait(false);
            return watch;
        }
        catch
        {
            await watch.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Asks the store.</summary>
    public Task CatchUpAsync() => _subscription is null ? Task.CompletedTask : ReadAsync(mustBegin: false);

    /// <inheritdoc/>
    public void OnMessage(ReadOnlyMemory<byte> message)
    {
        ReadOnlySpan<byte> text = message.Span;
        if (!TryReadNumber(ref text, out long before) || !TryReadNumber(ref text, out long number))
        {
            // Somebody else's: what it may have taken the place of is read.
            Ask();
            return;
        }

        bool isMissing = false;
        byte[] content = text.ToArray();
        lock (_lock)
        {
            foreach (Watch watch in _watches.ToArray())
            {
                if (watch.Told >= before)
                {
                    watch.Tell(number, content);
                }
                else
                {
                    isMissing = true;
                }
            }
        }

        if (isMissing)
        {
            Ask();
        }
    }

    /// <inheritdoc/>
    public void OnResubscribed() => Ask();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        // Without waiting for a reading, which a store that hangs would hold up.
        _isDisposed = true;
        return EndAsync();
    }

    private async ValueTask EndAsync()
    {
        if (_timer is { } timer)
        {
            await timer.DisposeAsync().ConfigureAwait(false);
        }

        if (_subscription is { } subscription)
        {
            await subscription.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Reads soon what watches lack.</summary>
    private void Ask()
    {
        if (Interlocked.Exchange(ref _isAsked, 1) == 0)
        {
            _ = AskAsync();
        }
    }

    private async Task AskAsync()
    {
        try
        {
            await ReadAsync(mustBegin: false).ConfigureAwait(false);
        }
        catch (BrokerUnavailableException)
        {
            // Asked again by the timer.
        }
        catch (ObjectDisposedException)
        {
            // So is the broker.
        }
        catch (Exception failure)
        {
            Log.Failed(_log, failure);
        }
    }

    private async Task ReadAsync(bool mustBegin)
    {
        await _reading.WaitAsync().ConfigureAwait(false);
        try
        {
            // Whoever asks from here on finds something that this reading may not.
            Volatile.Write(ref _isAsked, 0);
            if (mustBegin && _subscription is null)
            {
                _subscription = await _connection.SubscribeAsync(_orders.Channel, this).ConfigureAwait(false);
                _timer = _time.CreateTimer(static state => ((OrderWatches)state!).Ask(), this, AskEvery, AskEvery);
                if (_isDisposed)
                {
                    await EndAsync().ConfigureAwait(false);
                }
            }

            OrderPage page;
            do
            {
                long known = Known;
                long after = ToldToAll();
                page = await _orders.ReadAsync(after, known).ConfigureAwait(false);
                if (page.Newest < known)
                {
                    Log.Lost(_log);
                }

                Tell(after, page);
            }
            while (page.UpTo < page.Newest);
        }
        finally
        {
            _reading.Release();
        }
    }

    private long ToldToAll()
    {
        lock (_lock)
        {
            return _watches.Count == 0 ? _known : _watches.Min(static watch => watch.Told);
        }
    }

    private void Tell(long after, OrderPage page)
    {
        lock (_lock)
        {
            // One that has begun meanwhile lacks more than the page has.
            foreach (Watch watch in _watches.Where(watch => watch.Told >= after).ToArray())
            {
                foreach ((long number, byte[] content) in page.Orders)
                {
                    watch.Tell(number, content);
                }

                watch.HasReadTo(page.UpTo);
            }

            _known = Math.Max(_known, page.UpTo);
        }
    }

    private static bool TryReadNumber(ref ReadOnlySpan<byte> text, out long number)
    {
        if (!Utf8Parser.TryParse(text, out number, out int length) || length == text.Length)
        {
            return false;
        }

        text = text[(length + 1)..];
        return true;
    }

    private sealed class Watch(OrderWatches watches, IOrderWatcher watcher) : IAsyncDisposable
    {
        private bool _hasEnded;

        /// <summary>Whatever is kept up to this number was told.</summary>
        public long Told { get; private set; }

        public void Tell(long number, byte[] content)
        {
            if (number > Told && !_hasEnded)
            {
                HasReadTo(number);
                watcher.OnOrder(number, content);
            }
        }

        public void HasReadTo(long number)
        {
            Told = Math.Max(Told, number);
            watches._known = Math.Max(watches._known, number);
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

    private static partial class Log
    {
        [LoggerMessage(70, LogLevel.Error, "The store has lost orders that were given: revocations among them do not hold for servers that start from now on. Give them again.", EventName = "OrdersLost")]
        public static partial void Lost(ILogger logger);

        [LoggerMessage(71, LogLevel.Error, "Reading the orders of administrators failed; it is tried again.", EventName = "OrdersNotRead")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
