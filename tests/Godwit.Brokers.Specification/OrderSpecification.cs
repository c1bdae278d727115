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
        long number = await first.AddOrderAsync(null, content, Life, Cancel);
        content[0] = 9;

        var watcher = new Watcher();
        await using IAsyncDisposable watch = await second.WatchOrdersAsync(watcher, Cancel);
        Assert.Equal([(number, 1)], watcher.Told);

        long next = await first.AddOrderAsync(null, new byte[] { 2 }, Life, Cancel);
        await watcher.ToldAsync(2, Cancel);
        Assert.Equal([(number, 1), (next, 2)], watcher.Told);
        Assert.True(next > number);
    }

    [Fact]
    public async Task An_order_is_kept_for_its_life()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync();
        await broker.AddOrderAsync(null, new byte[] { 1 }, Life, Cancel);
        await broker.AddOrderAsync(null, new byte[] { 2 }, 2 * Life, Cancel);
        await store.AdvanceAsync(Life);

        var watcher = new Watcher();
        await using IAsyncDisposable watch = await broker.WatchOrdersAsync(watcher, Cancel);
        Assert.Equal([2], watcher.Told.Select(static told => told.Content));
    }

    [Fact]
    public async Task An_order_takes_the_place_of_the_one_before_it_of_the_same_key_and_of_no_other()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync();
        var early = new Watcher();
        await using IAsyncDisposable watch = await broker.WatchOrdersAsync(early, Cancel);
        await broker.AddOrderAsync("a", new byte[] { 1 }, 2 * Life, Cancel);
        await broker.AddOrderAsync("b", new byte[] { 2 }, Life, Cancel);
        await broker.AddOrderAsync(null, new byte[] { 3 }, Life, Cancel);
        await broker.AddOrderAsync(null, new byte[] { 4 }, Life, Cancel);
        await broker.AddOrderAsync("a", new byte[] { 5 }, Life, Cancel);
        await early.ToldAsync(5, Cancel);
        Assert.Equal([1, 2, 3, 4, 5], early.Told.Select(static told => told.Content));

        var late = new Watcher();
        await using IAsyncDisposable other = await broker.WatchOrdersAsync(late, Cancel);
        Assert.Equal([2, 3, 4, 5], late.Told.Select(static told => told.Content));

        // It lives as long as it was given, not as long as the one that it took the place of; and its key is free again.
        await store.AdvanceAsync(Life);
        await broker.AddOrderAsync("a", new byte[] { 6 }, Life, Cancel);
        var last = new Watcher();
        await using IAsyncDisposable third = await broker.WatchOrdersAsync(last, Cancel);
        Assert.Equal([6], last.Told.Select(static told => told.Content));
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

        await broker.AddOrderAsync(null, new byte[] { 1 }, Life, Cancel);
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
                    await broker.AddOrderAsync(null, new byte[] { (byte)i }, Life, Cancel);
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
