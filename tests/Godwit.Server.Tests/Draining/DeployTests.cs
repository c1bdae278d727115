using System.Diagnostics;
using System.Globalization;
using Godwit.Server.Tests.Processes;

namespace Godwit.Server.Tests.Draining;

/// <summary>Tests that measure when things happen, with nothing else running.</summary>
[CollectionDefinition(nameof(PaceMeasurements), DisableParallelization = true)]
public sealed class PaceMeasurements;

/// <summary>Promise 10 on the real server. <c>GODWIT_SOAK=1</c> runs the long form.</summary>
[Collection(nameof(PaceMeasurements))]
public sealed class DeployTests
{
    private const int Bins = 5;

    [Fact]
    public async Task A_deploy_under_load_brings_every_reader_back_evenly_and_costs_nobody_an_entry()
    {
        bool full = Environment.GetEnvironmentVariable("GODWIT_SOAK") == "1";
        var settings = new Dictionary<string, string>
        {
            ["GODWIT_drain__delay"] = full ? "5s" : "1s",
            ["GODWIT_drain__window"] = full ? "15s" : "4s",
        };
        var run = new DrainRun(full ? 5000 : 2000, logSurvives: false);
        var clock = Stopwatch.StartNew();
        TimeSpan stopped = default;
        await using GodwitProcess server = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0"], settings);
        await run.RunAsync(server, StopAsync, TestContext.Current.CancellationToken);

        // The memory broker belongs to one server, so the same one comes back, at the same port.
        async Task<GodwitProcess> StopAsync()
        {
            long began = Stopwatch.GetTimestamp();
            server.Signal(UnixSignal.Terminate);
            Assert.Equal(0, await server.EndAsync());
            stopped = Stopwatch.GetElapsedTime(began);
            return await GodwitProcess.ServeAsync(["--listen", $"http://127.0.0.1:{server.Addresses[0].Port}"], settings);
        }

        Assert.DoesNotContain("fail:", server.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("warn:", server.Errors, StringComparison.Ordinal);
        IReadOnlyList<long> back = run.Back;
        long first = back[0];
        double span = back[^1] - first;
        int[] bins = new int[Bins];
        foreach (long time in back)
        {
            bins[Math.Min(Bins - 1, (int)((time - first) / span * Bins))]++;
        }

        double peak = bins.Max() / ((double)back.Count / Bins);
        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"drain: {back.Count} readers came back over {span / Stopwatch.Frequency:F2} s, {string.Join(" ", bins)}, the peak {peak:F2} × the mean; the server ended after {stopped.TotalSeconds:F2} s; {run.Refusals} refusals until the next was there; {clock.Elapsed.TotalSeconds:F1} s in all"));

        // A machine that stops for half a second beside other tests lifts one of the bins of the short form. Bins are parts of the span, so that all come at once shows in the span alone.
        Assert.InRange(peak, 1, full ? 1.5 : 2.5);
        Assert.True(span / Stopwatch.Frequency >= (full ? 7.5 : 2), $"All came back within {span / Stopwatch.Frequency:F2} s.");
    }
}
