namespace Godwit.Brokers.Specification;

/// <summary>Tickets: each is taken once, by one.</summary>
/// <remarks>Where a broker takes one server only, the second of a test is the first again.</remarks>
public abstract class TicketSpecification : BrokerSpecification
{
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(30);

    /// <summary>Whether several servers can be connected to one store.</summary>
    protected abstract bool TakesManyServers { get; }

    [Fact]
    public async Task A_ticket_is_taken_with_what_it_was_kept_with_and_then_no_more()
    {
        (IBroker broker, _) = await StartAsync();
        byte[] content = [1, 2, 3];
        await broker.AddTicketAsync("a", content, Life, Cancel);
        content[0] = 9;

        Assert.Equal([1, 2, 3], (await broker.TakeTicketAsync("a", Cancel))!.Value.ToArray());
        Assert.Null(await broker.TakeTicketAsync("a", Cancel));
    }

    [Fact]
    public async Task A_ticket_that_never_was_is_not_taken()
    {
        (IBroker broker, _) = await StartAsync();
        await broker.AddTicketAsync("a", ReadOnlyMemory<byte>.Empty, Life, Cancel);

        Assert.Null(await broker.TakeTicketAsync("A", Cancel));
        Assert.NotNull(await broker.TakeTicketAsync("a", Cancel));
    }

    [Fact]
    public async Task A_ticket_is_taken_until_its_life_is_over()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync();
        await broker.AddTicketAsync("a", new byte[1], Life, Cancel);
        await broker.AddTicketAsync("b", new byte[1], Life, Cancel);

        await store.AdvanceAsync(Life - TimeSpan.FromMilliseconds(1));
        Assert.NotNull(await broker.TakeTicketAsync("a", Cancel));
        await store.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.Null(await broker.TakeTicketAsync("b", Cancel));
    }

    [Fact]
    public async Task Of_many_who_ask_at_once_at_two_servers_one_is_given_it()
    {
        (IBroker first, IBrokerStore store) = await StartAsync();
        IBroker second = TakesManyServers ? await store.ConnectAsync() : first;
        for (int round = 0; round < 20; round++)
        {
            string id = $"ticket {round}";
            await first.AddTicketAsync(id, new byte[1], Life, Cancel);
            ReadOnlyMemory<byte>?[] taken = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(async () => await (i % 2 == 0 ? first : second).TakeTicketAsync(id, Cancel))));
            Assert.Single(taken, static ticket => ticket is not null);
        }
    }
}
