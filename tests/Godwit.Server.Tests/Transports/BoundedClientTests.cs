using System.Net.Sockets;
using System.Text;
using Godwit.Rooms;
using Godwit.Server.Hosting;
using Godwit.Server.Probes;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Transports;

/// <summary>Clients that stop reading, stop writing or never begin: each is let go, and nobody else notices.</summary>
public sealed class BoundedClientTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Over.Streams), MemberType = typeof(Over))]
    public async Task A_reader_that_takes_nothing_for_the_stall_limit_is_let_go_and_resumes(Via via)
    {
        var time = new FakeTimeProvider();
        await using RunningServer server = await RunningServer.StartAsync(SharedServer.Policies, time: time);
        ProbeTarget target = server.Room("large");
        await using ReaderProbe stalled = via.Open(target with { ReceiveBuffer = 8 << 10 }, ProbeStart.Now);
        await using ReaderProbe other = via.Open(target, ProbeStart.Now);
        const int count = 300;
        await PassAsync(stalled, other, target, count);

        // More than the stall limit of 30 s, in steps between which the server gets to act, and less than after which a ping is missed.
        for (int i = 0; i < 8; i++)
        {
            time.Advance(TimeSpan.FromSeconds(5));
            await Reading.PublishAsync(target, "1");
            await other.EntriesAsync(count + i + 1, count + i + 1);
        }

        var ledger = new EntryLedger(via.ToString());
        while (!stalled.Ended)
        {
            ProbeFrame frame = await stalled.AnyAsync();
            ledger.Take(frame, stalled);
        }

        Assert.True(ledger.Next <= count, "A reader that did not read was not let go.");
        await using ReaderProbe resumed = via.Open(target, stalled.Resume);
        await resumed.JoinAsync();
        await resumed.EntriesAsync(ledger.Next, count + 8);
    }

    /// <summary>Those of which the kernel alone bounds what is sent: over HTTP/2 the client says how much it takes.</summary>
    public static TheoryData<Via> TcpStreams() =>
        [.. Over.Streams().Select(static row => row.Data).Where(static via => !via.Probe().IsDataChannel() && via.Carrier() is Carrier.Http1 or Carrier.Sockets)];

    [Theory]
    [MemberData(nameof(TcpStreams))]
    public async Task The_kernel_keeps_little_for_a_reader_that_takes_nothing(Via via)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "What the kernel keeps is bounded, and read, on Linux alone.");
        await using RunningServer server = await RunningServer.StartAsync(SharedServer.Policies);
        ProbeTarget target = server.Room("large");
        await using ReaderProbe stalled = via.Open(target with { ReceiveBuffer = 8 << 10 }, ProbeStart.Now);
        await using ReaderProbe other = via.Open(target, ProbeStart.Now);
        await PassAsync(stalled, other, target, count: 100);

        // The limit, the one segment in which it is passed, and what is on its way.
        Assert.InRange(TcpQueues.Unacknowledged(server), 1, 160 << 10);
    }

    [Theory]
    [InlineData(Carrier.Http1, false)]
    [InlineData(Carrier.Http1, true)]
    [InlineData(Carrier.Sockets, true)]
    public async Task A_reader_that_takes_a_large_entry_slowly_is_not_let_go(Carrier carrier, bool isWebSocket)
    {
        const int octets = 900_000;
        var time = new FakeTimeProvider();
        await using RunningServer server = await RunningServer.StartAsync(static options => options.Policies.Add(new RoomPolicy { Pattern = RoomPattern.Parse("huge:**"), EntryBytes = 1 << 20 }), time: time);
        ProbeTarget target = server.Room("huge");
        Uri root = server.RootOf(carrier);
        using var client = new TcpClient { ReceiveBufferSize = 8 << 10 };
        await client.ConnectAsync(root.Host, root.Port, Cancel);
        NetworkStream stream = client.GetStream();
        string fields = isWebSocket
            ? "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            : "Accept: text/event-stream\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET /rt/rooms/{target.Room}?after=now HTTP/1.1\r\nHost: {root.Authority}\r\n{fields}\r\n"), Cancel);
        byte[] buffer = new byte[64 << 10];
        string begun = "";
        while (!begun.Contains(isWebSocket ? "joined" : "retry:", StringComparison.Ordinal))
        {
            int read = await stream.ReadAsync(buffer, Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancel);
            Assert.True(read > 0, $"The connection ended behind {begun}");
            begun += Encoding.ASCII.GetString(buffer, 0, read);
        }

        await Reading.PublishAsync(target, $"\"{new string('x', octets)}\"");

        // 64 KiB each 5 s, for 70 s: more than twice the stall limit, and far more at a time than the kernel keeps.
        for (int taken = 0; taken + buffer.Length < octets; taken += buffer.Length)
        {
            await stream.ReadExactlyAsync(buffer, Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancel);
            time.Advance(TimeSpan.FromSeconds(5));
        }
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Sockets)]
    public async Task A_server_without_a_limit_of_header_fields_takes_200_KB_of_them(Carrier carrier)
    {
        await using RunningServer server = await RunningServer.StartAsync(kestrel: static options => KestrelLimits.Set(options, new GodwitOptions(), headBytes: null));
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.RootOf(carrier), "/rt/rooms/a"));
        request.Headers.Add("X-Large", new string('x', 200_000));

        using HttpResponseMessage answer = await client.SendAsync(request, Cancel);

        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_websocket_that_begins_a_message_and_does_not_end_it_is_closed_with_4004()
    {
        await using RunningServer server = await RunningServer.StartAsync(options => (options.Heartbeat, options.StallLimit) = (Second, 10 * Second));
        await using var reader = new WebSocketReader(server.Room(), ProbeStart.Now);
        await reader.JoinAsync();

        // It goes on answering pings meanwhile: a pulse does not excuse it.
        await reader.Wire.SendAsync(WebSocketWire.Frame(WebSocketWire.Text, "1"u8, final: false), Cancel);

        Assert.Equal(4004, (await reader.NextAsync(ProbeFrameKind.End)).Status);
    }

    [Fact]
    public async Task A_websocket_that_does_not_answer_pings_is_closed_with_4003()
    {
        await using RunningServer server = await RunningServer.StartAsync(options => (options.Heartbeat, options.StallLimit) = (Second, 10 * Second));
        await using var silent = new WebSocketReader(server.Room() with { AnswersPings = false }, ProbeStart.Now);
        await using var answering = new WebSocketReader(silent.Target with { AnswersPings = true }, ProbeStart.Now);
        await silent.JoinAsync();
        await answering.JoinAsync();
        Task<ProbeFrame> entry = answering.NextAsync(ProbeFrameKind.Entry);

        Assert.Equal(4003, (await silent.NextAsync(ProbeFrameKind.End)).Status);

        await Reading.PublishAsync(silent.Target, "1");
        Assert.Equal(1, (await entry).Offset);
    }

    [Fact]
    public async Task A_client_whose_request_head_does_not_come_to_an_end_is_let_go_and_others_are_served()
    {
        await using RunningServer server = await RunningServer.StartAsync(kestrel: options => options.Limits.RequestHeadersTimeout = Second);
        using var client = new TcpClient();
        await client.ConnectAsync(server.Root.Host, server.Root.Port, Cancel);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET /rt/rooms/a HTTP/1.1\r\nHost: local"), Cancel);

        await Reading.PublishAsync(server.Room(), "1");

        byte[] rest = new byte[1024];
        while (await client.GetStream().ReadAsync(rest, Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancel) > 0)
        {
        }
    }

    [Fact]
    public void The_server_waits_30_s_for_a_request_head_and_75_s_for_a_request()
    {
        var options = new KestrelServerOptions();
        KestrelLimits.Set(options, new GodwitOptions());
        Assert.Equal(TimeSpan.FromSeconds(30), options.Limits.RequestHeadersTimeout);
        Assert.Equal(TimeSpan.FromSeconds(75), options.Limits.KeepAliveTimeout);
    }

    [Fact]
    public void The_transport_keeps_16_KiB_for_a_client_that_takes_nothing_and_64_KiB_of_a_body_that_waits()
    {
        var options = new SocketTransportOptions();
        KestrelLimits.Set(options);
        Assert.Equal(16 << 10, options.MaxWriteBufferSize);
        Assert.Equal(64 << 10, options.MaxReadBufferSize);
    }

    /// <summary>Publishes large entries past a reader that takes none of them, until another one has them all.</summary>
    private static async Task PassAsync(ReaderProbe stalled, ReaderProbe other, ProbeTarget target, int count)
    {
        await stalled.JoinAsync();
        await other.JoinAsync();
        Task<List<ProbeFrame>> reading = other.EntriesAsync(1, count);
        await using var publisher = new HttpPublisher(target);
        for (int i = 1; i <= count; i++)
        {
            await publisher.PublishAsync($"\"{new string('x', 48 << 10)}\"", Cancel);
        }

        await reading;
    }
}
