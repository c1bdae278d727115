using Godwit.Server.Tests.Verifying.Mutations;
using Godwit.Server.Verifying;
using Godwit.Server.Verifying.Faults;

namespace Godwit.Server.Tests.Verifying;

/// <summary>What <c>godwit verify</c> says of servers that are broken on purpose, each in one way.</summary>
public sealed class MutationTests
{
    private static readonly Mutation[] Mutations = [.. FrameMutations.All, .. RequestMutations.All];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Names() => [.. Mutations.Select(static mutation => mutation.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_server_is_found_out_that(string wrong)
    {
        Mutation mutation = Mutations.Single(mutation => mutation.Name == wrong);
        VerifyResult result = await RunAsync(mutation, TimeSpan.FromSeconds(12), stopsAtFirst: false, until: mutation);
        Assert.True(mutation.Breaks.Any(promise => result.Counts[promise] > 0), $"Found was only: {Found(result)}");
    }

    [Fact]
    public async Task A_server_that_is_not_broken_is_not_found_out()
    {
        VerifyResult result = await RunAsync(new Mutation("nothing"), TimeSpan.FromSeconds(12), stopsAtFirst: true, until: null);
        Assert.True(result.Violations == 0, Found(result));
        Assert.True(result.Acknowledged > 100 && result.Transports.All(static transport => transport.Deliveries > 0), $"{result.Acknowledged}");
    }

    private static string Found(VerifyResult result) => string.Join("\n", result.Anomalies.Take(5).Select(static anomaly => $"{anomaly.Promise}: {anomaly.What}\n  {string.Join("\n  ", anomaly.Frames.TakeLast(4))}"));

    private static async Task<VerifyResult> RunAsync(Mutation mutation, TimeSpan duration, bool stopsAtFirst, Mutation? until)
    {
        await using var deployment = new BrokenDeployment(mutation);
        await deployment.StartAsync(Cancel);
        FaultStep[] steps =
        [
            mutation.NeedsRevocation ? new FaultStep(TimeSpan.FromSeconds(0.3), FaultKind.Revoke, 0, TimeSpan.Zero, 0) : new FaultStep(TimeSpan.FromSeconds(0.6), FaultKind.Cut, 0, TimeSpan.Zero, 0),
            new FaultStep(TimeSpan.FromSeconds(1.2), FaultKind.NetworkDelay, 0, TimeSpan.FromSeconds(0.4), 15),
            new FaultStep(TimeSpan.FromSeconds(2), FaultKind.CutAtByte, 0, TimeSpan.FromSeconds(0.5), 3000),
        ];
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var run = new VerifyRun(
            deployment,
            new VerifyPlan
            {
                Seed = 11,
                Duration = duration,
                Schedule = steps,
                Rate = 150,
                Batch = mutation.Batch,
                Readers = 18,
                StopsAtFirst = stopsAtFirst,
                Bounds = until is null ? new Bounds() : new Bounds { Delivery = TimeSpan.FromSeconds(2), Recovery = TimeSpan.FromSeconds(5), Settling = TimeSpan.FromSeconds(4) },
            },
            [])
        {
            // What was looked for is enough.
            Found = anomaly =>
            {
                if (until?.Breaks.Contains(anomaly.Promise) == true)
                {
                    enough.CancelAfter(0);
                }
            },
        };
        return await run.RunAsync(enough.Token);
    }
}
