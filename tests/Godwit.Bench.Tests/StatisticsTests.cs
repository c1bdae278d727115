using CsCheck;
using Godwit.Bench.Report;

namespace Godwit.Bench.Tests;

public sealed class StatisticsTests
{
    [Fact]
    public void Nothing_measured_is_nothing_said()
    {
        Statistics none = Statistics.Of([double.NaN, double.PositiveInfinity]);

        Assert.Equal(0, none.Count);
        Assert.True(double.IsNaN(none.Median));
    }

    [Theory]
    [InlineData(new double[] { 3, 1, 2 }, 2, 1, 3)]
    [InlineData(new double[] { 4, 1, 3, 2 }, 2.5, 1, 4)]
    public void Few_rounds_give_the_least_and_the_greatest(double[] values, double median, double low, double high) =>
        Assert.Equal(new Statistics(median, low, high, values.Length), Statistics.Of(values));

    // From tables of the sign test: so many values are left out at either end for 95 %.
    [Theory]
    [InlineData(5, 0)]
    [InlineData(6, 0)]
    [InlineData(8, 0)]
    [InlineData(9, 1)]
    [InlineData(10, 1)]
    [InlineData(12, 2)]
    [InlineData(20, 5)]
    [InlineData(30, 9)]
    public void Many_rounds_give_an_interval_of_95_percent(int rounds, int leftOut)
    {
        Statistics of = Statistics.Of(Enumerable.Range(1, rounds).Select(static value => (double)value));

        Assert.Equal((leftOut + 1, rounds - leftOut), (of.Low, of.High));
    }

    [Fact]
    public void The_interval_holds_the_median_and_not_more_than_was_measured() =>
        Gen.Double[-1e6, 1e6].Array[1, 60].Sample(values =>
        {
            Statistics of = Statistics.Of(values);
            Assert.InRange(of.Median, of.Low, of.High);
            Assert.True(values.Min() <= of.Low && of.High <= values.Max());
        });
}
