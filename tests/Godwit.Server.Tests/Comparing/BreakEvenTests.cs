using CsCheck;
using Godwit.Server.Comparing.Conclusions;

namespace Godwit.Server.Tests.Comparing;

public sealed class BreakEvenTests
{
    private static readonly CostLine Low = new(10, 10);

    [Fact]
    public void What_costs_less_at_rest_and_more_per_entry_costs_less_below_the_point_where_both_cost_the_same()
    {
        BreakEven point = BreakEven.Between(new CostLine(10, 5), new CostLine(110, 3));

        Assert.Equal(CheaperWhen.Below, point.When);
        Assert.Equal(50, point.Entries, 6);
    }

    [Fact]
    public void What_costs_more_at_rest_and_less_per_entry_costs_less_above_that_point()
    {
        BreakEven point = BreakEven.Between(new CostLine(110, 3), new CostLine(10, 5));

        Assert.Equal(CheaperWhen.Above, point.When);
        Assert.Equal(50, point.Entries, 6);
    }

    [Fact]
    public void What_costs_less_either_way_always_does_and_what_costs_more_never()
    {
        Assert.Equal(CheaperWhen.Always, BreakEven.Between(Low, new CostLine(20, 20)).When);
        Assert.Equal(CheaperWhen.Never, BreakEven.Between(new CostLine(20, 20), Low).When);
        Assert.Equal(CheaperWhen.Always, BreakEven.Between(Low, new CostLine(10, 20)).When);
        Assert.Equal(CheaperWhen.Never, BreakEven.Between(new CostLine(20, 10), Low).When);
    }

    [Fact]
    public void Costs_that_another_run_may_have_the_other_way_round_are_the_same()
    {
        Assert.Equal(CheaperWhen.Same, BreakEven.Between(Low, new CostLine(10.8, 9.3)).When);
        Assert.Equal(CheaperWhen.Same, BreakEven.Between(new CostLine(0, 0), new CostLine(0, 0)).When);
    }

    [Fact]
    public void What_costs_nothing_is_never_dearer() => Assert.Equal(CheaperWhen.Always, BreakEven.Between(new CostLine(0, 0), Low).When);

    [Fact]
    public void On_either_side_of_the_point_the_cheaper_one_is_the_one_that_was_said() =>
        Gen.Select(Gen.Double[0, 1000], Gen.Double[0, 1000], Gen.Double[0, 1000], Gen.Double[0, 1000]).Sample((a, b, c, d) =>
        {
            (CostLine first, CostLine second) = (new CostLine(a, b), new CostLine(c, d));
            BreakEven point = BreakEven.Between(first, second);
            if (point.When is CheaperWhen.Below or CheaperWhen.Above)
            {
                bool isBelow = point.When == CheaperWhen.Below;
                Assert.Equal(isBelow, first.At(point.Entries * 0.5) < second.At(point.Entries * 0.5));
                Assert.Equal(!isBelow, first.At(point.Entries * 2) < second.At(point.Entries * 2));
            }
        });
}
