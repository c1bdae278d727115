using System.Diagnostics;
using Godwit.Server.Verifying.Deployments;

namespace Godwit.Server.Tests.Verifying;

/// <summary>What is measured of a busy machine.</summary>
public sealed class RunQueueTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task A_process_that_has_to_share_its_processor_is_seen_to_wait_for_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux counts it");
        using Process one = Spin();
        using Process other = Spin();
        try
        {
            RunQueue queue = RunQueue.Begin([one.Id]);
            long since = Stopwatch.GetTimestamp();
            while (queue.Waited() < TimeSpan.FromMilliseconds(200))
            {
                Assert.True(Stopwatch.GetElapsedTime(since) < Patience, $"{queue.Waited()}");
                await Task.Delay(Often, TestContext.Current.CancellationToken);
            }

            Assert.True(queue.Waited() <= Stopwatch.GetElapsedTime(since) + Often);
        }
        finally
        {
            one.Kill();
            other.Kill();
        }
    }

    [Fact]
    public void A_process_that_is_gone_has_not_waited()
    {
        using Process gone = Process.Start(new ProcessStartInfo("true"))!;
        gone.WaitForExit();
        Assert.Equal(TimeSpan.Zero, RunQueue.Begin([gone.Id]).Waited());
    }

    private static Process Spin() => Process.Start(new ProcessStartInfo("taskset", ["-c", "0", "sh", "-c", "while :; do :; done"]))!;
}
