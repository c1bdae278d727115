using System.Diagnostics;
using Godwit.Feeds.Pump;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Tests.Probes;

/// <summary>The probe of data channels; that it reads as all others do, the transport matrix shows.</summary>
public sealed class SessionDataChannelReaderTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reader_that_is_disposed_says_so_and_one_that_is_cut_does_not()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        var engine = server.Services.GetRequiredService<GodwitEngine>();
        ReaderProbe left = ReaderProbe.Open(ProbeTransport.SessionDataChannel, server.Room(), ProbeStart.Now);
        await left.JoinAsync();
        await using ReaderProbe cut = ReaderProbe.Open(ProbeTransport.SessionDataChannel, server.Room(), ProbeStart.Now);
        await cut.JoinAsync();
        Assert.Equal(2, engine.Held(ReadTransport.SessionDataChannel));

        cut.Cut();
        Assert.False((await cut.NextAsync(ProbeFrameKind.End)).Orderly);
        await left.DisposeAsync();

        await UntilAsync(() => engine.Held(ReadTransport.SessionDataChannel) < 2);
        Assert.Equal(1, engine.Held(ReadTransport.SessionDataChannel));
    }

    [Fact]
    public async Task A_channel_that_is_closed_ends_in_order()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.SessionDataChannel, server.Room(), ProbeStart.Now);
        await reader.JoinAsync();
        Assert.Equal((1L, 1, 1), (reader.Carried.Requests, reader.Carried.Connections, reader.OpenConnections));

        await reader.CloseAsync(Cancel);
        Assert.True((await reader.NextAsync(ProbeFrameKind.End)).Orderly);
        Assert.Equal(0, reader.OpenConnections);
    }

    [Fact]
    public async Task A_server_that_is_gone_ends_its_readers()
    {
        RunningServer server = await RunningServer.StartAsync();
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.SessionDataChannel, server.Room(), ProbeStart.Now);
        await reader.JoinAsync();

        await server.DisposeAsync();

        while ((await reader.NextAsync()).Kind != ProbeFrameKind.End)
        {
            // It may have been told before.
        }
    }

    [Fact]
    public async Task Hundreds_of_peers_have_no_thread_each_and_get_every_entry()
    {
        const int Peers = 200;
        await using RunningServer server = await RunningServer.StartAsync();
        ProbeTarget target = server.Room();
        int before = Process.GetCurrentProcess().Threads.Count;
        var readers = new List<ReaderProbe>(Peers);
        try
        {
            while (readers.Count < Peers)
            {
                ReaderProbe[] some = [.. Enumerable.Range(0, 20).Select(_ => ReaderProbe.Open(ProbeTransport.SessionDataChannel, target, ProbeStart.Now))];
                readers.AddRange(some);
                await Task.WhenAll(some.Select(static reader => reader.NextAsync(ProbeFrameKind.Joined))).WaitAsync(Limit, Cancel);
            }

            await Reading.FillAsync(target, 5);
            foreach (ReaderProbe reader in readers)
            {
                await reader.EntriesAsync(1, 5);
            }

            int more = Process.GetCurrentProcess().Threads.Count - before;
            Assert.True(more < Peers / 2, $"There are {more} threads more for {Peers} peers.");
        }
        finally
        {
            foreach (ReaderProbe reader in readers)
            {
                await reader.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task Over_the_lossy_channel_entries_come_too_and_the_position_is_that_of_the_newest()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        ProbeTarget target = server.Room();
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.SessionLossyChannel, target, ProbeStart.Now);
        await reader.JoinAsync();
        List<string> positions = await Reading.FillAsync(target, 20);

        // Those that it had no time for are left out, and it has the newest whatever comes late.
        long newest = 0;
        while (newest < 20)
        {
            newest = Math.Max(newest, (await reader.NextAsync(ProbeFrameKind.Entry)).Offset);
            Assert.Equal(positions[(int)newest - 1], reader.Position);
        }
    }

    [Fact]
    public async Task That_a_server_has_no_data_channels_is_told_with_its_code()
    {
        await using RunningServer server = await RunningServer.StartAsync(hasDataChannels: false);
        Assert.Equal("the server refuses an offer with 501 webrtc.unconfigured", await DataChannelCheck.WhyNotAsync(server.Room(), Cancel));
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!isSo())
        {
            await Task.Delay(20, limit.Token);
        }
    }
}
