using Godwit.Server.Tests.Verifying.Mutations;
using Godwit.Server.Verifying;
using Godwit.Server.Verifying.Faults;
using Godwit.Server.Verifying.Records;
using Godwit.Server.Verifying.Stores;

namespace Godwit.Server.Tests.Verifying;

/// <summary>What <c>godwit verify</c> says of servers that do not keep the pace when their Redis goes away for some seconds and comes back.</summary>
public sealed class PaceTests
{
    // What is not done at all need not be waited for.
    private static readonly Bounds Soon = new()
    {
        Degraded = TimeSpan.FromSeconds(1),
        Refusal = TimeSpan.FromSeconds(1),
        LaterRefusal = TimeSpan.FromSeconds(0.5),
        Recovery = TimeSpan.FromSeconds(4),
        Restored = TimeSpan.FromSeconds(4),
        Settling = TimeSpan.FromSeconds(1),
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Servers_that_are_late_or_silent_when_the_store_goes_and_comes_back_are_found_out()
    {
        Assert.SkipUnless(Godwit.Redis.Servers.RedisServer.IsInstalled, "redis-server is not installed (Debian: apt-get install redis-server)");

        // Mostly they wait, so all of them at once.
        (string Name, string Said, VerifyResult Result)[] results = await Task.WhenAll(PaceMutations.All.Select(static async each => (each.Mutation.Name, each.Said, await RunAsync(each.Mutation, Soon, how: 0))));
        string[] missed = [.. results.Where(static each => !each.Result.Anomalies.Any(anomaly => anomaly.Promise == Promise.Pace && anomaly.What.Contains(each.Said, StringComparison.Ordinal))).Select(static each => $"{each.Name}:\n{Found(each.Result)}")];
        Assert.True(missed.Length == 0, string.Join("\n", missed));
    }

    [Fact]
    public async Task A_server_keeps_the_pace_whether_its_redis_is_dead_or_stopped_or_out_of_reach()
    {
        Assert.SkipUnless(Godwit.Redis.Servers.RedisServer.IsInstalled, "redis-server is not installed (Debian: apt-get install redis-server)");
        VerifyResult[] results = await Task.WhenAll(Enumerable.Range(0, 3).Select(static how => RunAsync(new Mutation("nothing"), new Bounds(), how)));
        Assert.All(results, static result => Assert.True(result.Violations == 0, Found(result)));
        Assert.All(results, static result => Assert.Contains("5 readers told degraded after", Assert.Single(result.Faults).Remark, StringComparison.Ordinal));
    }

    private static string Found(VerifyResult result) => string.Join("\n", result.Faults.Select(static fault => fault.Remark).Concat(result.Anomalies.Take(5).Select(static anomaly => $"{anomaly.Promise}: {anomaly.What}\n  {string.Join("\n  ", anomaly.Frames.TakeLast(4))}")));

    private static async Task<VerifyResult> RunAsync(Mutation mutation, Bounds bounds, int how)
    {
        await using var store = new RedisStore(1, []);
        await using var deployment = new BrokenDeployment(mutation, store);
        await deployment.StartAsync(Cancel);
        FaultStep outage = new(TimeSpan.Zero, FaultKind.StoreOutage, 0, TimeSpan.FromSeconds(9.5), how);
        var plan = new VerifyPlan
        {
            Seed = 11,
            Duration = TimeSpan.FromSeconds(12),
            Schedule = [outage],
            Rate = 10,
            Readers = 2,
            Publishers = 1,
            Bounds = bounds,
        };
        return await new VerifyRun(deployment, plan, []).RunAsync(Cancel);
    }
}
