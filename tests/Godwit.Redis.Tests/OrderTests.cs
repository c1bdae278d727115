using Godwit.Brokers;
using Godwit.Redis.Connecting;

namespace Godwit.Redis.Tests;

/// <summary>Orders between servers: whatever is lost on the way, each is told once, in one order.</summary>
public sealed class OrderTests(RedisClock clock) : SharedRedis, IClassFixture<RedisClock>, IAsyncLifetime
{
    private static readonly DateTimeOffset Begin = new(2001, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    private RedisServerProcess Redis => clock.Server;

    public async ValueTask InitializeAsync()
    {
        clock.Set(Begin);
        await Redis.CommandAsync("FLUSHALL");
    }

    [Fact]
    public async Task Orders_that_two_servers_give_at_once_are_told_at_both_in_one_order()
    {
        RedisBroker first = await ConnectAsync(Redis), second = await ConnectAsync(Redis);
        var here = new OrderRecorder();
        var there = new OrderRecorder();
        await using IAsyncDisposable watch = await first.WatchOrdersAsync(here, Cancel);
        await using IAsyncDisposable other = await second.WatchOrdersAsync(there, Cancel);
        long[][] numbers = await Task.WhenAll(new[] { first, second }.Select((broker, server) => Task.Run(async () =>
        {
            var given = new List<long>();
            for (int i = 0; i < 200; i++)
            {
                given.Add(await GiveAsync(broker, i, key: i % 3 == 0 ? $"key {i % 5}" : null));
            }

            return given.ToArray();
        })));

        await here.ReachesAsync(400);
        await there.ReachesAsync(400);
        Assert.Equal(here.Told, there.Told);
        Assert.Equal(numbers.SelectMany(static given => given).Order(), here.Told.Select(static told => told.Number));
        Assert.All(numbers, static given => Assert.Equal(given.Order(), given));
    }

    [Fact]
    public async Task An_order_of_which_nobody_was_notified_is_told_all_the_same()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        var watcher = new OrderRecorder();
        await using IAsyncDisposable watch = await broker.WatchOrdersAsync(watcher, Cancel);
        await GiveSilentlyAsync(broker, 1);
        await watcher.ReachesAsync(1);
        Assert.Equal([1], watcher.Contents);
    }

    [Fact]
    public async Task An_order_is_not_told_before_one_that_was_lost()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        for (int round = 0; round < 20; round++)
        {
            var watcher = new OrderRecorder();
            await using IAsyncDisposable watch = await broker.WatchOrdersAsync(watcher, Cancel);
            int kept = watcher.Told.Length;
            await GiveSilentlyAsync(broker, 1);
            await GiveAsync(broker, 2);
            await watcher.ReachesAsync(kept + 2);
            Assert.Equal([1, 2], watcher.Contents[kept..]);
        }
    }

    [Fact]
    public async Task Orders_are_told_once_each_while_the_connections_that_tell_them_are_cut()
    {
        RedisBroker first = await ConnectAsync(Redis), second = await ConnectAsync(Redis);
        var watcher = new OrderRecorder();
        await using IAsyncDisposable watch = await second.WatchOrdersAsync(watcher, Cancel);
        for (int i = 0; i < 300; i++)
        {
            if (i % 50 == 10)
            {
                await Redis.CommandAsync("CLIENT", "KILL", "TYPE", "pubsub");
            }

            await GiveAsync(first, i);
        }

        await watcher.ReachesAsync(300);
        Assert.Equal(Enumerable.Range(0, 300), watcher.Contents);
    }

    [Fact]
    public async Task Numbers_rise_although_the_store_has_lost_them_and_its_clock_has_fallen()
    {
        RedisBroker first = await ConnectAsync(Redis), second = await ConnectAsync(Redis);
        var watcher = new OrderRecorder();
        await using IAsyncDisposable watch = await first.WatchOrdersAsync(watcher, Cancel);
        long before = await GiveAsync(second, 1);
        await watcher.ReachesAsync(1);

        await Redis.CommandAsync("FLUSHALL");
        clock.Set(Begin - TimeSpan.FromHours(1));
        long after = await GiveAsync(first, 2);
        Assert.True(after > before, $"{after} is not above {before}.");

        // Who was told nothing gives one behind those of others too, as soon as one of them has asked.
        await Redis.CommandAsync("FLUSHALL");
        await UntilAsync(async () => (await Redis.CommandAsync("EXISTS", "godwit:{!orders}:newest")).StartsWith(":1", StringComparison.Ordinal));
        long last = await GiveAsync(second, 3);
        Assert.True(last > after, $"{last} is not above {after}.");
        await watcher.ReachesAsync(3);
        Assert.Equal([1, 2, 3], watcher.Contents);
    }

    [Fact]
    public async Task An_order_right_after_a_loss_is_told_though_whoever_gives_it_knows_no_number()
    {
        RedisBroker first = await ConnectAsync(Redis), second = await ConnectAsync(Redis);
        var watcher = new OrderRecorder();
        await using IAsyncDisposable watch = await first.WatchOrdersAsync(watcher, Cancel);
        for (int i = 0; i < 10; i++)
        {
            await GiveAsync(second, i);
            await watcher.ReachesAsync(i + 1);
            clock.Set(Begin + TimeSpan.FromMilliseconds(i + 1));
            await Redis.CommandAsync("FLUSHALL");
        }

        Assert.Equal(Enumerable.Range(0, 10), watcher.Contents);
    }

    [Fact]
    public async Task Orders_go_on_after_a_store_that_has_lost_all_of_them_starts_again()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync();
        RedisBroker first = await ConnectAsync(redis), second = await ConnectAsync(redis);
        var watcher = new OrderRecorder();
        await using IAsyncDisposable watch = await second.WatchOrdersAsync(watcher, Cancel);
        await GiveAsync(first, 1);
        await watcher.ReachesAsync(1);

        await redis.KillAsync();
        await redis.StartAgainAsync();
        await AnswersAsync(first);
        await GiveAsync(first, 2);
        await watcher.ReachesAsync(2);
        Assert.Equal([1, 2], watcher.Contents);

        // Whoever begins now is told what the store has: the first is lost.
        var late = new OrderRecorder();
        await AnswersAsync(second);
        await using IAsyncDisposable other = await second.WatchOrdersAsync(late, Cancel);
        Assert.Equal([2], late.Contents);
    }

    [Fact]
    public async Task What_was_missed_while_the_store_hung_is_told_when_it_goes_on()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync();
        RedisBroker first = await ConnectAsync(redis), second = await ConnectAsync(redis);
        var watcher = new OrderRecorder();
        await using IAsyncDisposable watch = await second.WatchOrdersAsync(watcher, Cancel);
        redis.Suspend();
        await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await GiveAsync(first, 1));
        redis.Resume();
        await AnswersAsync(first);
        await GiveAsync(first, 2);

        // The first may have been given: nobody knows before the store goes on.
        await UntilAsync(() => Task.FromResult(watcher.Contents.Contains(2)));
        Assert.Equal(watcher.Told.OrderBy(static told => told.Number), watcher.Told);
    }

    [Fact]
    public async Task More_orders_than_one_answer_has_are_told_in_order_without_those_that_are_over()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        for (int i = 0; i < 700; i++)
        {
            await broker.AddOrderAsync(null, BitConverter.GetBytes(i), i is > 200 and < 500 ? TimeSpan.FromSeconds(1) : Life, Cancel);
        }

        clock.Set(Begin + TimeSpan.FromSeconds(1));
        var watcher = new OrderRecorder();
        await using IAsyncDisposable watch = await broker.WatchOrdersAsync(watcher, Cancel);
        Assert.Equal([.. Enumerable.Range(0, 201), .. Enumerable.Range(500, 200)], watcher.Contents);
    }

    [Fact]
    public async Task No_more_orders_are_kept_than_may_be_and_one_that_takes_a_place_needs_none()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        var orders = new Coordination.StoredOrders(broker.Connection) { Most = 3 };
        await orders.AddAsync("a", new byte[4], Life, 0, Cancel);
        await orders.AddAsync(null, new byte[4], Life / 2, 0, Cancel);
        await orders.AddAsync(null, new byte[4], Life, 0, Cancel);

        Assert.True((await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await orders.AddAsync("b", new byte[4], Life, 0, Cancel))).IsFull);
        await orders.AddAsync("a", new byte[4], Life, 0, Cancel);
        Assert.True((await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await orders.AddAsync(null, new byte[4], Life, 0, Cancel))).IsFull);

        clock.Set(Begin + (Life / 2));
        await orders.AddAsync("b", new byte[4], Life, 0, Cancel);
    }

    [Fact]
    public async Task A_store_that_has_lost_orders_is_said_to_have_and_one_in_which_they_are_over_is_not()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        await using IAsyncDisposable watch = await broker.WatchOrdersAsync(new OrderRecorder(), Cancel);
        await broker.AddOrderAsync(null, new byte[4], TimeSpan.FromSeconds(1), Cancel);
        for (int i = 1; i <= 6; i++)
        {
            await broker.CatchUpAsync();
            clock.Set(Begin + TimeSpan.FromMinutes(40 * i));
        }

        await broker.CatchUpAsync();
        Assert.DoesNotContain(Log.Lines, static line => line.Contains("OrdersLost", StringComparison.Ordinal));
        await Redis.CommandAsync("FLUSHALL");
        await broker.CatchUpAsync();
        Assert.Contains(Log.Lines, static line => line.Contains("OrdersLost", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_somebody_else_publishes_is_passed_over()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        var watcher = new OrderRecorder();
        await using IAsyncDisposable watch = await broker.WatchOrdersAsync(watcher, Cancel);
        foreach (string message in new[] { "", "foreign", "1", "1 x\n" })
        {
            await Redis.CommandAsync("PUBLISH", "godwit:{!orders}:told", message);
        }

        await GiveAsync(broker, 1);
        await watcher.ReachesAsync(1);
        Assert.Equal([1], watcher.Contents);
    }

    [Fact]
    public async Task Nothing_of_orders_is_kept_for_ever()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        await GiveAsync(broker, 1, "a");
        await GiveAsync(broker, 2, "a");
        await broker.AddOrderAsync("b", new byte[4], TimeSpan.FromSeconds(1), Cancel);
        await broker.WatchOrdersAsync(new OrderRecorder(), Cancel);
        Assert.Equal(["godwit:layout"], await LastingKeysAsync(Redis), StringComparer.Ordinal);

        clock.Set(Begin + Life + TimeSpan.FromHours(1));
        await GiveAsync(broker, 3);
        clock.Set(Begin + (2 * Life) + TimeSpan.FromHours(2) + TimeSpan.FromSeconds(1));
        Assert.Equal("*0\r\n", await Redis.CommandAsync("KEYS", "*orders*"));
    }

    private static async Task<long> GiveAsync(IBroker broker, int content, string? key = null) => await broker.AddOrderAsync(key, BitConverter.GetBytes(content), Life, Cancel);

    private static Task GiveSilentlyAsync(RedisBroker broker, int content) => RunSilentlyAsync(
        broker,
        RedisScript.Load("order-add"),
        ["godwit:{!orders}:log", "godwit:{!orders}:ends", "godwit:{!orders}:keys", "godwit:{!orders}:newest"],
        "", BitConverter.GetBytes(content), 60_000, 100, 0, 60_000, "PUBLISH", "nobody");
}
