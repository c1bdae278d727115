using System.Xml.Linq;
using CsCheck;
using Godwit.Bench.Report;
using Godwit.Server.Reporting;

namespace Godwit.Bench.Tests;

public sealed class PlotTests
{
    private static readonly Plot s_plot = new("cpu", "CPU <per> delivery & entry", "µs", "0.00");

    [Fact]
    public void A_bar_plot_is_a_well_formed_picture_of_every_bar()
    {
        XElement svg = XElement.Parse(BarPlot.Draw(s_plot, [new("godwit", Statistics.Of([1, 2, 3])), new("bun", Statistics.Of([4.0])), new("<nchan>", Statistics.Of([2, 8]))]));

        Assert.Equal(3, svg.Elements().Count(static element => element.Name.LocalName == "rect"));
        Assert.Equal(s_plot.Title, svg.Elements().First(static element => element.Name.LocalName == "title").Value);
        Assert.Contains("<nchan>", svg.Elements().Select(static element => element.Value));
    }

    [Fact]
    public void A_longer_bar_means_a_greater_median()
    {
        XElement svg = XElement.Parse(BarPlot.Draw(s_plot, [new("one", Statistics.Of([1.0])), new("four", Statistics.Of([4.0]))]));
        double[] widths = [.. svg.Elements().Where(static element => element.Name.LocalName == "rect").Select(static bar => (double)bar.Attribute("width")!)];

        Assert.Equal(4, widths[1] / widths[0], 1);
    }

    [Fact]
    public void A_line_plot_has_a_line_for_each_system_and_a_dot_for_each_point()
    {
        LinePlot.Series[] lines = [new("godwit", [(1_000, Statistics.Of([1, 2])), (15_000, Statistics.Of([2.0]))]), new("bun", [(1_000, Statistics.Of([3.0]))])];
        XElement svg = XElement.Parse(LinePlot.Draw(s_plot, "connections", lines));

        Assert.Equal(2, svg.Elements().Count(static element => element.Name.LocalName == "polyline"));
        Assert.Equal(3 + 2, svg.Elements().Count(static element => element.Name.LocalName == "circle")); // 2 in the legend
        Assert.DoesNotContain("NaN", svg.ToString());
    }

    [Fact]
    public void An_axis_has_few_round_numbers_that_reach_what_is_shown() =>
        Gen.Double[1e-6, 1e9].Sample(greatest =>
        {
            Axis axis = Axis.UpTo(greatest);
            Assert.InRange(axis.Numbers().Count(), 2, 7);
            Assert.True(axis.End >= greatest * 0.9999);
        });
}
