using System.Text.Json;
using Godwit.Access;
using Godwit.Limits;
using Godwit.Rooms;
using Godwit.Server.LoadTesting;
using Godwit.Server.Probes;
using Godwit.Server.Reaching;
using Godwit.Server.Tests.Administration;
using Godwit.Server.Tests.Processes;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Commands;

public sealed class BenchTests
{
    [Fact]
    public async Task Every_reader_on_every_transport_gets_every_entry_once()
    {
        await using RunningServer server = await RunningServer.StartAsync(engine: static engine => engine.Limits.Publishes = null);
        string via = string.Join(',', ProbeTransports.All.Select(static transport => $"{transport.Name()}=2"));
        CommandRun run = await CommandRun.RunAsync("bench", $"{server.Mount}", "--via", via, "--rate", "10", "--duration", "5s", "--settle", "60s", "--json");

        JsonElement report = JsonDocument.Parse(run.Output).RootElement;
        int acknowledged = report.GetProperty("publishes").GetProperty("acknowledged").GetInt32();
        Assert.True(acknowledged > 0 && acknowledged + report.GetProperty("publishes").GetProperty("unsent").GetInt32() == 50, run.Output);
        Assert.True(report.GetProperty("seconds").GetDouble() >= 5, run.Output);
        Assert.Equal(ProbeTransports.All.Count, report.GetProperty("transports").GetArrayLength());
        Assert.All(report.GetProperty("transports").EnumerateArray(), load =>
        {
            Assert.Equal((2 * acknowledged, 0, 0), (load.GetProperty("delivered").GetInt32(), load.GetProperty("lost").GetInt32(), load.GetProperty("duplicated").GetInt32()));
            Assert.Equal(2 * acknowledged, load.GetProperty("latency").GetProperty("count").GetInt32());
            Assert.True(load.GetProperty("latency").GetProperty("p50").GetDouble() <= load.GetProperty("latency").GetProperty("max").GetDouble());
        });
        Assert.Equal(0, run.Code);
    }

    [Fact]
    public async Task The_text_has_percentiles_and_a_histogram_that_counts_every_delivery()
    {
        await using RunningServer server = await RunningServer.StartAsync(engine: static engine => engine.Limits.Publishes = null);
        CommandRun run = await CommandRun.RunAsync("bench", $"{server.Mount}", "--readers", "4", "--publishers", "2", "--duration", "1s", "--settle", "60s");

        Assert.Equal(0, run.Code);
        Assert.DoesNotContain("godwit: ", run.Errors, StringComparison.Ordinal);
        Assert.Contains("p50 ", run.Output, StringComparison.Ordinal);
        long delivered = long.Parse(Assert.Single(run.Lines, static line => line.StartsWith("websocket", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], System.Globalization.CultureInfo.InvariantCulture);
        long counted = run.Lines.Where(static line => line.StartsWith("  ≤", StringComparison.Ordinal)).Sum(static line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^3], System.Globalization.CultureInfo.InvariantCulture));
        Assert.True(delivered > 0);
        Assert.Equal(delivered, counted);
    }

    [Fact]
    public async Task Entries_that_readers_never_get_are_lost_and_the_exit_code_says_so()
    {
        // A room of the newest entry alone: whoever asks once a second misses the others, and nothing tells.
        await using RunningServer server = await RunningServer.StartAsync(engine: static engine =>
        {
            engine.Limits.Publishes = null;
            engine.Policies.Add(new RoomPolicy { Pattern = RoomPattern.Parse("latest:**"), Delivery = Delivery.Latest });
        });
        CommandRun run = await CommandRun.RunAsync("bench", $"{server.Mount}", "--room", "latest:a", "--via", "short-poll=1", "--rate", "50", "--duration", "5s", "--json");

        JsonElement load = JsonDocument.Parse(run.Output).RootElement.GetProperty("transports")[0];
        Assert.True(load.GetProperty("lost").GetInt32() > 0, run.Output);
        Assert.Equal(1, run.Code);
    }

    [Fact]
    public async Task A_rate_that_the_server_does_not_take_is_told_with_its_setting()
    {
        // Local requests and API keys are not counted.
        await using AdminScene scene = await AdminScene.StartAsync(engine: static engine =>
        {
            engine.Limits.Publishes = new Rate(1, 2);
            engine.Policies.Add(new RoomPolicy { Pattern = RoomPattern.Parse("**"), Users = Rights.All });
        });
        CommandRun run = await CommandRun.RunAsync("bench", $"{scene.Server.Mount}", "--readers", "1", "--rate", "50", "--duration", "5s", "--token", scene.Token("ann"));

        Assert.Contains("429 publish.rate", run.Output, StringComparison.Ordinal);
        Assert.Contains("limits.publishes", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_is_interrupted_says_so_and_reports_what_there_was()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using GodwitProcess bench = GodwitProcess.Begin(["bench", $"{server.Mount}", "--room", "bench:a", "--readers", "1", "--rate", "20", "--duration", "1h"]);
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.WebSocket, server.Room() with { Room = "bench:a" }, ProbeStart.Oldest);
        await reader.JoinAsync();
        await reader.EntriesAsync(5);
        bench.Signal(UnixSignal.Interrupt);

        Assert.Equal(0, await bench.EndAsync());
        Assert.Contains(", interrupted\n", bench.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entries_that_publishers_were_too_late_for_are_told_as_unsent()
    {
        await using RunningServer server = await RunningServer.StartAsync(engine: static engine => engine.Limits.Publishes = null);
        CommandRun run = await CommandRun.RunAsync("bench", $"{server.Mount}", "--readers", "1", "--rate", "1000000", "--duration", "1s", "--settle", "60s", "--json");

        JsonElement publishes = JsonDocument.Parse(run.Output).RootElement.GetProperty("publishes");
        Assert.True(publishes.GetProperty("unsent").GetInt64() > 0, run.Output);
        Assert.Equal(1_000_000, ((string[])["acknowledged", "refused", "failed", "unsent"]).Sum(name => publishes.GetProperty(name).GetInt64()));
    }

    [Fact]
    public void More_clients_than_descriptors_are_refused_with_the_number_that_would_do()
    {
        var plan = new LoadPlan
        {
            Server = new ServerAccess { Mount = new Uri("http://localhost/rt") },
            Room = "a",
            Audience = [(ProbeTransport.WebSocket, 900), (ProbeTransport.LongPoll, 900)],
            Publishers = 4,
            Rate = null,
            Duration = TimeSpan.FromSeconds(1),
            Size = 64,
        };
        LoadRun.RequireDescriptors(plan, 2004);
        LoadRun.RequireDescriptors(plan, null);
        ServerFault fault = Assert.Throws<ServerFault>(() => LoadRun.RequireDescriptors(plan, 2003));
        Assert.Equal("1800 readers and 4 publishers need some 2004 file descriptors, and this process may have 2003; raise ulimit -Hn, or ask for 1799 readers at most", fault.Message);
    }

    [Theory]
    [InlineData("--via: it takes transports", "--via", "websocket,websocket")]
    [InlineData("--via: it takes transports", "--via", "sse=0")]
    [InlineData("--rate: it takes a number of entries a second", "--rate", "0")]
    [InlineData("--rate: it takes a number of entries a second", "--rate", "NaN")]
    [InlineData("--size: ", "--size", "4B")]
    [InlineData("--readers: it takes a whole number", "--readers", "none")]
    public async Task A_command_line_that_means_nothing_is_refused_with_the_reason(string expected, params string[] args) =>
        (await CommandRun.RunAsync(["bench", "http://localhost/rt", .. args])).AssertRefused(expected);
}
