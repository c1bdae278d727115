using Godwit.Bench.Generator;
using Godwit.Bench.Loads;
using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;

namespace Godwit.Bench.Tests;

public sealed class ReportTests
{
    private static readonly Machine s_machine = new("a processor", 2, 8, "6.1", "10.0", "abc1234", "defaults", "0.1", "2026-11-28 00:00 UTC");

    [Fact]
    public void A_ratio_is_taken_within_rounds()
    {
        Results results = new([Cpu("godwit", 1, 2), Cpu("bun", 1, 1), Cpu("godwit", 2, 30), Cpu("bun", 2, 10), Cpu("godwit", 3, 4)]);

        Statistics ratio = results.Ratio("fanout", new Row("godwit", Transport.WebSocket, 10), new Row("bun", Transport.WebSocket, 10), Figure.Cpu);

        Assert.Equal(new Statistics(2.5, 2, 3, 2), ratio);
    }

    [Fact]
    public void A_void_measurement_is_told_and_left_out()
    {
        Sample wrong = new("fanout", "godwit", Transport.WebSocket, 2, 10, new Dictionary<string, double>(), "reader 3: entry 7 came twice");
        string report = Report([Cpu("godwit", 1, 2), wrong]);

        Assert.Contains("fanout, godwit, WebSocket, round 2: reader 3: entry 7 came twice", report);
        Assert.Contains("| godwit | WebSocket | 2.00 |", report);
    }

    [Fact]
    public void A_number_that_is_not_reached_is_said_to_be_so()
    {
        string report = Report([Cpu("godwit", 1, 2), Cpu("bun", 1, 1)]);

        Assert.Contains("| fan-out: CPU per WebSocket delivery ≤ the uWebSockets engine's | 2.00 × | **not reached** |", report);
        Assert.Contains("| fan-out, paced: CPU per WebSocket delivery ≤ the uWebSockets engine's | – | not measured in this run |", report);
        Assert.DoesNotContain("Native AOT", report, StringComparison.Ordinal);
    }

    [Fact]
    public void Ratios_to_what_was_not_measured_have_no_column()
    {
        string report = Report([Cpu("godwit", 1, 2)]);

        Assert.DoesNotContain("× bun", report);
    }

    [Fact]
    public void Every_number_required_is_read_from_something_that_is_measured()
    {
        Sample[] samples = [.. from load in Catalogue.Loads
                               from table in load.Tables(new BenchOptions())
                               from system in Catalogue.Systems
                               where system.Loads?.Contains(load.Name) ?? true
                               from transport in load.TransportsOf(system)
                               from size in table.Part == "redis-scaling" ? [1, 8] : (int[])[Size(table.Part)]
                               select new Sample(table.Part, system.Name, transport, 1, size, table.Columns.DistinctBy(static column => column.Figure).ToDictionary(static column => column.Figure, static _ => 1.0), null)];
        Results results = new(samples);

        Assert.All(Requirements.All, requirement => Assert.True(requirement.Read(results).Count > 0, requirement.What));
    }

    [Fact]
    public void A_report_replaces_the_one_before_and_nothing_else()
    {
        string before = $"# Benchmarks\n\n{ReportFile.Begin}\nold\n{ReportFile.End}\n\nwhat people wrote\n";

        string after = ReportFile.Insert(before, "new");

        Assert.Equal($"# Benchmarks\n\n{ReportFile.Begin}\n\nnew\n\n{ReportFile.End}\n\nwhat people wrote\n", after);
        Assert.Equal(after, ReportFile.Insert(after, "new"));
    }

    [Fact]
    public void A_file_without_a_place_for_the_report_is_left_alone()
    {
        BenchFault fault = Assert.Throws<BenchFault>(static () => ReportFile.Insert("# Benchmarks\n", "new"));

        Assert.Contains(ReportFile.Begin, fault.Message);
    }

    [Fact]
    public void Plots_and_samples_stand_beside_the_report()
    {
        string folder = Directory.CreateTempSubdirectory("godwit-bench-").FullName;
        try
        {
            string file = Path.Combine(folder, "figures.md");
            Sample[] samples = [Cpu("godwit", 1, 2), Cpu("bun", 1, 1)];
            ReportFile.Write(file, new Results(samples), Conditions());

            foreach (string plot in File.ReadAllLines(file).Where(static line => line.StartsWith("![", StringComparison.Ordinal)).Select(static line => line.Split('(')[^1].TrimEnd(')')))
            {
                Assert.True(File.Exists(Path.Combine(folder, plot)), plot);
            }

            Assert.Contains("\"cpuMicrosecondsPerDelivery\": 2", File.ReadAllText(Path.Combine(folder, "figures", "samples.json")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_readme_tells_of_every_load_and_every_system()
    {
        string readme = File.ReadAllText(Path.Combine(new Repository().Root, "bench", "README.md"));

        Assert.All(Catalogue.Loads.Select(static load => load.Name).Concat(Catalogue.Systems.Select(static system => system.Name)), name => Assert.Contains($"**{name}**", readme));
    }

    [Theory]
    [InlineData("fan-out", "'fan-out' is no load of the bench: peers (all but exchange, the durable, the redis and the data channel ones), start, fanout,")]
    [InlineData("peers burst", "'peers' is no load")]
    public void An_unknown_load_is_refused_with_those_that_there_are(string names, string message) =>
        Assert.StartsWith(message, Assert.Throws<BenchFault>(() => Catalogue.FindLoads(names.Split(' '))).Message);

    [Fact]
    public void An_unknown_system_is_refused_with_those_that_there_are() =>
        Assert.Contains("godwit-aot", Assert.Throws<BenchFault>(static () => Catalogue.FindSystems("godwit,gotwit")).Message);

    // The size at which a number is required of a part.
    private static int Size(string part) => part switch
    {
        "slow" or "datachannel" or "datachannel-lossy" => 1_000,
        "resume" or "durable-start" or "redis-restart" => 10_000,
        "durable" or "durable-slow" => 64,
        "durable-tail-beside" => 100,
        "durable-start-memory" => 100_000,
        _ => 1_000_000,
    };

    private static Sample Cpu(string system, int round, double cpu) => new("fanout", system, Transport.WebSocket, round, 10, new Dictionary<string, double> { [Figure.Cpu] = cpu }, null);

    private static string Report(Sample[] samples) => new MarkdownReport(new Results(samples), Conditions(), plots: null).ToString();

    private static Conditions Conditions() => new(s_machine, new BenchOptions(), "the command", [("godwit", "what it is")], [.. Catalogue.Loads.Where(static load => load.Name == "fanout")]);
}
