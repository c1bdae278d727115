using System.Diagnostics;
using Godwit.Protocol;
using Godwit.Server.Probes;
using Godwit.Server.Verifying.Disks;

namespace Godwit.Server.Tests.Crash;

/// <summary>A disk that fails while the server runs: publishers are refused, readers go on, and all of it heals with the disk.</summary>
public sealed class StoreFaultTests
{
    private const string Room = "faults";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData((byte)DiskFault.Full, "disk is full")]
    [InlineData((byte)DiskFault.SyncFails, "disk fails")]
    [InlineData((byte)DiskFault.ReadOnly, "")]
    [InlineData((byte)DiskFault.Hangs, "has not answered")]
    public async Task While_nothing_can_be_stored_publishers_get_503_readers_see_degraded_and_read_and_then_everything_goes_on(byte fault, string reason)
    {
        Assert.SkipWhen(FaultyDisk.Absence is not null, FaultyDisk.Absence ?? "");
        using var disk = new FaultyDisk();
        await using CrashServer server = Start(disk);
        var target = new ProbeTarget { Mount = await server.Mount ?? throw new InvalidOperationException(server.Said), Room = Room };
        await using var publisher = new HttpPublisher(target);
        string first = (await PublishAsync(publisher, "1")).Position!;
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.WebSocket, target, ProbeStart.Oldest);
        await ReachAsync(reader, frame => frame.Position == first && frame.Kind == ProbeFrameKind.Entry);

        disk.Set((DiskFault)fault);
        PublishOutcome refused = await PublishAsync(publisher, "2", "the-key-of-the-second-entry");
        Assert.Equal((503, "store.away"), (refused.Status, refused.Code));
        await ReachAsync(reader, static frame => frame.Kind == ProbeFrameKind.Degraded);

        // Refused at once from now on, and whoever comes reads what is there.
        Assert.Equal(503, (await PublishAsync(publisher, "3", "the-key-of-the-third-entry-")).Status);
        await using ReaderProbe other = ReaderProbe.Open(ProbeTransport.ShortPoll, target, ProbeStart.Oldest);
        await ReachAsync(other, frame => frame.Kind == ProbeFrameKind.Entry && frame.Position == first);

        disk.Set(DiskFault.None);
        await ReachAsync(reader, static frame => frame.Kind == ProbeFrameKind.Restored);
        PublishOutcome again = await PublishUntilTakenAsync(publisher, "2", "the-key-of-the-second-entry");
        string last = (await PublishUntilTakenAsync(publisher, "3", "the-key-of-the-third-entry-")).Position!;
        Assert.True(again.Offset > 1);
        await ReachAsync(reader, frame => frame.Position == last, frame => Assert.NotEqual(ProbeFrameKind.Reset, frame.Kind));
        Assert.Contains(reason, server.Said, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(disk.Directory, "godwit.db"), server.Said, StringComparison.Ordinal);

        // The same entries, once each, are there after the next start.
        await server.DisposeAsync();
        disk.LosePower(new Random(1), survives: 0);
        await using CrashServer next = Start(disk);
        await using ReaderProbe all = ReaderProbe.Open(ProbeTransport.ShortPoll, target with { Mount = (await next.Mount)! }, ProbeStart.Oldest);
        var data = new List<string>();
        await ReachAsync(all, frame => frame.Kind == ProbeFrameKind.Entry && frame.Position == last, frame => data.AddRange(frame.Data is { } one ? [one] : []));
        Assert.Equal(["1", "2", "3"], data.Order());
    }

    [Theory]
    [InlineData((byte)DiskFault.ReadOnly)]
    [InlineData((byte)DiskFault.Full)]
    public async Task A_store_that_cannot_be_written_ends_the_start_with_its_name(byte fault)
    {
        Assert.SkipWhen(FaultyDisk.Absence is not null, FaultyDisk.Absence ?? "");
        using var disk = new FaultyDisk();
        await using (CrashServer server = Start(disk))
        {
            Assert.NotNull(await server.Mount);
        }

        disk.Set((DiskFault)fault);
        await using CrashServer refused = Start(disk);
        Assert.Null(await refused.Mount);
        await refused.DisposeAsync();
        Assert.Contains($"godwit: {Path.Combine(disk.Directory, "godwit.db")}", refused.Said, StringComparison.Ordinal);
        Assert.Contains((DiskFault)fault == DiskFault.Full ? "make room" : "own the directory", refused.Said, StringComparison.Ordinal);
    }

    private static CrashServer Start(FaultyDisk disk) =>
        CrashServer.Start(CrashCommand.Program, ["serve", "--listen", "http://127.0.0.1:0", "--data", disk.Directory], disk.Variables);

    private static Task<PublishOutcome> PublishAsync(HttpPublisher publisher, string json, string? key = null) =>
        publisher.PublishAsync(System.Text.Encoding.UTF8.GetBytes(json), "application/json", key: key, cancel: Cancel);

    private static async Task<PublishOutcome> PublishUntilTakenAsync(HttpPublisher publisher, string json, string key)
    {
        long start = Stopwatch.GetTimestamp();
        PublishOutcome outcome;
        while ((outcome = await PublishAsync(publisher, json, key)).Position is null)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, outcome.Raw);
            await Task.Delay(50, Cancel);
        }

        return outcome;
    }

    private static async Task ReachAsync(ReaderProbe reader, Func<ProbeFrame, bool> isIt, Action<ProbeFrame>? seen = null)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(Patience);
        ProbeFrame frame;
        do
        {
            frame = await reader.ReadAsync(patience.Token);
            seen?.Invoke(frame);
            Assert.NotEqual(ProbeFrameKind.End, frame.Kind);
            Assert.True(frame.Verdict is null or Verdict.Ok, frame.Raw);
        }
        while (!isIt(frame));
    }
}
