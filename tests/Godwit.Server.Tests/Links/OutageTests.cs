using Godwit.Server.Comparing.Servers;
using Godwit.Server.Links;
using Godwit.Server.Probes;
using Godwit.Server.Processes;

namespace Godwit.Server.Tests.Links;

/// <summary>What comes over the channel that may lose once a network is there again: with real packets, of which some are lost and all take their time.</summary>
public sealed class OutageTests
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();

    // When an entry was published, by its offset, and the offsets that have come, in their order.
    private readonly Dictionary<long, long> _published = [];
    private readonly List<(long At, long Offset)> _come = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_an_outage_of_5_s_nothing_older_than_it_arrives_and_soon_what_is_newest()
    {
        using PacketLink link = TestLink.Start(new LinkConditions { Delay = Delay, Loss = 0.05, Seed = 31 });
        var place = new LinkedPlace(link);
        await using ServerProcess server = ServerProcess.Start(Path.Combine(AppContext.BaseDirectory, "Godwit.Server"), ["serve", "--listen", place.Listen, .. place.NextArguments()], place.Variables, place.End);
        Assert.True(await server.GreetedAsync(TestLink.Patience, Cancel), server.Said);
        var target = new ProbeTarget { Mount = new Uri(server.Addresses[0], "/rt"), Room = "cursor", Sockets = place.ClientSockets, Datagrams = place.ClientDatagrams, Keep = 4 };
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.SessionLossyChannel, target, ProbeStart.Now);
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel), end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task reading = ReadAsync(reader, end.Token);
        Task publishing = PublishAsync(target with { Sockets = place.ServerSockets, Datagrams = null }, enough.Token);
        await TestLink.UntilAsync(() => Come().Count > 50, "entries to come");

        link.Cut();
        long cut = TimeProvider.System.GetTimestamp();
        await Task.Delay(Outage, Cancel);
        int before = Come().Count;
        long mended = TimeProvider.System.GetTimestamp();
        link.Mend();
        await TestLink.UntilAsync(() => Come().Count > before + 50, "entries to come again");

        // What came has been answered then.
        await enough.CancelAsync();
        await publishing;
        await end.CancelAsync();
        await reading;

        List<(long At, long Offset)> after = Come()[before..];
        Assert.All(after, entry => Assert.True(_published[entry.Offset] >= cut, $"entry {entry.Offset} is from before the outage"));

        // What was on its way at the cut is gone, and nothing was kept for later: most of it is what was published since.
        int fromOutage = after.Count(entry => _published[entry.Offset] < mended);
        Assert.True(fromOutage <= 2, $"{fromOutage} entries of the outage came");
    }

    private List<(long At, long Offset)> Come()
    {
        lock (_gate)
        {
            return [.. _come];
        }
    }

    private async Task ReadAsync(ReaderProbe reader, CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                ProbeFrame frame = await reader.ReadAsync(cancel);
                Assert.True(frame.Kind is not (ProbeFrameKind.End or ProbeFrameKind.Error), frame.Raw);
                if (frame.Kind == ProbeFrameKind.Entry)
                {
                    lock (_gate)
                    {
                        _come.Add((frame.Received, frame.Offset));
                    }
                }
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // It has read enough.
        }
    }

    private async Task PublishAsync(ProbeTarget target, CancellationToken enough)
    {
        await using var publisher = new HttpPublisher(target);
        for (int i = 0; !enough.IsCancellationRequested; i++)
        {
            long at = TimeProvider.System.GetTimestamp();
            PublishOutcome outcome = await publisher.PublishAsync($"{i}", Cancel);
            Assert.Equal(201, outcome.Status);
            _published[outcome.Offset] = at;
            await Task.Delay(Interval, enough).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }
}
