using Godwit.Brokers;
using Godwit.Brokers.Memory;
using Godwit.Protocol;
using Godwit.Rooms;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Brokers;

/// <summary>What the store in memory keeps of tickets, orders and leases at the most, and what becomes of one more.</summary>
public sealed class MemoryStoreLimitTests : IAsyncLifetime
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    private readonly FakeTimeProvider _time = new();
    private readonly MemoryBroker _broker;

    public MemoryStoreLimitTests() => _broker = new MemoryBroker(new RoomPolicies([]), _time, 1 << 20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task Tickets_are_bounded_by_their_octets_too_and_one_that_is_taken_or_over_makes_room()
    {
        byte[] large = new byte[60 << 10];
        int kept = 0;
        BrokerUnavailableException? full;
        while ((full = await RefusalAsync(async () => await _broker.AddTicketAsync($"{kept}", large, Life, Cancel))) is null)
        {
            kept++;
        }

        Assert.True(full.IsFull);
        Assert.InRange(kept * (long)large.Length, StoredTickets.MostOctets * 9 / 10, StoredTickets.MostOctets + large.Length);
        Assert.NotNull(await _broker.TakeTicketAsync("0", Cancel));
        Assert.Null(await RefusalAsync(async () => await _broker.AddTicketAsync("again", large, Life, Cancel)));
        Assert.NotNull(await RefusalAsync(async () => await _broker.AddTicketAsync("more", large, Life, Cancel)));

        _time.Advance(Life);
        Assert.Null(await RefusalAsync(async () => await _broker.AddTicketAsync("later", large, Life, Cancel)));
    }

    [Fact]
    public async Task A_store_that_is_full_of_orders_says_so_and_takes_one_that_replaces_another()
    {
        for (int i = 0; i < StoredOrders.Most; i++)
        {
            await _broker.AddOrderAsync($"user:{i}", new byte[] { 1 }, Life, Cancel);
        }

        Assert.True((await RefusalAsync(async () => await _broker.AddOrderAsync("user:new", new byte[] { 1 }, Life, Cancel)))!.IsFull);
        Assert.NotNull(await RefusalAsync(async () => await _broker.AddOrderAsync(null, new byte[] { 1 }, Life, Cancel)));
        Assert.Null(await RefusalAsync(async () => await _broker.AddOrderAsync("user:7", new byte[] { 2 }, Life, Cancel)));
    }

    [Fact]
    public async Task Of_renewals_that_the_store_has_no_place_for_each_is_told_so_and_the_others_are_carried_out()
    {
        var room = RoomName.Parse("team");
        LeaseRenewal Renewal(int session, int state = 0) => new(room, (UInt128)session, null, new byte[state], LeaseChange.Keep, Life, int.MaxValue);
        foreach (int[] batch in Enumerable.Range(1, StoredLeases.Most - 1).Chunk(1_000))
        {
            await _broker.RenewAsync("here", [.. batch.Select(session => Renewal(session))], Cancel);
        }

        _time.Advance(Life - TimeSpan.FromSeconds(1));
        IReadOnlyList<LeaseOutcome> outcomes = await _broker.RenewAsync("here", [Renewal(1), Renewal(StoredLeases.Most), Renewal(StoredLeases.Most + 1), Renewal(2)], Cancel);
        Assert.Equal([LeaseOutcome.Member, LeaseOutcome.Member, LeaseOutcome.Full, LeaseOutcome.Member], outcomes);

        _time.Advance(TimeSpan.FromSeconds(2));
        MemberPage page = await _broker.MembersAsync(room, null, 10, Cancel);
        Assert.Equal([1, 2, StoredLeases.Most], page.Members.Select(static member => (int)member.Session));
    }

    private static async Task<BrokerUnavailableException?> RefusalAsync(Func<Task> add)
    {
        try
        {
            await add();
            return null;
        }
        catch (BrokerUnavailableException refused)
        {
            return refused;
        }
    }
}
