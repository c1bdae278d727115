using Godwit.Server.Verifying.Records;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Verifying;

/// <summary>What <c>godwit verify</c> knows of how late it is itself: bounds are longer by that, so it may be neither too little nor too much.</summary>
public sealed class LatenessTests
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(20);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Beats_that_come_in_time_or_as_late_as_timers_are_do_not_count()
    {
        Lateness lateness = Begin();
        for (int i = 0; i < 1000; i++)
        {
            Pass(i % 6 == 0 ? 25 : 20);
            lateness.Beat();
        }

        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (lateness.Stalled, lateness.Worst));
    }

    [Fact]
    public void What_is_late_counts_from_when_it_was_due_and_the_worst_is_kept()
    {
        Lateness lateness = Begin();
        foreach (int milliseconds in (int[])[325, 20, 125])
        {
            Pass(milliseconds);
            lateness.Beat();
        }

        Assert.Equal((TimeSpan.FromMilliseconds(400), TimeSpan.FromMilliseconds(300)), (lateness.Stalled, lateness.Worst));
    }

    [Fact]
    public void A_beat_that_is_due_and_has_not_come_counts_already()
    {
        Lateness lateness = Begin();
        Pass(1025);

        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.Zero), (lateness.Stalled, lateness.Worst));
        lateness.Beat();
        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)), (lateness.Stalled, lateness.Worst));
    }

    [Fact]
    public void It_is_never_more_than_the_time_that_has_passed()
    {
        Lateness lateness = Begin();
        var random = new Random(7);
        TimeSpan passed = TimeSpan.Zero, before = TimeSpan.Zero;
        for (int i = 0; i < 500; i++)
        {
            int milliseconds = random.Next(200);
            passed += TimeSpan.FromMilliseconds(milliseconds);
            Pass(milliseconds);
            if (random.Next(2) == 0)
            {
                lateness.Beat();
            }

            Assert.InRange(lateness.Stalled, before, passed);
            before = lateness.Stalled;
        }
    }

    private Lateness Begin() => new(_time, Beat);

    private void Pass(int milliseconds) => _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
}
