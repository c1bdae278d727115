using Godwit.Server.Links;

namespace Godwit.Server.Tests.Links;

/// <summary>What TCP does about what its packets meet.</summary>
public sealed class StreamTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(10);

    [Fact]
    public async Task LossIsWhatTcpSeesAndMakesGood()
    {
        const double Loss = 0.05;
        byte[] octets = Octets(400_000);
        using (PacketLink link = TestLink.Start(new LinkConditions { Delay = Delay }))
        {
            using StreamFlow flow = await StreamFlow.ConnectAsync(link);
            Assert.Equal(octets, await flow.SendAsync(octets));
            Assert.Equal((0, 0), (link.Up.Lost + link.Up.Missed, link.Down.Lost + link.Down.Missed));
        }

        var conditions = new LinkConditions { Delay = Delay, Loss = Loss, Seed = 21 };
        using PacketLink lossy = TestLink.Start(conditions);
        using StreamFlow hindered = await StreamFlow.ConnectAsync(lossy);
        Assert.Equal(octets, await hindered.SendAsync(octets));
        LinkCounters up = lossy.Up;

        double bound = 5.5 * Math.Sqrt(up.Seen * Loss * (1 - Loss));
        Assert.InRange(up.Lost, (up.Seen * Loss) - bound, (up.Seen * Loss) + bound);
        Assert.Equal(Enumerable.Range(0, (int)up.Seen).Count(number => PacketFate.Of(conditions, LinkDirection.Up, number).IsLost), up.Lost);
        Assert.NotEqual(0, up.Lost);
        // Each segment that was lost was sent again; only the last word of the handshake is not.
        Assert.InRange(lossy.Client.Retransmitted, up.Lost - 1, up.Seen);
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
                link.Cut();
                atCut = link.Up;
                Volatile.Write(ref isCut, true);
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
        var delay = TimeSpan.FromMilliseconds(100);
        using PacketLink link = TestLink.Start(new LinkConditions { Delay = delay });
        using StreamFlow flow = await StreamFlow.ConnectAsync(link);
        Assert.True(flow.Connected >= 2 * delay);

        // None is shorter. That of a delay counted twice never comes below three of them, whatever the machine has to do.
        List<TimeSpan> took = [];
        await UntilAsync(() => took.Count >= 10 && took.Exists(time => time < 3 * delay), async () =>
        {
            took.Add(await flow.RoundTripAsync());
            Assert.True(took[^1] >= 2 * delay, $"{took[^1]} is less than {2 * delay}");
        }, $"a round trip of less than {3 * delay}");
    }

    [Fact]
    public async Task EachRoundTripTakesWhatItsPacketsDrew()
    {
        TimeSpan mean = 2 * Delay;
        var conditions = new LinkConditions { Delay = mean, Jitter = mean * 0.8, Seed = 23 };
        using PacketLink link = TestLink.Start(conditions);
        using var up = new DatagramFlow(link);
        using var down = new DatagramFlow(link, LinkDirection.Down);
        List<(TimeSpan Drawn, TimeSpan Excess)> trips = [];

        // Where little was drawn it took little, where much it took that much, but for what a machine with other things to do adds to most.
        await UntilAsync(() => trips.Count >= 40 && trips.Exists(trip => IsPrompt(trip) && trip.Drawn < 1.4 * mean) && trips.Exists(trip => IsPrompt(trip) && trip.Drawn > 2.6 * mean), async () =>
        {
            int i = trips.Count;
            long begun = TimeProvider.System.GetTimestamp();
            up.Send(1);
            await up.ReceiveAsync();
            down.Send(1);
            await down.ReceiveAsync();
            TimeSpan took = TimeProvider.System.GetElapsedTime(begun);
            TimeSpan drawn = TimeSpan.FromMicroseconds((PacketFate.Of(conditions, LinkDirection.Up, i).Delay + PacketFate.Of(conditions, LinkDirection.Down, i).Delay) / 1000);
            Assert.True(took >= drawn, $"{drawn - took} too early");
            trips.Add((drawn, took - drawn));
        }, "round trips that take what was drawn");

        bool IsPrompt((TimeSpan Drawn, TimeSpan Excess) trip) => trip.Excess < mean;
    }

    /// <summary>Does something again and again until it is so.</summary>
    private static async Task UntilAsync(Func<bool> isSo, Func<Task> again, string what)
    {
        long begun = TimeProvider.System.GetTimestamp();
        while (!isSo())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < TestLink.Patience, $"Waited in vain for: {what}");
            await again();
        }
    }

    private static byte[] Octets(int count)
    {
        byte[] octets = new byte[count];
        new Random(1).NextBytes(octets);
        return octets;
    }
}
