namespace Godwit.Brokers.Specification;

/// <summary>Orders: every server is told all that are kept and all that come, in one order.</summary>
/// <remarks>Where a broker takes one server only, the second of a test is the first again.</remarks>
public abstract class OrderSpecification : BrokerSpecification
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(1);

    /// <summary>Whether several servers can be connected to one store.</summary>
    protected abstract bool TakesManyServers { get; }

    [Fact]
    public async Task A_watcher_is_told_what_is_kept_before_its_watch_begins_and_what_comes_after()
    {
        (IBroker first, IBrokerStore store) = await StartAsync();
        IBroker second = TakesManyServers ? await store.ConnectAsync() : first;
        byte[] content = [1];
        long number = await first.AddOrderAsync(content, Life, Cancel);
        content[0] = 9;

        var watcher = new Watcher();
        await using IAsyncDisposable watch = await second.WatchOrdersAsync(watcher, Cancel);
        Assert.Equal([(number, 1)], watcher.Told);

        long next = await first.AddOrderAsync(new byte[] { 2 }, Life, Cancel);
        await watcher.ToldAsync(2, Cancel);
        Assert.Equal([(number, 1), (next, 2)], watcher.Told);
        Assert.True(next > number);
    }

    [Fact]
    public async Task An_order_is_kept_for_its_life()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync();
        await broker.AddOrderAsync(new byte[] { 1 }, Life, Cancel);
        await broker.AddOrderAsync(new byte[] { 2 }, 2 * Life, Cancel);
        await store.AdvanceAsync(Life);

        var watcher = new Watcher();
        await using IAsyncDisposable watch = await broker.WatchOrdersAsync(watcher, Cancel);
        Assert.Equal([2], watcher.Told.Select(static told => told.Content));
    }

    [Fact]
    public async Task A_watch_that_has_ended_is_told_nothing()
    {
        (IBroker broker, _) = await StartAsync();
        var ended = new Watcher();
        var going = new Watcher();
        IAsyncDisposable watch = await broker.WatchOrdersAsync(ended, Cancel);
        await using IAsyncDisposable other = await broker.WatchOrdersAsync(going, Cancel);
        await watch.DisposeAsync();

        await broker.AddOrderAsync(new byte[] { 1 }, Life, Cancel);
        await going.ToldAsync(1, Cancel);
        Assert.Empty(ended.Told);
    }

    [Fact]
    public async Task Whoever_watches_while_orders_come_is_told_each_in_order()
    {
        (IBroker broker, _) = await StartAsync();
        Task giving = Task.Run(
            async () =>
            {
                for (int i = 0; i < 200; i++)
                {
                    await broker.AddOrderAsync(new byte[] { (byte)i }, Life, Cancel);
                }
            },
            Cancel);
        Watcher[] watchers = [.. Enumerable.Range(0, 20).Select(static _ => new Watcher())];
        foreach (Watcher watcher in watchers)
        {
            await broker.WatchOrdersAsync(watcher, Cancel);
        }

        await giving;
        foreach (Watcher watcher in watchers)
        {
            await watcher.ToldAsync(200, Cancel);
            Assert.Equal(Enumerable.Range(0, 200), watcher.Told.Select(static told => told.Content));
        }
    }

    private sealed class Watcher : IOrderWatcher
    {
        private readonly Lock _lock = new();
        private readonly List<(long Number, int Content)> _told = [];
        private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];

        public (long Number, int Content)[] Told
        {
            get
            {
                lock (_lock)
                {
                    return [.. _told];
                }
            }
        }

        public void OnOrder(long number, ReadOnlyMemory<byte> content)
        {
            lock (_lock)
            {
                _told.Add((number, content.Span[0]));
                foreach ((int count, TaskCompletionSource reached) in _waiting)
                {
                    if (_told.Count >= count)
                    {
                        reached.TrySetResult();
                    }
                }
            }
        }

        public Task ToldAsync(int count, CancellationToken cancel)
        {
            lock (_lock)
            {
                var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.Add((count, reached));
                if (_told.Count >= count)
                {
                    reached.TrySetResult();
                }

                return reached.Task.WaitAsync(cancel);
            }
        }
    }
}
