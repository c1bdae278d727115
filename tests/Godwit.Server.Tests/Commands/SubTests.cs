using System.Net;
using System.Text.Json;
using Godwit.Access;
using Godwit.Rooms;
using Godwit.Server.Commands;
using Godwit.Server.Probes;
using Godwit.Server.Reaching;
using Godwit.Server.Tests.Administration;
using Godwit.Server.Tests.Processes;
using Godwit.Server.Tests.Transports;
using Relay = Godwit.Server.Verifying.Deployments.Relay;

namespace Godwit.Server.Tests.Commands;

public sealed class SubTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-sub-").FullName;

    public static TheoryData<string> Transports() => [.. ProbeTransports.All.Select(static transport => transport.Name())];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Entries_are_printed_a_line_each_over_every_transport(string transport)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await FillAsync(server, "\"text\"", """{"a":1}""", "\"two\\nlines\"", "4");

        CommandRun run = await CommandRun.RunAsync("sub", "lobby", "--via", transport, "--last", "3", "--count", "3", "--quiet", "--url", $"{server.Mount}");

        Assert.Equal((0, "{\"a\":1}\n\"two\\nlines\"\n4\n", ""), (run.Code, run.Output, run.Errors));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task JSON_has_the_whole_entry_over_every_transport(string transport)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await FillAsync(server, """{"a":1e2}""");

        CommandRun run = await CommandRun.RunAsync("sub", "lobby", "--via", transport, "--after", "start", "--count", "1", "--json", "--quiet", "--url", $"{server.Mount}");

        JsonElement entry = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(["op", "room", "position", "offset", "event", "data", "time"], entry.EnumerateObject().Select(static field => field.Name));
        Assert.Equal("""{"a":1e2}""", entry.GetProperty("data").GetRawText());
        Assert.Equal("", run.Errors);
    }

    [Theory]
    [InlineData("websocket")]
    [InlineData("sse")]
    [InlineData("stream")]
    [InlineData("long-poll")]
    [InlineData("session-websocket")]
    public async Task It_comes_back_after_every_cut_misses_nothing_and_prints_nothing_twice(string transport)
    {
        await using RunningServer server = await RunningServer.StartAsync(engine: static engine => engine.Limits.Publishes = null);
        await using var relay = new Relay { Target = new IPEndPoint(IPAddress.Loopback, server.Root.Port) };
        Task<CommandRun> running = CommandRun.RunAsync("sub", "lobby", "--via", transport, "--after", "start", "--count", "60", "--url", $"http://{relay.Address}/rt");
        int number = 0;
        for (int round = 0; round < 3; round++)
        {
            // Some of these come before the cut, some while nothing is connected.
            for (int i = 0; i < 20; i++)
            {
                await Reading.PublishAsync(Room(server), $"{++number}");
            }

            relay.Cut();
        }

        CommandRun run = await running;
        Assert.Equal(0, run.Code);
        Assert.Equal(Enumerable.Range(1, 60).Select(static i => $"{i}"), run.Lines);
        Assert.Contains("60 entries; go on with --after ", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_waits_for_a_server_that_is_away_and_says_so()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using var relay = new Relay { Target = new IPEndPoint(IPAddress.Loopback, server.Root.Port) };
        await using GodwitProcess sub = GodwitProcess.Begin(["sub", "lobby", "--after", "start", "--count", "2", "--url", $"http://{relay.Address}/rt"]);
        await FillAsync(server, "1");
        await UntilAsync(() => sub.Output == "1\n");
        EndPoint target = relay.Target!;
        relay.Target = null;
        relay.Cut();
        await UntilAsync(() => sub.Errors.Split("again in").Length > 2);
        await FillAsync(server, "2");
        relay.Target = target;

        Assert.Equal(0, await sub.EndAsync());
        Assert.Equal("1\n2\n", sub.Output);
    }

    [Fact]
    public async Task A_gap_and_a_reset_are_told_on_standard_error_and_reading_goes_on()
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        List<string> positions = await Reading.FillAsync(scene.Room(scene.Backend, "room:a"), 4);
        string other = (await scene.PublishAsync("room:b", "1")).Position!;
        await scene.AskAsync(HttpMethod.Delete, $"rooms/room:a?before={positions[2]}");

        CommandRun gap = await ReadAsync("room:a", positions[0]);
        Assert.Equal((0, "3\n4\n"), (gap.Code, gap.Output));
        Assert.Equal("godwit: gap: the entry 2 had left the room's retention before being read.\n", gap.Errors);
        CommandRun json = await ReadAsync("room:a", positions[0], "--json");
        JsonElement told = JsonDocument.Parse(json.Errors).RootElement;
        Assert.Equal(("gap", 2), (told.GetProperty("op").GetString(), told.GetProperty("missing").GetProperty("to").GetInt32()));

        CommandRun reset = await ReadAsync("room:a", other);
        Assert.Equal((0, "3\n4\n"), (reset.Code, reset.Output));
        Assert.StartsWith("godwit: reset: ", reset.Errors, StringComparison.Ordinal);

        Task<CommandRun> ReadAsync(string room, string after, params string[] more) =>
            CommandRun.RunAsync(["sub", room, "--after", after, "--count", "2", "--quiet", "--token", scene.Backend, "--url", $"{scene.Server.Mount}", .. more]);
    }

    [Theory]
    [InlineData("websocket")]
    [InlineData("short-poll")]
    public async Task The_next_run_goes_on_from_the_position_file_where_the_one_before_ended(string transport)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await FillAsync(server, "1", "2", "3", "4");
        string file = Path.Combine(_folder, "position");
        string[] args = ["sub", "lobby", "--via", transport, "--after", "start", "--count", "2", "--position-file", file, "--quiet", "--url", $"{server.Mount}"];

        Assert.Equal("1\n2\n", (await CommandRun.RunAsync(args)).Output);
        Assert.Equal("3\n4\n", (await CommandRun.RunAsync(args)).Output);
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task A_signal_ends_it_in_order_with_the_position_to_go_on_from()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using GodwitProcess sub = GodwitProcess.Begin(["sub", "lobby", "--after", "start", "--verbose", "--url", $"{server.Mount}"]);
        string position = (await Reading.PublishAsync(Room(server), "1")).Position!;
        await UntilAsync(() => sub.Output.Length > 0);
        sub.Signal(UnixSignal.Interrupt);

        Assert.Equal(0, await sub.EndAsync());
        Assert.Equal($"godwit: 1 entry; go on with --after {position}.\n", sub.Errors);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z #1 message 1\n$", sub.Output);
    }

    [Theory]
    [InlineData("websocket", 28, "No space left on device", 1)]
    [InlineData("short-poll", 28, "No space left on device", 1)]
    [InlineData("websocket", 32, "Broken pipe", 0)]
    public async Task What_could_not_be_printed_is_printed_by_the_next_run(string transport, int errno, string why, int code)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await FillAsync(server, "1", "2", "3");
        string file = Path.Combine(_folder, "position");
        string[] args = ["sub", "lobby", "--via", transport, "--after", "start", "--position-file", file, "--url", $"{server.Mount}"];
        for (int i = 0; i < 3; i++)
        {
            // It takes none, then one, then another.
            using var output = new FailingOutput(i == 0 ? 0 : 1, new IOException(why, errno));
            using var errors = new StringWriter { NewLine = "\n" };
            Assert.Equal(code, await GodwitCommand.RunAsync(args, output, errors).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
            Assert.Equal(i == 0 ? "" : $"{i}\n", output.Written);
            Assert.Equal(code == 1, errors.ToString().Contains($"godwit: an entry cannot be printed: {why}.\n", StringComparison.Ordinal));
        }

        Assert.Equal("3\n", (await CommandRun.RunAsync([.. args, "--count", "1"])).Output);
    }

    [Fact]
    public async Task A_refusal_that_ends_it_leaves_the_position_of_the_last_entry()
    {
        await using AdminScene scene = await AdminScene.StartAsync(engine: static engine => engine.Policies.Add(new RoomPolicy { Pattern = RoomPattern.Parse("**"), Users = Rights.All }));
        string file = Path.Combine(_folder, "position");
        await using GodwitProcess sub = GodwitProcess.Begin(["sub", "lobby", "--after", "start", "--position-file", file, "--token", scene.Token("ann"), "--url", $"{scene.Server.Mount}"]);
        await scene.PublishAsync("lobby", "1");
        string position = (await scene.PublishAsync("lobby", "2")).Position!;
        await UntilAsync(() => sub.Output == "1\n2\n");
        await scene.OrderAsync("revoke", """{"user":"ann"}""");

        Assert.Equal(2, await sub.EndAsync());
        Assert.Equal(position, (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Trim());
        Assert.Contains($"go on with --after {position}.\n", sub.Errors, StringComparison.Ordinal);
        Assert.Contains("token.revoked", sub.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_ends_when_nobody_reads_what_it_prints()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await FillAsync(server, "1", "2", "3");
        string program = Path.Combine(AppContext.BaseDirectory, "Godwit.Server");
        using var shell = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/bin/sh", ["-c", $"'{program}' sub lobby --after start --url {server.Mount} | head -n 2"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> errors = shell.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            await shell.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
            Assert.Equal("1\n2\n", await output);
            Assert.DoesNotContain("Unhandled", await errors, StringComparison.Ordinal);
        }
        finally
        {
            if (!shell.HasExited)
            {
                shell.Kill(entireProcessTree: true);
            }
        }
    }

    [Fact]
    public async Task What_would_do_something_to_a_terminal_is_escaped()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await FillAsync(server, "\"\\u001b[2J\"", "{\"a\":\"\u009b2J\"}");

        CommandRun run = await CommandRun.RunAsync("sub", "lobby", "--after", "start", "--count", "2", "--quiet", "--url", $"{server.Mount}");

        Assert.Equal("\"\\u001b[2J\"\n{\"a\":\"\\u009b2J\"}\n", run.Output);
    }

    [Theory]
    [InlineData("--after and --last both say where to begin", "--after", "now", "--last", "2")]
    [InlineData("--after: it takes a position", "--after", "yesterday")]
    [InlineData("--via: it takes one of websocket, sse, ", "--via", "carrier-pigeon")]
    [InlineData("--last: it takes a whole number from 1 to 1000", "--last", "1001")]
    [InlineData("--every is for --via short-poll", "--every", "1s")]
    public async Task A_command_line_that_means_nothing_is_refused_with_the_reason(string expected, params string[] args) =>
        (await CommandRun.RunAsync(["sub", "lobby", .. args])).AssertRefused(expected);

    [Fact]
    public async Task A_position_file_that_holds_something_else_is_refused()
    {
        string file = Path.Combine(_folder, "position");
        await File.WriteAllTextAsync(file, "my notes", TestContext.Current.CancellationToken);
        (await CommandRun.RunAsync("sub", "lobby", "--position-file", file)).AssertRefused($"--position-file: {file} holds no position");
        Assert.Equal("my notes", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    private static ProbeTarget Room(RunningServer server) => server.Room() with { Room = "lobby" };

    private static async Task FillAsync(RunningServer server, params string[] data)
    {
        foreach (string json in data)
        {
            await Reading.PublishAsync(Room(server), json);
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            await Task.Delay(20, patience.Token);
        }
    }

    /// <summary>An output that takes so many lines.</summary>
    private sealed class FailingOutput(int lines, IOException fault) : StringWriter
    {
        private int _left = lines;

        public string Written => ToString().Replace("\r", "", StringComparison.Ordinal);

        public override Task WriteLineAsync(string? value) => _left-- > 0 ? base.WriteLineAsync(value) : throw fault;
    }
}
