using Godwit.Brokers;
using Godwit.Redis.Coordination;

namespace Godwit.Redis.Tests;

/// <summary>How many tickets are kept.</summary>
public sealed class TicketTests(RedisClock clock) : SharedRedis, IClassFixture<RedisClock>, IAsyncLifetime
{
    private static readonly DateTimeOffset Begin = new(2001, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(30);

    // Of one share.
    private static readonly string[] Ids = [.. Enumerable.Range(0, 10_000).Select(static i => $"ticket {i}").Where(static id => StoredTickets.ShareOf(id) == 3)];

    private RedisServerProcess Redis => clock.Server;

    public async ValueTask InitializeAsync()
    {
        clock.Set(Begin);
        await Redis.CommandAsync("FLUSHALL");
    }

    [Fact]
    public async Task No_more_are_kept_than_may_be_and_one_that_is_taken_or_over_gives_its_place_back()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        var tickets = new StoredTickets(broker.Connection) { MostOfShare = 100 };
        for (int i = 0; i < 100; i++)
        {
            await tickets.AddAsync(Ids[i], new byte[10], i < 80 ? Life : 2 * Life, Cancel);
        }

        await AssertFullAsync(tickets, 10);
        Assert.NotNull(await tickets.TakeAsync(Ids[99], Cancel));
        Assert.Null(await tickets.TakeAsync(Ids[99], Cancel));
        await tickets.AddAsync(Ids[100], new byte[10], 2 * Life, Cancel);
        await AssertFullAsync(tickets, 10);

        clock.Set(Begin + Life);
        for (int i = 0; i < 80; i++)
        {
            await tickets.AddAsync(Ids[101 + i], new byte[10], Life, Cancel);
        }

        await AssertFullAsync(tickets, 10);
    }

    [Fact]
    public async Task No_more_octets_are_kept_than_may_be_and_those_of_one_that_is_taken_or_over_are_given_back()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        var tickets = new StoredTickets(broker.Connection) { MostOctetsOfShare = 10_000 };
        for (int round = 0; round < 3; round++)
        {
            await tickets.AddAsync(Ids[round * 4], new byte[4500], Life, Cancel);
            await tickets.AddAsync(Ids[(round * 4) + 1], new byte[4500], Life, Cancel);
            await AssertFullAsync(tickets, 4500);
            Assert.Equal(4500, (await tickets.TakeAsync(Ids[round * 4], Cancel))!.Value.Length);
            await tickets.AddAsync(Ids[(round * 4) + 2], new byte[4500], Life, Cancel);
            await AssertFullAsync(tickets, 4500);
            clock.Set(Begin + (Life * (round + 1)));
        }
    }

    [Fact]
    public async Task As_many_are_kept_as_a_broker_of_one_server_keeps()
    {
        Assert.InRange(StoredTickets.Shares * new StoredTickets(null!).MostOfShare, StoredTickets.Most * 9 / 10, StoredTickets.Most);

        // None of the shares is full long before the others.
        int[] shares = [.. Enumerable.Range(0, 16_000).Select(static i => StoredTickets.ShareOf(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(i))))).GroupBy(static share => share).Select(static share => share.Count())];
        Assert.Equal(StoredTickets.Shares, shares.Length);
        Assert.All(shares, static count => Assert.InRange(count, 800, 1200));
    }

    [Fact]
    public async Task Nothing_of_tickets_is_kept_for_ever()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        await broker.AddTicketAsync("a", new byte[1], Life, Cancel);
        await broker.AddTicketAsync("b", new byte[1], 10 * Life, Cancel);
        await broker.TakeTicketAsync("a", Cancel);
        Assert.Equal(["godwit:layout"], await LastingKeysAsync(Redis), StringComparer.Ordinal);
        clock.Set(Begin + (10 * Life) + TimeSpan.FromMinutes(2));
        Assert.Equal("*0\r\n", await Redis.CommandAsync("KEYS", "*ticket*"));
    }

    [Fact]
    public async Task A_store_that_hangs_is_told_as_away()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync();
        RedisBroker broker = await ConnectAsync(redis);
        await broker.AddTicketAsync("a", new byte[1], 10 * Life, Cancel);
        redis.Suspend();
        await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await broker.AddTicketAsync("b", new byte[1], Life, Cancel));
        await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await broker.KeysAsync("session", Life, Cancel));
        redis.Resume();
        await AnswersAsync(broker);
        Assert.NotNull(await broker.TakeTicketAsync("a", Cancel));
    }

    [Fact]
    public async Task A_store_without_memory_refuses_tickets_and_lets_those_that_it_has_be_taken()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync();
        RedisBroker broker = await ConnectAsync(redis);
        await broker.AddTicketAsync("a", new byte[1], Life, Cancel);
        await redis.CommandAsync("CONFIG", "SET", "maxmemory", "1");
        Assert.True((await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await broker.AddTicketAsync("b", new byte[1], Life, Cancel))).IsFull);
        Assert.NotNull(await broker.TakeTicketAsync("a", Cancel));
        Assert.Null(await broker.TakeTicketAsync("a", Cancel));
    }

    private static async Task AssertFullAsync(StoredTickets tickets, int octets) =>
        Assert.True((await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await tickets.AddAsync(Ids[^1], new byte[octets], Life, Cancel))).IsFull);
}
