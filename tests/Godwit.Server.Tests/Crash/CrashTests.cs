using Godwit.Server.Verifying.Disks;

namespace Godwit.Server.Tests.Crash;

/// <summary>
/// A server that is killed, or loses power, at random moments under load. The short form runs with all tests; <c>GODWIT_SOAK=1</c> runs 1,000 kills
/// and 100 losses of power, and <c>GODWIT_SOAK_SEED</c> repeats a schedule.
/// </summary>
public sealed class CrashTests
{
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("GODWIT_SOAK") == "1";

    private static int Seed => Environment.GetEnvironmentVariable("GODWIT_SOAK_SEED") is { Length: > 0 } seed ? int.Parse(seed, System.Globalization.CultureInfo.InvariantCulture) : Random.Shared.Next();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_killed_at_random_moments_loses_nothing_acknowledged_and_gives_nothing_twice() =>
        await RunAsync(kills: IsLong ? 1000 : 8, powerLosses: 0);

    [Fact]
    public async Task A_server_that_loses_power_at_random_moments_loses_nothing_acknowledged_and_gives_nothing_twice() =>
        await RunAsync(kills: 0, powerLosses: IsLong ? 100 : 6);

    [Fact]
    public async Task A_disk_that_only_says_that_it_has_synced_is_found_out()
    {
        Assert.SkipWhen(FaultyDisk.Absence is not null, FaultyDisk.Absence ?? "");
        int seed = Seed;
        var run = new CrashRun(CrashCommand.Program, new CrashPlan(seed, 0, 12), seed) { Fault = DiskFault.SyncIgnored };
        CrashReport report = await run.RunAsync(Cancel);
        Assert.True(report.Violations.Count > 0, $"Nothing was found with the seed {seed}.");
    }

    [Fact]
    public void The_same_seed_plans_the_same_deaths()
    {
        Assert.Equal(new CrashPlan(7, 20, 5).Deaths, new CrashPlan(7, 20, 5).Deaths);
        Assert.NotEqual(new CrashPlan(7, 20, 5).Deaths, new CrashPlan(8, 20, 5).Deaths);
    }

    private static async Task RunAsync(int kills, int powerLosses)
    {
        Assert.SkipWhen(powerLosses > 0 && FaultyDisk.Absence is not null, FaultyDisk.Absence ?? "");
        int seed = Seed;
        var run = new CrashRun(CrashCommand.Program, new CrashPlan(seed, kills, powerLosses), seed) { Progress = Console.Error.WriteLine };
        CrashReport report = await run.RunAsync(Cancel);
        Assert.True(report.Violations.Count == 0, $"With GODWIT_SOAK_SEED={seed}:\n{string.Join("\n", report.Violations)}");
        Assert.True(report.Acknowledged > 0 && report.Read.Values.All(static read => read > 0), report.ToJson());
    }
}
