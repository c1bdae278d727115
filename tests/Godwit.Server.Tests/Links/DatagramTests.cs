using Godwit.Server.Links;

namespace Godwit.Server.Tests.Links;

/// <summary>What datagrams meet on a link, by what their receiver sees.</summary>
public sealed class DatagramTests
{
    private const int Count = 5000;

    [Fact]
    public async Task DatagramsPassALinkThatAddsNothing()
    {
        using PacketLink link = TestLink.Start(LinkConditions.None);
        using var up = new DatagramFlow(link);
        using var down = new DatagramFlow(link, LinkDirection.Down);

        Assert.Equal(Enumerable.Range(0, Count), await up.ExchangeAsync(Count));
        Assert.Equal(Enumerable.Range(0, Count), await down.ExchangeAsync(Count));
        Assert.Equal(new LinkCounters { Seen = Count, Delivered = Count }, link.Up with { Late = 0 });
        Assert.Equal(new LinkCounters { Seen = Count, Delivered = Count }, link.Down with { Late = 0 });
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.2)]
    public async Task ReceiverMissesTheShareThatWasAskedForAndExactlyThosePackets(double loss)
    {
        var conditions = new LinkConditions { Loss = loss, Seed = 11 };
        using PacketLink link = TestLink.Start(conditions);
        foreach (LinkDirection direction in Enum.GetValues<LinkDirection>())
        {
            using var flow = new DatagramFlow(link, direction);
            IReadOnlyList<int> received = await flow.ExchangeAsync(Count);

            // 5.5 standard deviations.
            double bound = 5.5 * Math.Sqrt(Count * loss * (1 - loss));
            Assert.InRange(Count - received.Count, (Count * loss) - bound, (Count * loss) + bound);
            Assert.Equal(Enumerable.Range(0, Count).Where(number => !PacketFate.Of(conditions, direction, number).IsLost), received);
            Assert.Equal(new LinkCounters { Seen = Count, Delivered = received.Count, Lost = Count - received.Count }, link.Counters(direction) with { Late = 0 });
        }
    }

    [Fact]
    public async Task ReceiverGetsTheShareThatWasAskedForTwice()
    {
        var conditions = new LinkConditions { Duplication = 0.1, Seed = 12 };
        using PacketLink link = TestLink.Start(conditions);
        using var flow = new DatagramFlow(link);
        IReadOnlyList<int> received = await flow.ExchangeAsync(Count);

        int copies = received.Count - Count;
        Assert.InRange(copies, (Count * 0.1) - (5.5 * Math.Sqrt(Count * 0.09)), (Count * 0.1) + (5.5 * Math.Sqrt(Count * 0.09)));
        Assert.Equal(Enumerable.Range(0, Count).SelectMany(number => Enumerable.Repeat(number, PacketFate.Of(conditions, LinkDirection.Up, number).IsDuplicated ? 2 : 1)), received);
        Assert.Equal(new LinkCounters { Seen = Count, Delivered = received.Count, Duplicated = copies }, link.Up with { Late = 0 });
    }

    [Fact]
    public async Task PacketsThatAreHeldBackAreOvertakenAndNoneIsLost()
    {
        using PacketLink link = TestLink.Start(new LinkConditions { Delay = TimeSpan.FromMilliseconds(5), Reordering = 0.1, HoldBack = TimeSpan.FromMilliseconds(20), Duplication = 0.3, Seed = 13 });
        using var flow = new DatagramFlow(link);
        IReadOnlyList<int> received = await flow.ExchangeAsync(1000);

        // A copy comes right after its packet and is not overtaken once more.
        int[] once = [.. received.Distinct()];
        Assert.NotEqual(once.Length, received.Count);
        Assert.Equal(Enumerable.Range(0, 1000), once.Order());
        int newest = -1, overtaken = 0;
        foreach (int number in once)
        {
            overtaken += number < newest ? 1 : 0;
            newest = Math.Max(newest, number);
        }

        Assert.NotEqual(0, overtaken);
        Assert.Equal(overtaken, link.Up.Reordered);
    }

    [Fact]
    public async Task JitterLeavesTheOrderOfPacketsAsItIs()
    {
        using PacketLink link = TestLink.Start(new LinkConditions { Delay = TimeSpan.FromMilliseconds(10), Jitter = TimeSpan.FromMilliseconds(10), Seed = 14 });
        using var flow = new DatagramFlow(link);

        Assert.Equal(Enumerable.Range(0, 1000), await flow.ExchangeAsync(1000));
        Assert.Equal(0, link.Up.Reordered);
    }

    [Fact]
    public async Task DelayThatIsMadeShorterLetsNothingOvertakeWhatIsUnderWay()
    {
        using PacketLink link = TestLink.Start(new LinkConditions { Delay = TimeSpan.FromMilliseconds(300) });
        using var flow = new DatagramFlow(link);
        flow.Send(5);
        await TestLink.UntilAsync(() => link.Up.Seen == 5, "packets to be under way");
        link.Conditions = LinkConditions.None;
        flow.Send(5);

        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(i, await flow.ReceiveAsync());
        }
    }

    [Fact]
    public async Task SameSeedMeansTheSameFateOnAnotherLink()
    {
        var conditions = new LinkConditions { Loss = 0.1, Duplication = 0.1, Seed = 15 };
        Assert.Equal(await ReceivedAsync(conditions), await ReceivedAsync(conditions));
        Assert.NotEqual(await ReceivedAsync(conditions), await ReceivedAsync(conditions with { Seed = 16 }));

        static async Task<IReadOnlyList<int>> ReceivedAsync(LinkConditions conditions)
        {
            using PacketLink link = TestLink.Start(conditions);
            using var flow = new DatagramFlow(link);
            return await flow.ExchangeAsync(500);
        }
    }

    [Fact]
    public async Task NothingArrivesDuringAnOutageNotEvenWhatWasUnderWay()
    {
        using PacketLink link = TestLink.Start(new LinkConditions { Delay = TimeSpan.FromSeconds(10) });
        using var flow = new DatagramFlow(link);
        flow.Send(5);
        await TestLink.UntilAsync(() => link.Up.Seen == 5, "packets to be under way");
        link.Cut();
        flow.Send(7);
        await TestLink.UntilAsync(() => link.Up is { CutOff: 12, Waiting: 0 }, "all packets to be cut off");
        Assert.False(flow.HasMore);

        link.Mend();
        link.Conditions = LinkConditions.None;
        flow.Send(1);
        Assert.Equal(12, await flow.ReceiveAsync());
        Assert.Equal(new LinkCounters { Seen = 13, Delivered = 1, CutOff = 12 }, link.Up with { Late = 0 });
    }

    [Fact]
    public async Task OutagesComeWhenTheyWerePlanned()
    {
        var day = TimeSpan.FromDays(1);
        using PacketLink link = TestLink.Start(new LinkConditions { Outages = [new Outage(TimeSpan.Zero, day)] });
        using var flow = new DatagramFlow(link);
        Assert.Equal([], await flow.ExchangeAsync(10));
        Assert.Equal(10, link.Up.CutOff);

        link.Conditions = link.Conditions with { Outages = [new Outage(day, day)] };
        Assert.Equal(Enumerable.Range(10, 10), await flow.ExchangeAsync(10));
    }

    [Fact]
    public async Task QueueThatIsFullTakesNoMore()
    {
        using PacketLink link = TestLink.Start(new LinkConditions { Delay = TimeSpan.FromSeconds(60), Queue = 10 });
        using var flow = new DatagramFlow(link);
        flow.Send(50);
        await TestLink.UntilAsync(() => link.Up.Seen == 50, "the packets to be seen");

        Assert.Equal(new LinkCounters { Seen = 50, Overflowed = 40, Waiting = 10 }, link.Up);
    }

    [Fact]
    public async Task PacketsAreNoLargerThanTheLinkTakes()
    {
        using PacketLink link = TestLink.Start(LinkConditions.None, mtu: 1000);
        using var flow = new DatagramFlow(link);
        flow.Send(1, octets: 2500);

        Assert.Equal(0, await flow.ReceiveAsync());
        Assert.Equal(3, link.Up.Seen);
    }
}
