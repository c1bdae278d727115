using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Godwit.Server.Comparing.Figures;
using Godwit.Server.Comparing.Plans;
using Godwit.Server.Comparing.Reports;
using Godwit.Server.Links;
using Godwit.Server.Reporting;

namespace Godwit.Server.Tests.Comparing;

public sealed class ReportTests
{
    private static readonly CompareResult Whole = MadeUp.Result(MadeUp.Figures(MadeUp.PollEvery5, median: 2500), MadeUp.Figures(MadeUp.LongPoll), MadeUp.Figures(MadeUp.EventStream), MadeUp.Figures(MadeUp.WebSocket));

    [Fact]
    public void The_page_has_everything_and_needs_nothing_else()
    {
        string page = HtmlReport.Text(Whole);

        Assert.DoesNotMatch("(?i)(src|href)=\"(?!#)|url\\(|@import", page);
        Assert.All((string[])["What the numbers say", "Plots", "Tables", "How it was measured", "viewport", "prefers-color-scheme", "a single entry is with a client after", "Run again: <code>godwit compare"], part => Assert.Contains(part, page, StringComparison.Ordinal));
        Assert.Equal(Whole.Ways.Count * 3, Regex.Count(page, "<th scope=\"row\">"));
        Assert.All(Regex.Matches(page, "(?s)<table>.*?</table>"), static table => Assert.Single(XElement.Parse(table.Value).Descendants("tr").Select(static row => row.Elements().Sum(static cell => (int?)cell.Attribute("colspan") ?? 1)).Distinct()));
    }

    [Fact]
    public void Every_family_of_transports_has_a_colour_of_its_own_and_a_name_beside_it()
    {
        string page = HtmlReport.Text(MadeUp.Result([.. Way.Of(Way.Transports, [TimeSpan.FromSeconds(5)]).Select(static way => MadeUp.Figures(way))]));

        Assert.All(Enum.GetValues<WayFamily>(), family =>
        {
            Assert.Matches($"<i class=\"k{(int)family}\"></i>[A-Za-z ]+</span>", page);
            Assert.Contains($".k{(int)family} {{", page, StringComparison.Ordinal);
            Assert.Contains($".c{(int)family}{{fill:#", page, StringComparison.Ordinal);
            Assert.Contains($".e.c{(int)family}", page, StringComparison.Ordinal);
        });
        Assert.DoesNotContain("data channels</span>", HtmlReport.Text(Whole), StringComparison.Ordinal);
    }

    [Fact]
    public void What_became_of_the_packets_of_a_link_stands_in_every_form()
    {
        CompareResult linked = Whole with { Link = new LinkFigures("a link with 40 ms each way", new LinkCounters { Seen = 12_000, Delivered = 11_900, Lost = 100, Late = 7 }, new LinkCounters { Seen = 34_000, Delivered = 33_990, Overflowed = 1, Missed = 2 }) };

        Assert.All((string[])[TextReport.Text(linked), HtmlReport.Text(linked), MarkdownReport.Text(linked, "plots")], static text => Assert.All((string[])["over a link with 40 ms each way", LinkTable.Title, "12000", "100", "7", "34000", "1", "2"], part => Assert.Contains(part, text, StringComparison.Ordinal)));
        Assert.All(Regex.Matches(HtmlReport.Text(linked), "(?s)<table>.*?</table>"), static table => Assert.Single(XElement.Parse(table.Value).Descendants("tr").Select(static row => row.Elements().Sum(static cell => (int?)cell.Attribute("colspan") ?? 1)).Distinct()));
        JsonElement packets = JsonDocument.Parse(JsonReport.Text(linked)).RootElement.GetProperty("linkPackets");
        Assert.Equal((12_000, 100, 7), (packets.GetProperty("up").GetProperty("sent").GetInt32(), packets.GetProperty("up").GetProperty("lost").GetInt32(), packets.GetProperty("up").GetProperty("late").GetInt32()));
        Assert.Equal((1, 2), (packets.GetProperty("down").GetProperty("overflowed").GetInt32(), packets.GetProperty("down").GetProperty("missed").GetInt32()));
        Assert.DoesNotContain(LinkTable.Title, TextReport.Text(Whole), StringComparison.Ordinal);
        Assert.Empty(Remarks.Warnings(linked));
    }

    [Theory]
    [InlineData(2000, 0, 0, "10 % of the packets came out of the link more than 1 ms after they were due")]
    [InlineData(0, 30, 0, "0.15 % of the packets were lost on the link beyond what was asked for")]
    [InlineData(0, 0, 30, "0.15 % of the packets were lost on the link beyond what was asked for")]
    public void A_link_that_was_another_than_was_asked_for_is_warned_of(long late, long overflowed, long missed, string warning)
    {
        var counters = new LinkCounters { Seen = 10_000, Delivered = 10_000 };
        CompareResult linked = Whole with { Link = new LinkFigures("a link", counters, counters with { Late = late, Overflowed = overflowed, Missed = missed }) };

        Assert.StartsWith(warning, Assert.Single(Remarks.Warnings(linked)), StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_with_garbage_in_it_is_warned_of()
    {
        Assert.Contains("3 times of a server that had not yet collected", Assert.Single(Remarks.Warnings(Whole with { Uncollected = 3 })), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_plot_is_a_picture_with_a_title_and_a_description_in_words()
    {
        IReadOnlyList<Picture> pictures = ComparePlots.Of(Whole);

        Assert.Equal(10, pictures.Count);
        Assert.All(pictures, picture =>
        {
            XElement svg = XElement.Parse(picture.Svg);
            Assert.Equal("img", (string?)svg.Attribute("role"));
            Assert.Equal(picture.Title, svg.Elements().First(static element => element.Name.LocalName == "title").Value);
            string description = svg.Elements().First(static element => element.Name.LocalName == "desc").Value;
            Assert.Contains("WebSocket", description, StringComparison.Ordinal);
            Assert.Contains("Short poll every 5 s", description, StringComparison.Ordinal);
            Assert.DoesNotContain("NaN", picture.Svg, StringComparison.Ordinal);
            Assert.DoesNotContain("∞", picture.Svg, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_plot_stays_a_picture_where_figures_are_zero_or_far_apart()
    {
        CompareResult odd = MadeUp.Result(MadeUp.Figures(MadeUp.WebSocket, 0, 0, 0, 0, 0, 0), MadeUp.Figures(MadeUp.PollEvery5, 1e9, 1e-6, 1e12, 1e-9, 1e9, 1e6));

        Assert.All((CompareResult[])[odd, MadeUp.Result(odd.Ways[0]), MadeUp.Result(odd.Ways[1])], static result => Assert.All(ComparePlots.Of(result), static picture =>
        {
            XElement.Parse(picture.Svg);
            Assert.DoesNotContain("NaN", picture.Svg, StringComparison.Ordinal);
            Assert.DoesNotContain("Infinity", picture.Svg, StringComparison.Ordinal);
        }));
    }

    [Fact]
    public void A_longer_bar_means_a_greater_figure()
    {
        (string svg, _) = RankPlot.Draw("Memory", "", Quantity.Bytes, [new(MadeUp.WebSocket, 100), new(MadeUp.LongPoll, 400)]);
        double[] widths = [.. XElement.Parse(svg).Elements().Where(static element => element.Name.LocalName == "rect").Select(static bar => (double)bar.Attribute("width")!).Where(static width => width > 0)];

        Assert.Equal(4, widths.Max() / widths.Where(static width => width > 1).Min(), 1);
    }

    [Fact]
    public void Programs_find_every_figure_and_miss_those_that_are_not_known()
    {
        JsonElement report = JsonDocument.Parse(JsonReport.Text(Whole)).RootElement;
        JsonElement socket = report.GetProperty("transports")[3];
        Assert.Equal("websocket", socket.GetProperty("name").GetString());
        Assert.Equal(1, socket.GetProperty("latencyMs").GetProperty("quiet").GetProperty("p50").GetDouble());
        Assert.Equal(5, socket.GetProperty("cpuMicrosecondsPerEntrySteady").GetDouble());
        Assert.Equal("memory", socket.GetProperty("endedBy").GetString());
        Assert.True(report.GetProperty("sentences").GetArrayLength() > 5);
        Assert.False(report.GetProperty("interrupted").GetBoolean());

        JsonElement unknown = JsonDocument.Parse(JsonReport.Text(MadeUp.Result(MadeUp.Figures(MadeUp.WebSocket) with { CpuAtRest = null, ResidentKiB = null }) with { Unknown = "Left out." })).RootElement;
        Assert.Equal("Left out.", unknown.GetProperty("unknown").GetString());
        Assert.All((string[])["cpuMicrosecondsPerMinuteIdle", "memoryBytesOfProcess", "waitingClientsThatFit"], name => Assert.False(unknown.GetProperty("transports")[0].TryGetProperty(name, out _)));
    }

    [Fact]
    public void An_interrupted_run_says_so_and_what_is_missing_in_every_form()
    {
        CompareResult cut = MadeUp.Result(MadeUp.Figures(MadeUp.WebSocket) with { Bursty = null, Recovery = null, Together = null, CpuPerEntryBursty = null }) with { Missing = [Stage.Bursty, Stage.Cut, Stage.Together] };
        const string Said = "Interrupted. Not measured, or not to the end, and so left out: bursts of entries; recovery after every connection was cut; all transports together in one room.";

        Assert.Contains(Said, TextReport.Text(cut), StringComparison.Ordinal);
        Assert.Contains(Said, HtmlReport.Text(cut), StringComparison.Ordinal);
        Assert.Contains(Said, MarkdownReport.Text(cut, "plots"), StringComparison.Ordinal);
        Assert.Equal(["bursty", "cut", "together"], JsonDocument.Parse(JsonReport.Text(cut)).RootElement.GetProperty("notMeasured").EnumerateArray().Select(static stage => stage.GetString()!));
        Assert.Contains(ReportTables.Unknown, TextReport.Text(cut), StringComparison.Ordinal);
        Assert.DoesNotContain(ComparePlots.Of(cut), static picture => picture.Name is "latency-burst" or "recovery");
        Assert.DoesNotContain("Interrupted", TextReport.Text(Whole), StringComparison.Ordinal);
    }

    [Fact]
    public void A_busy_machine_is_told()
    {
        Assert.Contains("This machine was busy: others used 40 % of its processors meanwhile.", TextReport.Text(Whole with { Machine = MadeUp.Machine with { OtherLoad = 0.4 } }), StringComparison.Ordinal);
        Assert.DoesNotContain("busy: others", TextReport.Text(Whole), StringComparison.Ordinal);
    }

    [Fact]
    public void A_Markdown_file_keeps_what_people_wrote_around_the_measured_part()
    {
        string text = $"# Title\n\nBefore.\n\n{MarkedText.Begin}\nof another run\n{MarkedText.End}\n\nAfter.\n";
        string? written = MarkedText.Insert(text, MarkdownReport.Text(Whole, "plots"));

        Assert.StartsWith("# Title\n\nBefore.\n", written, StringComparison.Ordinal);
        Assert.EndsWith("\n\nAfter.\n", written, StringComparison.Ordinal);
        Assert.DoesNotContain("of another run", written, StringComparison.Ordinal);
        Assert.Contains("(plots/cpu-by-rate.svg)", written, StringComparison.Ordinal);
        Assert.Contains("of the next run", MarkedText.Insert(written!, "of the next run"), StringComparison.Ordinal);
        Assert.Null(MarkedText.Insert("# No marks", "x"));
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.04, "0.040")]
    [InlineData(1.234, "1.2")]
    [InlineData(12.34, "12")]
    [InlineData(999.7, "1,000")]
    [InlineData(123456, "123,000")]
    public void Numbers_have_few_digits(double value, string expected) => Assert.Equal(expected, Quantity.Number(value));

    [Fact]
    public void Quantities_have_a_unit_that_fits()
    {
        Assert.Equal(["0.50 ms", "20 ms", "1.5 s"], ((double[])[0.5, 20, 1500]).Select(Quantity.Milliseconds));
        Assert.Equal(["5.0 µs", "2.0 ms", "3.0 s"], ((double[])[5, 2000, 3e6]).Select(Quantity.Microseconds));
        Assert.Equal(["100 B", "2.0 kB", "3.5 MB"], ((double[])[100, 2000, 3.5e6]).Select(Quantity.Bytes));
        Assert.Equal(["20 KiB", "2.0 MiB", "8.0 GiB"], ((double[])[20, 2048, 8 << 20]).Select(Quantity.Memory));
        Assert.Equal("290,000", Quantity.Roughly(293_601));
    }
}
