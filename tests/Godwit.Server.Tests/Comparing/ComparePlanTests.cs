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
        Assert.InRange(arriving, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(45));
        Assert.InRange((Usual with { IsGiven = true }).Expected, TimeSpan.Zero, Usual.Expected - arriving);
    }

    [Fact]
    public void To_find_a_server_that_runs_takes_next_to_no_time()
    {
        ComparePlan given = Usual with { IsGiven = true };
        Assert.All((Stage[])[Stage.Start, Stage.WarmUp], stage => Assert.InRange(given.ExpectedOf(stage), TimeSpan.Zero, TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public void A_single_entry_has_reached_everybody_before_the_next()
    {
        Assert.All(Usual.Ways, way => Assert.True(Usual.Period / Usual.OftenIn(Stage.Quiet, way) > (way.PollEvery ?? TimeSpan.FromMilliseconds(400)), way.Name));
        Assert.All(Usual.Ways.Where(static way => way.Family != WayFamily.ShortPoll), way => Assert.True(Usual.EventsOf(Stage.Quiet) * Usual.OftenIn(Stage.Quiet, way) >= 10, way.Name));
    }

    [Fact]
    public void What_does_not_poll_is_cut_more_often_but_for_data_channels_which_have_handshakes()
    {
        Assert.All(Usual.Ways, way => Assert.Equal(way.Family is WayFamily.ShortPoll or WayFamily.DataChannel ? 1 : 3, Usual.OftenIn(Stage.Cut, way)));
    }

    [Fact]
    public void Bursts_come_often_but_to_a_server_that_was_given()
    {
        Assert.All(Usual.Ways, way => Assert.True(Usual.EventsOf(Stage.Bursty) * Usual.OftenIn(Stage.Bursty, way) >= 9, way.Name));
        Assert.All(Usual.Ways, static way => Assert.Equal((1, 1), ((Usual with { IsGiven = true }).OftenIn(Stage.Bursty, way), (Usual with { IsGiven = true }).OftenIn(Stage.Cut, way))));
    }

    [Theory]
    [InlineData((int)Stage.Quiet)]
    [InlineData((int)Stage.Bursty)]
    [InlineData((int)Stage.Cut)]
    public void The_turns_of_a_way_are_equally_far_apart_and_no_two_ways_have_theirs_at_once(int stage)
    {
        IReadOnlyList<(double At, Way Way)> turns = Usual.TurnsOf((Stage)stage);
        Assert.All(Usual.Ways, way => Assert.Equal(Usual.OftenIn((Stage)stage, way), turns.Count(turn => turn.Way == way)));
        Assert.All(turns, static turn => Assert.InRange(turn.At, 0, 0.9999));
        double apart = 1.0 / turns.Count;
        Assert.All(turns.Zip(turns.Skip(1)), pair => Assert.True(pair.Second.At - pair.First.At > apart / 4, $"{pair.First} {pair.Second}"));
        Assert.All(Usual.Ways, way =>
        {
            double[] own = [.. turns.Where(turn => turn.Way == way).Select(static turn => turn.At)];
            Assert.All(own.Zip([.. own.Skip(1), own[0] + 1]), pair => Assert.InRange(pair.Second - pair.First, (1.0 / own.Length) - apart, (1.0 / own.Length) + apart));
        });
    }

    [Fact]
    public void Two_kinds_of_data_channels_are_not_cut_while_the_other_comes_back()
    {
        double[] cuts = [.. Usual.TurnsOf(Stage.Cut).Where(static turn => turn.Way.Family == WayFamily.DataChannel).Select(static turn => turn.At)];
        Assert.All(cuts.Zip([.. cuts.Skip(1), cuts[0] + 1]), pair => Assert.True((pair.Second - pair.First) * Usual.PeriodOf(Stage.Cut) > TimeSpan.FromMilliseconds(700)));
    }

    [Fact]
    public void Where_nothing_polls_cuts_are_as_far_apart_as_clients_need_to_come_back()
    {
        ComparePlan streams = Usual with { Ways = [.. Usual.Ways.Where(static way => way.IsPersistent)] };
        Assert.All(streams.Ways, way => Assert.True(streams.PeriodOf(Stage.Cut) / streams.OftenIn(Stage.Cut, way) >= TimeSpan.FromSeconds(1.5)));
    }

    [Fact]
    public void Whoever_waits_has_a_turn_in_every_window()
    {
        Assert.True(Usual.LengthOf(Stage.Idle) / Usual.WindowsOf(Stage.Idle) > Usual.ShortTurn);
        ComparePlan brief = Usual with { Duration = TimeSpan.FromSeconds(8) };
        Assert.True(brief.LengthOf(Stage.Idle) / brief.WindowsOf(Stage.Idle) > brief.ShortTurn);
    }
}
