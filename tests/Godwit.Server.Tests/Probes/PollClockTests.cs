using Godwit.Server.Probes;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Probes;

public sealed class PollClockTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void By_the_clock_a_late_poll_does_not_move_those_that_follow()
    {
        PollClock clock = Clock(byClock: true, first: TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(2), clock.Next(Pause, isFirst: true));
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(4), clock.Next(Pause, isFirst: false));
        _time.Advance(TimeSpan.FromSeconds(4 + 5 + 5 + 1));
        Assert.Equal(TimeSpan.FromSeconds(4), clock.Next(Pause, isFirst: false));
    }

    [Fact]
    public void Otherwise_every_pause_begins_with_the_answer()
    {
        PollClock clock = Clock(byClock: false, first: null);
        Assert.Equal(Pause, clock.Next(Pause, isFirst: true));
        _time.Advance(TimeSpan.FromSeconds(8));
        Assert.Equal(Pause, clock.Next(Pause, isFirst: false));
        Assert.Equal(TimeSpan.Zero, clock.Next(TimeSpan.Zero, isFirst: false));
    }

    private PollClock Clock(bool byClock, TimeSpan? first) =>
        new(new ProbeTarget { Mount = new Uri("http://localhost/rt"), Room = "r", Time = _time, PollsByClock = byClock, FirstPause = first, PollEvery = Pause });
}
