using System.Text.Json;
using System.Xml.Linq;
using Godwit.Server.Commands;
using Godwit.Server.Tests.Verifying.Mutations;
using Godwit.Server.Verifying;
using Godwit.Server.Verifying.Deployments;
using Godwit.Server.Verifying.Disks;
using Godwit.Server.Verifying.Faults;
using Godwit.Server.Verifying.Records;
using Godwit.Server.Verifying.Stores;

namespace Godwit.Server.Tests.Verifying;

/// <summary>
/// <c>godwit verify</c> against the server that was built with these tests: for some seconds with one short fault of each kind, or with
/// <c>GODWIT_SOAK=1</c> for five minutes with the seeds of <see cref="Seeds"/>.
/// </summary>
public sealed class StartedServerTests : IDisposable
{
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("GODWIT_SOAK") == "1";
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-verify-tests-").FullName;

    private static string Program => Environment.GetEnvironmentVariable("GODWIT_SOAK_SERVER") ?? Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Godwit.Server.exe" : "Godwit.Server");

    public static TheoryData<string, int> Seeds() => IsLong
        ? new() { { "memory", 1 }, { "memory", 2 }, { "sqlite", 3 }, { "sqlite", 4 }, { "sqlite", 5 }, { "redis", 6 }, { "redis-sentinel", 12 } }
        : new() { { "memory", 1 }, { "sqlite", 3 }, { "redis", 6 } };

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Every_promise_holds_whatever_is_done_to_the_server(string store, int seed)
    {
        Assert.SkipWhen(store.StartsWith("redis", StringComparison.Ordinal) && !Godwit.Redis.Servers.RedisServer.IsInstalled, "redis-server is not installed (Debian: apt-get install redis-server)");
        string[] form = IsLong ? ["--duration", "60s"] : ["--duration", "16s", "--schedule", await ScheduleAsync(store)];
        (int code, string output) = await RunAsync(["--start", store, "--seed", $"{seed}", .. form]);
        Assert.True(code == ExitCode.Done, output);
        using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(At("report.json"), TestContext.Current.CancellationToken));
        JsonElement counts = report.RootElement.GetProperty("counts");
        Assert.True(counts.GetProperty("faults").GetInt32() >= 2, output);
        Assert.True(counts.GetProperty("acknowledged").GetInt64() > 0 && counts.GetProperty("deliveries").GetInt64() > 0, output);
        Assert.Equal(Promises.All.Count, XDocument.Load(At("report.xml")).Descendants("testcase").Count());
        Assert.True(report.RootElement.GetProperty("transports").GetProperty("sessionDataChannel").GetProperty("deliveries").GetInt64() > 0, output);
        AssertNeedsNothing(await File.ReadAllTextAsync(At("report.html"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Every_promise_holds_behind_nginx_that_gives_each_request_to_the_next_server()
    {
        Assert.SkipUnless(Godwit.Redis.Servers.RedisServer.IsInstalled, "redis-server is not installed (Debian: apt-get install redis-server)");
        Assert.SkipWhen(NginxProxy.Program is null, "nginx is not installed (Debian: apt-get install nginx)");
        (FaultKind Kind, double Lasts, int Amount)[] faults =
        [
            (FaultKind.Cut, 0, 0), (FaultKind.CutAtByte, 0.4, 900), (FaultKind.NetworkCut, 0.4, 0), (FaultKind.ProxyReload, 0, 0), (FaultKind.Revoke, 0, 0),
            .. NetworkNamespace.Absence is null ? ((FaultKind, double, int)[])[(FaultKind.LinkCut, 1.5, 0), (FaultKind.StoreLinkCut, 1.5, 0)] : [],
            (FaultKind.ProxyKill, 0, 0), (FaultKind.Kill, 0, 0), (FaultKind.RollingRestart, 0, 0),
        ];
        (int code, string output) = await RunAsync(["--start", "redis", "--servers", "2", "--proxy", "nginx", "--seed", "4", "--duration", "24s", "--schedule", await ScheduleAsync(faults), "--batch", "5", "--stay", "6s"]);
        Assert.True(code == ExitCode.Done, output);
        using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(At("report.json"), TestContext.Current.CancellationToken));
        Assert.True(report.RootElement.GetProperty("faults").GetArrayLength() >= 3, output);
        Assert.All(report.RootElement.GetProperty("transports").EnumerateObject(), static transport => Assert.True(transport.Value.GetProperty("deliveries").GetInt64() > 0, transport.Name));
    }

    [Fact]
    public async Task Servers_that_run_already_are_verified_over_both_versions_of_http()
    {
        await using Processes.GodwitProcess server = await Processes.GodwitProcess.ServeAsync(["serve", "--listen", "http://127.0.0.1:0", "--listen", "h2c://127.0.0.1:0"]);
        (int code, string output) = await RunAsync([$"{server.Addresses[0]}rt", $"h2c://127.0.0.1:{server.Addresses[1].Port}/rt", "--duration", "4s", "--pause", "500ms", "--seed", "2"]);
        Assert.True(code == ExitCode.Done, output);
        Assert.Contains("left out, servers that godwit verify did not start are not touched: link-cut, kill, drain", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_only_says_that_it_has_synced_is_found_out()
    {
        Assert.SkipWhen(FaultyDisk.Absence is not null, FaultyDisk.Absence ?? "");
        await using var deployment = new StartedDeployment(new StartSettings(StoreKind.Sqlite, [Program], 1, [FaultKind.PowerLoss]), new LyingDisk());
        await deployment.StartAsync(TestContext.Current.CancellationToken);
        FaultStep[] schedule = [.. Enumerable.Range(1, 5).Select(static i => new FaultStep(TimeSpan.FromSeconds(2 * i), FaultKind.PowerLoss, 0, TimeSpan.Zero, i))];
        VerifyResult result = await new VerifyRun(deployment, new VerifyPlan { Seed = 5, Duration = TimeSpan.FromSeconds(20), Schedule = schedule, StopsAtFirst = true }, []).RunAsync(TestContext.Current.CancellationToken);
        Assert.Contains(result.Anomalies, static anomaly => anomaly.Promise is Promise.AcknowledgedIsStored or Promise.HonestVerdict or Promise.NoContradiction or Promise.NoLoss);
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

    // The kinds that end the server come last: on a busy machine a start takes long.
    private Task<string> ScheduleAsync(string store) => ScheduleAsync(
    [
        (FaultKind.CutAtByte, 0.4, 900), (FaultKind.NetworkCut, 0.4, 0), (FaultKind.NetworkDelay, 0.4, 40), (FaultKind.Freeze, 0.4, 0), (FaultKind.SlowReaders, 0.4, 0), (FaultKind.ClockStep, 0.4, -500),
        .. ((FaultKind, double, int)[])(store switch
        {
            "sqlite" => [(FaultKind.DiskFull, 0.4, 0), (FaultKind.PowerLoss, 0, 50)],
            "redis" => [(FaultKind.StoreCut, 0, 0), (FaultKind.SubscriptionKill, 0, 0), (FaultKind.StoreKill, 0.4, 0)],
            _ => [(FaultKind.Revoke, 0, 0)],
        }),
        (FaultKind.Kill, 0, 0), (FaultKind.Cut, 0, 0), (FaultKind.Drain, 0, 0),
    ]);

    private async Task<string> ScheduleAsync((FaultKind Kind, double Lasts, int Amount)[] faults)
    {
        string file = At("schedule.json");
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartArray();
            foreach (((FaultKind kind, double lasts, int amount), int i) in faults.Select(static (fault, i) => (fault, i)))
            {
                new FaultStep(TimeSpan.FromSeconds(0.5 + i), kind, i, TimeSpan.FromSeconds(lasts), amount).Write(json);
            }

            json.WriteEndArray();
        }

        await File.WriteAllBytesAsync(file, text.ToArray(), TestContext.Current.CancellationToken);
        return file;
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
