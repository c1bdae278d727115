using Godwit.Server.Comparing.Plans;

namespace Godwit.Server.Tests.Comparing;

/// <summary>How long a comparison takes, and how its stages are divided.</summary>
public sealed class ComparePlanTests
{
    private static readonly ComparePlan Usual = new() { Ways = Way.Of(Way.Transports, [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)]) };

    [Fact]
    public void By_its_defaults_it_takes_at_most_three_minutes() => Assert.InRange(Usual.Expected, TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(3));

    [Fact]
    public void What_is_said_at_its_start_counts_how_long_clients_take_to_arrive()
    {
        TimeSpan arriving = Usual.Expected - (Usual with { Waiting = 0 }).Expected;
        Assert.InRange(arriving, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(40));
        Assert.InRange((Usual with { IsGiven = true }).Expected, TimeSpan.Zero, Usual.Expected - arriving);
    }

    [Fact]
    public void Single_entries_reach_everybody_before_the_next_and_bursts_come_more_often()
    {
        Assert.True(Usual.Period > TimeSpan.FromSeconds(5));
        Assert.Equal(1, Usual.OftenIn(Stage.Quiet));
        Assert.Equal(1, Usual.OftenIn(Stage.Cut));
        Assert.True(Usual.EventsOf(Stage.Bursty) * Usual.OftenIn(Stage.Bursty) >= 9);
        Assert.Equal(1, (Usual with { IsGiven = true }).OftenIn(Stage.Bursty));
    }

    [Fact]
    public void Whoever_waits_has_a_turn_in_every_window()
    {
        Assert.True(Usual.LengthOf(Stage.Idle) / Usual.WindowsOf(Stage.Idle) > Usual.ShortTurn);
        ComparePlan brief = Usual with { Duration = TimeSpan.FromSeconds(8) };
        Assert.True(brief.LengthOf(Stage.Idle) / brief.WindowsOf(Stage.Idle) > brief.ShortTurn);
    }
}
