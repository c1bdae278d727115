using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Xml.Linq;
using Godwit.Server.Commands;
using Godwit.Server.Comparing;
using Godwit.Server.Comparing.Plans;
using Godwit.Server.Links;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Processes;
using Godwit.Server.Tests.Servers;

namespace Godwit.Server.Tests.Comparing;

/// <summary><c>godwit compare</c> for some seconds, with the server that was built with these tests.</summary>
public sealed partial class CompareRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-compare-tests-").FullName;

    private static string Program => Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Godwit.Server.exe" : "Godwit.Server");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_transport_is_measured_on_servers_that_are_started()
    {
        string markdown = At("page.md");
        await File.WriteAllTextAsync(markdown, $"# A page\n\n{Godwit.Server.Reporting.MarkedText.Begin}\n{Godwit.Server.Reporting.MarkedText.End}\n\nThe end.\n", Cancel);
        (int code, string output) = await RunAsync(
            "--server", Program, "--duration", "8s", "--poll-every", "200ms", "--clients", "4", "--waiting", "20", "--rate", "8", "--json", At("report.json"), "--html", At("report.html"), "--svg", At("plots"), "--markdown", markdown);
        Assert.True(code == ExitCode.Done, output);
        using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(At("report.json"), Cancel));
        JsonElement[] ways = [.. report.RootElement.GetProperty("transports").EnumerateArray()];
        Assert.Equal(
            ["short-poll-200ms", "short-poll-paced", "long-poll", "sse", "ndjson", "websocket", "session-poll-200ms", "session-long-poll", "session-stream", "session-websocket", "session-datachannel", "session-datachannel-lossy"],
            ways.Select(static way => way.GetProperty("name").GetString()!));
        Assert.All(ways.Where(static way => way.GetProperty("name").GetString() != "short-poll-paced"), way => AssertMeasured(way, output));
        Assert.False(report.RootElement.GetProperty("interrupted").GetBoolean());

        // Between two polls a client holds as much whatever the interval, so that is measured once.
        Assert.Equal(Number(ways[0], "memoryBytesOfKernel"), Number(ways[1], "memoryBytesOfKernel"));

        // What cannot be otherwise, however busy the machine is.
        Assert.Equal(300, Number(ways[0], "requestsPerMinuteQuiet"));
        Assert.Equal(0, Number(ways[5], "requestsPerMinuteQuiet"));
        Assert.True(Number(ways[0], "bytesUpPerMinuteIdle") > 20 * Number(ways[5], "bytesUpPerMinuteIdle"), output);
        Assert.True(Number(ways[2], "bytesUpPerEntry") > 2 * Number(ways[5], "bytesUpPerEntry"), output);
        Assert.True(Number(ways[7], "bytesUpPerEntry") > Number(ways[2], "bytesUpPerEntry"), output);
        Assert.True(Number(ways[5], "bytesDownPerEntry") > 128, output);

        Assert.Contains("Run again: <code>godwit compare --server", await File.ReadAllTextAsync(At("report.html"), Cancel), StringComparison.Ordinal);
        Assert.Equal(10, Directory.GetFiles(At("plots"), "*.svg").Select(static file => XDocument.Load(file)).Count());
        string page = await File.ReadAllTextAsync(markdown, Cancel);
        Assert.EndsWith("The end.\n", page, StringComparison.Ordinal);
        Assert.Contains("(page/latency-quiet.svg)", page, StringComparison.Ordinal);
        Assert.True(File.Exists(At("page/latency-quiet.svg")));
    }

    [Fact]
    public async Task Where_one_server_does_not_start_those_that_would_be_next_are_not_tried()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "it takes a script of the shell");
        string program = At("fails");
        await File.WriteAllTextAsync(program, $"#!/bin/sh\necho tried >> '{At("tries")}'\nexit 3\n", Cancel);
        using (Process made = Process.Start("chmod", ["+x", program]))
        {
            await made.WaitForExitAsync(Cancel);
        }

        (int code, string output) = await RunAsync("--server", program, "--clients", "2", "--waiting", "2");

        Assert.Equal(ExitCode.Configuration, code);
        Assert.Contains("the server ended instead of starting", output, StringComparison.Ordinal);
        Assert.InRange((await File.ReadAllLinesAsync(At("tries"), Cancel)).Length, 1, Environment.ProcessorCount);
    }

    [Fact]
    public async Task Over_a_link_what_pushes_takes_its_delay_and_what_is_held_takes_a_round_trip()
    {
        Assert.SkipWhen(PacketLink.Absence is not null, PacketLink.Absence ?? "");
        (int code, string output) = await RunAsync(
            "--server", Program, "--duration", "5s", "--transports", "long-poll,websocket,session-datachannel,session-datachannel-lossy", "--clients", "2", "--waiting", "2", "--delay", "100ms", "--jitter", "10ms", "--json", At("report.json"));
        Assert.True(code == ExitCode.Done, output);
        using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(At("report.json"), Cancel));
        Assert.Equal("a link with 100 ms ± 10 ms each way and 0 % of the packets lost (seed 0)", report.RootElement.GetProperty("link").GetString());
        Assert.All((string[])["up", "down"], direction => Assert.InRange(report.RootElement.GetProperty("linkPackets").GetProperty(direction).GetProperty("delivered").GetInt64(), 100, long.MaxValue));
        Assert.Contains("What the link did", output, StringComparison.Ordinal);
        Assert.All(report.RootElement.GetProperty("transports").EnumerateArray(), way =>
        {
            Assert.True(way.GetProperty("latencyMs").GetProperty("quiet").GetProperty("p50").GetDouble() >= 90, output);

            // To reconnect takes a round trip, to ask and be answered another one.
            Assert.True(way.GetProperty("recoveryMs").GetProperty("p50").GetDouble() >= 4 * 90, output);
        });
    }

    [Fact]
    public async Task Of_a_server_that_runs_what_it_spends_is_left_out_by_name()
    {
        await using GodwitProcess server = await GodwitProcess.ServeAsync(["serve", "--listen", "http://127.0.0.1:0"], new Dictionary<string, string> { ["GODWIT_heartbeat"] = "1s" });
        (int code, string output) = await RunAsync(new Uri(server.Addresses[0], "rt").ToString(), "--duration", "8s", "--poll-every", "200ms", "--clients", "3", "--json", At("report.json"));
        Assert.True(code == ExitCode.Done, output);
        using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(At("report.json"), Cancel));
        Assert.Contains("was not started here", report.RootElement.GetProperty("unknown").GetString(), StringComparison.Ordinal);
        foreach (JsonElement way in report.RootElement.GetProperty("transports").EnumerateArray())
        {
            Assert.All((string[])["cpuMicrosecondsPerMinuteIdle", "cpuMicrosecondsPerEntrySteady", "memoryBytesOfProcess", "memoryBytesOfKernel", "waitingClientsThatFit"], name => Assert.False(way.TryGetProperty(name, out _), output));
            Assert.True(way.GetProperty("latencyMs").GetProperty("steady").GetProperty("count").GetInt32() > 0, output);
            Assert.True(Number(way, "bytesDownPerMinuteIdle") > 0, output);
            Assert.Equal((0, 0), (way.GetProperty("lost").GetInt32(), way.GetProperty("duplicates").GetInt32()));
        }
    }

    [Fact]
    public async Task Of_a_server_without_data_channels_their_row_is_left_out_by_name()
    {
        await using Transports.RunningServer server = await Transports.RunningServer.StartAsync(static options => options.Heartbeat = TimeSpan.FromSeconds(1), hasDataChannels: false);
        string mount = new Uri(server.Root, "rt").ToString();
        (int code, string output) = await RunAsync(mount, "--duration", "5s", "--transports", "websocket,session-datachannel", "--clients", "2", "--json", At("report.json"));
        Assert.True(code == ExitCode.Done, output);
        Assert.Contains("Left out: Session, data channel: the server refuses an offer with 501 webrtc.unconfigured.", output, StringComparison.Ordinal);
        using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(At("report.json"), Cancel));
        Assert.Equal(["websocket"], report.RootElement.GetProperty("transports").EnumerateArray().Select(static way => way.GetProperty("name").GetString()!));
        Assert.Contains("data channel", report.RootElement.GetProperty("leftOut").GetString(), StringComparison.Ordinal);

        (code, output) = await RunAsync(mount, "--transports", "session-datachannel");
        Assert.Equal(ExitCode.Configuration, code);
        Assert.Contains("data channels cannot be compared", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_room_without_the_right_is_refused_in_one_line()
    {
        string key = Godwit.AspNetCore.ApiKey.Create();
        string config = At("godwit.json");
        await File.WriteAllTextAsync(config, $$$"""{"access":{"apiKeys":[{"name":"reader","hash":"{{{Convert.ToHexStringLower(Godwit.AspNetCore.ApiKey.HashOf(key))}}}","grants":{"**":["read"]}}]}}""", Cancel);
        await File.WriteAllTextAsync(At("key"), key, Cancel);
        await using GodwitProcess server = await GodwitProcess.ServeAsync(["serve", "--listen", "http://127.0.0.1:0", "--config", config]);
        string mount = new Uri(server.Addresses[0], "rt").ToString();

        (int code, string output, string errors) = await RunApartAsync(CancellationToken.None, mount);
        Assert.Equal(ExitCode.Configuration, code);
        Assert.Matches($"^godwit: {mount} refuses with 401 [a-z.]+; give a token or an API key that may read and publish in compare:check by --token-file\\s*$", errors);

        (code, output, errors) = await RunApartAsync(CancellationToken.None, mount, "--token-file", At("key"));
        Assert.Equal(ExitCode.Configuration, code);
        Assert.Matches($"^godwit: {mount} refuses a publish in compare:[a-z0-9:.-]+ with 403 [a-z.]+; give a token or an API key that may publish there by --token-file\\s*$", errors);
        Assert.DoesNotContain("median", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupted_run_reports_the_stages_that_were_done_and_leaves_the_others_out()
    {
        using var interrupt = new CancellationTokenSource();
        using var output = new InterruptingWriter("what waiting costs", interrupt);
        using var errors = new StringWriter();
        var plan = new ComparePlan { Ways = Way.Of([ProbeTransport.WebSocket, ProbeTransport.LongPoll], [TimeSpan.FromSeconds(1)]), Clients = 3, Waiting = 5, Duration = TimeSpan.FromSeconds(60) };
        int code = await new Comparison(new CompareRequest { Program = Program, Plan = plan, JsonFile = At("report.json") }, output, errors, isTerminal: true).RunAsync(interrupt.Token);
        Assert.True(code == ExitCode.Configuration, output.ToString() + errors);
        using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(At("report.json"), Cancel));
        Assert.True(report.RootElement.GetProperty("interrupted").GetBoolean());
        Assert.Equal(["idle", "quiet", "steady", "bursty", "cut", "together"], report.RootElement.GetProperty("notMeasured").EnumerateArray().Select(static stage => stage.GetString()!));
        JsonElement socket = report.RootElement.GetProperty("transports")[0];
        Assert.Equal("websocket", socket.GetProperty("name").GetString());
        Assert.True(socket.TryGetProperty("memoryBytesOfKernel", out _));
        Assert.False(socket.TryGetProperty("cpuMicrosecondsPerMinuteIdle", out _));
        Assert.Contains("Interrupted. Not measured, or not to the end, and so left out: what waiting costs", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_run_that_is_interrupted_late_everything_is_reported_that_came_before()
    {
        using var interrupt = new CancellationTokenSource();
        using var output = new InterruptingWriter(Stage.Cut.Phrase(), interrupt);
        using var errors = new StringWriter();
        var plan = new ComparePlan { Ways = Way.Of([ProbeTransport.WebSocket, ProbeTransport.LongPoll], [TimeSpan.FromSeconds(1)]), Clients = 3, Waiting = 5, Duration = TimeSpan.FromSeconds(15) };
        await new Comparison(new CompareRequest { Program = Program, Plan = plan, JsonFile = At("report.json") }, output, errors, isTerminal: true).RunAsync(interrupt.Token);
        using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(At("report.json"), Cancel));
        Assert.Equal(["cut", "together"], report.RootElement.GetProperty("notMeasured").EnumerateArray().Select(static stage => stage.GetString()!));
        Assert.All(report.RootElement.GetProperty("transports").EnumerateArray(), way =>
        {
            Assert.All((string[])["quiet", "steady", "bursty"], schedule => Assert.True(way.GetProperty("latencyMs").GetProperty(schedule).GetProperty("count").GetInt32() > 0, $"{way} {output}"));
            Assert.False(way.TryGetProperty("recoveryMs", out _), output.ToString());
        });
    }

    // A terminal sends the signal to the servers too.
    [Fact]
    public async Task Interrupted_with_its_servers_it_reports_and_leaves_none_of_them_behind()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "processes are found in /proc");
        await using GodwitProcess compare = GodwitProcess.Start(["compare", "--transports", "websocket,sse", "--json", At("report.json")]);
        int[] servers = [];
        await ServerProcesses.UntilAsync(() => (servers = ProcessTree.ChildrenOf(compare.Id)).Length == 5, "five servers are started");
        foreach (int server in servers)
        {
            Signal(server, UnixSignal.Interrupt);
        }

        compare.Signal(UnixSignal.Interrupt);
        int code = await compare.EndAsync();
        Assert.True(code == ExitCode.Configuration, compare.Output + compare.Errors);
        Assert.Contains("Interrupted.", compare.Output, StringComparison.Ordinal);
        Assert.Empty(compare.Errors);
        Assert.All(servers, static server => Assert.False(Directory.Exists($"/proc/{server}")));
        using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(At("report.json"), Cancel));
        Assert.True(report.RootElement.GetProperty("interrupted").GetBoolean());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static double Number(JsonElement way, string name) => way.GetProperty(name).GetDouble();

    private static void AssertMeasured(JsonElement way, string output)
    {
        Assert.All((string[])["quiet", "steady", "bursty", "together"], schedule => Assert.True(way.GetProperty("latencyMs").TryGetProperty(schedule, out JsonElement latency) && latency.GetProperty("max").GetDouble() >= latency.GetProperty("p50").GetDouble(), $"{way} {output}"));
        Assert.True(way.GetProperty("recoveryMs").GetProperty("count").GetInt32() > 0, output);
        Assert.All(
            (string[])["requestsPerMinuteSteady", "bytesUpPerMinuteIdle", "bytesDownPerMinuteIdle", "bytesUpPerEntry", "bytesDownPerEntry", "cpuMicrosecondsPerMinuteIdle", "cpuMicrosecondsPerEntrySteady", "memoryBytesOfKernel"],
            name => Assert.True(way.TryGetProperty(name, out _), $"{name} {way} {output}"));

        // Of a burst the channel that may lose brings next to nothing, and what that costs says nothing.
        Assert.Equal(!way.TryGetProperty("skipped", out _), way.TryGetProperty("cpuMicrosecondsPerEntryBursty", out _));
        Assert.Equal(1, Number(way, "connections"));
        Assert.Equal((0, 0), (way.GetProperty("lost").GetInt32(), way.GetProperty("duplicates").GetInt32()));
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] args)
    {
        (int code, string output, string errors) = await RunApartAsync(Cancel, args);
        return (code, output + errors);
    }

    private static async Task<(int Code, string Output, string Errors)> RunApartAsync(CancellationToken cancel, params string[] args)
    {
        cancel.ThrowIfCancellationRequested();
        using var output = new StringWriter();
        using var errors = new StringWriter();
        return (await GodwitCommand.RunAsync(["compare", .. args], output, errors), output.ToString(), errors.ToString());
    }

    private static void Signal(int process, UnixSignal signal) => Assert.Equal(0, Kill(process, (int)signal));

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);

    private string At(string name) => Path.Combine(_folder, name);

    /// <summary>Interrupts as soon as something is written.</summary>
    private sealed class InterruptingWriter(string at, CancellationTokenSource interrupt) : StringWriter
    {
        public override void Write(string? value)
        {
            base.Write(value);
            if (value?.Contains(at, StringComparison.Ordinal) == true)
            {
                interrupt.CancelAfter(0);
            }
        }
    }
}
