using Godwit.Server.Links;

namespace Godwit.Server.Tests.Links;

/// <summary>What TCP does about what its packets meet.</summary>
public sealed class StreamTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(10);

    [Fact]
    public async Task LossIsWhatTcpSeesAndMakesGoodAndPaysFor()
    {
        const double Loss = 0.05;
        byte[] octets = Octets(400_000);
        TimeSpan clean = TimeSpan.MaxValue;
        using (PacketLink link = TestLink.Start(new LinkConditions { Delay = Delay }))
        {
            for (int i = 0; i < 3; i++)
            {
                using StreamFlow flow = await StreamFlow.ConnectAsync(link);
                TimeSpan took = await TimeAsync(flow, octets);
                clean = took < clean ? took : clean;
            }

            Assert.Equal((0, 0), (link.Up.Lost + link.Up.Missed, link.Down.Lost + link.Down.Missed));
        }

        var conditions = new LinkConditions { Delay = Delay, Loss = Loss, Seed = 21 };
        using PacketLink lossy = TestLink.Start(conditions);
        using StreamFlow hindered = await StreamFlow.ConnectAsync(lossy);
        TimeSpan hinderedTook = await TimeAsync(hindered, octets);
        LinkCounters up = lossy.Up;

        double bound = 5.5 * Math.Sqrt(up.Seen * Loss * (1 - Loss));
        Assert.InRange(up.Lost, (up.Seen * Loss) - bound, (up.Seen * Loss) + bound);
        Assert.Equal(Enumerable.Range(0, (int)up.Seen).Count(number => PacketFate.Of(conditions, LinkDirection.Up, number).IsLost), up.Lost);
        Assert.NotEqual(0, up.Lost);
        // Each segment that was lost was sent again; only the last word of the handshake is not.
        Assert.InRange(lossy.Client.Retransmitted, up.Lost - 1, up.Seen);
        Assert.True(hinderedTook > 2 * clean, $"{hinderedTook} with loss, {clean} without");
    }

    [Fact]
    public async Task WhatPacketsMeetLeavesTheOctetsAsTheyAre()
    {
        using PacketLink link = TestLink.Start(new LinkConditions
        {
            Delay = Delay / 2,
            Jitter = Delay / 4,
            Loss = 0.01,
            Duplication = 0.05,
            Reordering = 0.05,
            Seed = 22,
        });
        byte[] octets = Octets(20_000);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            using StreamFlow flow = await StreamFlow.ConnectAsync(link);
            Assert.Equal(octets, await flow.SendAsync(octets));
        }));

        Assert.True(link.Up is { Lost: > 0, Duplicated: > 0, Reordered: > 0, Overflowed: 0, Missed: 0 }, link.Up.ToString());
    }

    [Fact]
    public async Task ConnectionOutlivesAnOutage()
    {
        using PacketLink link = TestLink.Start(LinkConditions.None);
        using StreamFlow flow = await StreamFlow.ConnectAsync(link);
        byte[] octets = Octets(5_000_000);
        LinkCounters atCut = default;
        bool isCut = false;
        Task<byte[]> sending = flow.SendAsync(octets, taken =>
        {
            if (taken > 100_000 && !isCut)
            {
                isCut = true;
                link.Cut();
                atCut = link.Up;
            }
        });

        await TestLink.UntilAsync(() => Volatile.Read(ref isCut) && link.Client.Retransmitted > 1, "TCP to send again");
        Assert.Equal(atCut.Delivered, link.Up.Delivered);
        Assert.False(sending.IsCompleted);
        link.Mend();
        Assert.Equal(octets, await sending);
    }

    [Fact]
    public async Task RoundTripTakesTwiceTheDelay()
    {
        var delay = TimeSpan.FromMilliseconds(50);
        using PacketLink link = TestLink.Start(LinkConditions.None);
        TimeSpan quick = await LowerQuartileAsync(link, least: TimeSpan.Zero, times: 100);
        link.Conditions = new LinkConditions { Delay = delay };
        TimeSpan late = await LowerQuartileAsync(link, least: 2 * delay, times: 8);

        // Half as much again is for a machine with other things to do; a delay that is counted twice, or once for both ways, is farther off.
        Assert.InRange(late - quick, 2 * delay - quick, 3 * delay);
    }

    [Fact]
    public async Task EachRoundTripTakesWhatItsPacketsDrew()
    {
        var conditions = new LinkConditions { Delay = Delay, Jitter = Delay * 0.8, Seed = 23 };
        using PacketLink link = TestLink.Start(conditions);
        using var up = new DatagramFlow(link);
        using var down = new DatagramFlow(link, LinkDirection.Down);
        List<TimeSpan> excess = [];
        List<TimeSpan> drawn = [];
        for (int i = 0; i < 40; i++)
        {
            long begun = TimeProvider.System.GetTimestamp();
            up.Send(1);
            await up.ReceiveAsync();
            down.Send(1);
            await down.ReceiveAsync();
            TimeSpan took = TimeProvider.System.GetElapsedTime(begun);
            drawn.Add(TimeSpan.FromMicroseconds((PacketFate.Of(conditions, LinkDirection.Up, i).Delay + PacketFate.Of(conditions, LinkDirection.Down, i).Delay) / 1000));
            excess.Add(took - drawn[^1]);
        }

        Assert.All(excess, static time => Assert.True(time >= TimeSpan.Zero, $"{-time} too early"));
        Assert.InRange(excess.Order().ElementAt(10), TimeSpan.Zero, Delay);
        Assert.True(drawn.Max() - drawn.Min() > Delay);
    }

    private static async Task<TimeSpan> LowerQuartileAsync(PacketLink link, TimeSpan least, int times)
    {
        using StreamFlow flow = await StreamFlow.ConnectAsync(link);
        Assert.True(flow.Connected >= least);
        List<TimeSpan> took = [];
        for (int i = 0; i < times; i++)
        {
            took.Add(await flow.RoundTripAsync());
        }

        Assert.All(took, time => Assert.True(time >= least, $"{time} is less than {least}"));
        return took.Order().ElementAt(times / 4);
    }

    private static async Task<TimeSpan> TimeAsync(StreamFlow flow, byte[] octets)
    {
        long begun = TimeProvider.System.GetTimestamp();
        Assert.Equal(octets, await flow.SendAsync(octets));
        return TimeProvider.System.GetElapsedTime(begun);
    }

    private static byte[] Octets(int count)
    {
        byte[] octets = new byte[count];
        new Random(1).NextBytes(octets);
        return octets;
    }
}
