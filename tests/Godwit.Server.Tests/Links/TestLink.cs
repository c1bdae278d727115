using Godwit.Server.Links;

namespace Godwit.Server.Tests.Links;

/// <summary>Links for tests, and what tests wait for.</summary>
internal static class TestLink
{
    /// <summary>Only what hangs takes as long as this.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Makes one, or skips the test where there can be none.</summary>
    public static PacketLink Start(LinkConditions conditions, int mtu = PacketLink.UsualMtu)
    {
        Assert.SkipWhen(PacketLink.Absence is not null, $"A packet link: {PacketLink.Absence}.");
        return PacketLink.Start(conditions, mtu);
    }

    /// <summary>Of one direction.</summary>
    public static LinkCounters Counters(this PacketLink link, LinkDirection direction) => direction == LinkDirection.Up ? link.Up : link.Down;

    /// <summary>Waits until something is so.</summary>
    public static async Task UntilAsync(Func<bool> isSo, string what)
    {
        long begun = TimeProvider.System.GetTimestamp();
        while (!isSo())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < Patience, $"Waited in vain for: {what}");
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }
}
