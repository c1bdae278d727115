using System.Text.Json;
using System.Xml.Linq;
using Godwit.Server.Commands;

namespace Godwit.Server.Tests.Verifying;

/// <summary>
/// <c>godwit verify</c> against the server that was built with these tests, by fixed seeds: some seconds each, or with <c>GODWIT_SOAK=1</c>
/// five minutes with the seeds of <see cref="Seeds"/>.
/// </summary>
public sealed class StartedServerTests : IDisposable
{
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("GODWIT_SOAK") == "1";
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-verify-tests-").FullName;

    private static string Program => Environment.GetEnvironmentVariable("GODWIT_SOAK_SERVER") ?? Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Godwit.Server.exe" : "Godwit.Server");

    public static TheoryData<string, int> Seeds() => IsLong
        ? new() { { "memory", 1 }, { "memory", 2 }, { "sqlite", 3 }, { "sqlite", 4 }, { "sqlite", 5 } }
        : new() { { "memory", 1 }, { "sqlite", 3 } };

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Every_promise_holds_whatever_is_done_to_the_server(string store, int seed)
    {
        string[] form = IsLong ? ["--duration", "60s"] : ["--duration", "9s", "--pause", "200ms", "--without", "drain"];
        (int code, string output) = await RunAsync(["--start", store, "--seed", $"{seed}", .. form]);
        Assert.True(code == ExitCode.Done, output);
        using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(At("report.json"), TestContext.Current.CancellationToken));
        JsonElement counts = report.RootElement.GetProperty("counts");
        Assert.True(counts.GetProperty("faults").GetInt32() >= 3, output);
        Assert.True(counts.GetProperty("acknowledged").GetInt64() > 0 && counts.GetProperty("deliveries").GetInt64() > 0, output);
        Assert.Equal(10, XDocument.Load(At("report.xml")).Descendants("testcase").Count());
        AssertNeedsNothing(await File.ReadAllTextAsync(At("report.html"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Servers_that_run_already_are_verified_over_both_versions_of_http()
    {
        await using Processes.GodwitProcess server = await Processes.GodwitProcess.ServeAsync(["serve", "--listen", "http://127.0.0.1:0", "--listen", "h2c://127.0.0.1:0"]);
        (int code, string output) = await RunAsync([$"{server.Addresses[0]}rt", $"h2c://127.0.0.1:{server.Addresses[1].Port}/rt", "--duration", "4s", "--pause", "500ms", "--seed", "2"]);
        Assert.True(code == ExitCode.Done, output);
        Assert.Contains("left out, servers that godwit verify did not start are not touched: kill, drain", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_servers_that_share_no_store_are_found_out()
    {
        await using Processes.GodwitProcess one = await Processes.GodwitProcess.ServeAsync(["serve", "--listen", "http://127.0.0.1:0"]);
        await using Processes.GodwitProcess other = await Processes.GodwitProcess.ServeAsync(["serve", "--listen", "http://127.0.0.1:0"]);
        (int code, string output) = await RunAsync([$"{one.Addresses[0]}rt", $"{other.Addresses[0]}rt", "--duration", "5s", "--faults", "none", "--stop", "--seed", "2"]);
        Assert.Equal(ExitCode.Violations, code);
        Assert.Contains("BROKEN", output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void AssertNeedsNothing(string html)
    {
        Assert.Contains("<svg", html, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http://www", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<link", html, StringComparison.Ordinal);
    }

    private string At(string name) => Path.Combine(_folder, name);

    private async Task<(int Code, string Output)> RunAsync(string[] args)
    {
        using var output = new StringWriter();
        string[] started = args.Contains("--start") ? ["--server", Program] : [];
        int code = await GodwitCommand.RunAsync(["verify", .. args, .. started, "--json", At("report.json"), "--junit", At("report.xml"), "--html", At("report.html")], output, output);
        return (code, output.ToString());
    }
}
