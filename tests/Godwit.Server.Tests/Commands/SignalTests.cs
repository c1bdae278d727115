using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.Protocol;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Processes;

namespace Godwit.Server.Tests.Commands;

public sealed class SignalTests
{
    private static readonly Dictionary<string, string> Quick = new() { ["GODWIT_drain__delay"] = "50ms", ["GODWIT_drain__window"] = "50ms" };

    // More than a test is waited for.
    private static readonly Dictionary<string, string> Patient = new() { ["GODWIT_drain__delay"] = "5m", ["GODWIT_drain__window"] = "10m" };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(UnixSignal.Interrupt)]
    [InlineData(UnixSignal.Terminate)]
    internal async Task A_signal_stops_it_in_order(UnixSignal signal)
    {
        SkipWhereIgnored(signal);
        await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0"], Quick);
        using Socket unused = await ConnectAsync(godwit);

        godwit.Signal(signal);

        Assert.Equal(0, await godwit.EndAsync());
        Assert.DoesNotContain("warn:", godwit.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("fail:", godwit.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UnixSignal.Interrupt)]
    [InlineData(UnixSignal.Terminate)]
    internal async Task A_request_that_never_ends_does_not_keep_it(UnixSignal signal)
    {
        SkipWhereIgnored(signal);
        await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0"], Quick);
        using Socket held = await BeginRequestAsync(godwit);

        godwit.Signal(signal);

        Assert.Equal(0, await godwit.EndAsync());
    }

    [Fact]
    public async Task Readers_that_are_connected_do_not_keep_it()
    {
        await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0"], Quick);
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(godwit.Addresses[0], "/rt/rooms/lobby"));
        request.Headers.Accept.ParseAdd("text/event-stream");
        using HttpResponseMessage stream = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        Assert.Equal(HttpStatusCode.OK, stream.StatusCode);

        godwit.Signal(UnixSignal.Terminate);

        Assert.Equal(0, await godwit.EndAsync());
    }

    [Theory]
    [InlineData(UnixSignal.Interrupt)]
    [InlineData(UnixSignal.Terminate)]
    internal async Task SIGINT_or_a_second_signal_closes_every_connection_as_drained_and_waits_for_nobody(UnixSignal last)
    {
        SkipWhereIgnored(last);
        await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0"], Patient);
        using Socket held = await BeginRequestAsync(godwit);
        var target = new ProbeTarget { Mount = new Uri(godwit.Addresses[0], "rt"), Room = "lobby" };
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.WebSocket, target, ProbeStart.Now);
        await reader.ReadAsync(Cancel);
        await using ReaderProbe poll = ReaderProbe.Open(ProbeTransport.LongPoll, target, ProbeStart.Now);
        await poll.ReadAsync(Cancel);
        if (last == UnixSignal.Terminate)
        {
            godwit.Signal(UnixSignal.Terminate);
            await UntilNotReadyAsync(godwit);
        }

        godwit.Signal(last);

        // The delay and the window of this server are minutes, and whoever began a request would keep it for seconds.
        Assert.Equal(ProbeFrameKind.Drain, (await reader.ReadAsync(Cancel)).Kind);
        ProbeFrame end = await reader.ReadAsync(Cancel);
        Assert.Equal((ProbeFrameKind.End, ErrorCode.Drain.Close, ErrorCode.Drain.Code), (end.Kind, end.Status, end.Raw));
        Assert.Equal(0, await godwit.EndAsync());
    }

    [Theory]
    [InlineData(UnixSignal.Interrupt)]
    [InlineData(UnixSignal.Terminate)]
    internal async Task With_nobody_connected_it_ends_without_a_delay(UnixSignal signal)
    {
        SkipWhereIgnored(signal);
        await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0"], Patient);

        godwit.Signal(signal);

        Assert.Equal(0, await godwit.EndAsync());
        Assert.Empty(godwit.Errors);
    }

    private static async Task<Socket> ConnectAsync(GodwitProcess godwit)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, godwit.Addresses[0].Port, Cancel);
        return socket;
    }

    // The answer to a whole request shows that the server has also got the beginning of the next, sent in the same segment.
    private static async Task<Socket> BeginRequestAsync(GodwitProcess godwit)
    {
        Socket socket = await ConnectAsync(godwit);
        await socket.SendAsync(Encoding.ASCII.GetBytes("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\nGET /nothing HTTP/1.1\r\nHost: lo"), Cancel);
        byte[] answer = new byte[4096];
        Assert.StartsWith("HTTP/1.1 404", Encoding.ASCII.GetString(answer, 0, await socket.ReceiveAsync(answer, Cancel)), StringComparison.Ordinal);
        return socket;
    }

    private static async Task UntilNotReadyAsync(GodwitProcess godwit)
    {
        using var client = new HttpClient();
        while ((await client.GetAsync(new Uri(godwit.Addresses[0], "readyz"), Cancel)).StatusCode == HttpStatusCode.OK)
        {
        }
    }

    // A shell without job control starts background jobs with SIGINT ignored, and what they start inherits that.
    private static void SkipWhereIgnored(UnixSignal signal)
    {
        const string Ignored = "SigIgn:";
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        string? mask = File.Exists("/proc/self/status") ? File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Ignored, StringComparison.Ordinal)) : null;
        bool ignored = mask is not null && (ulong.Parse(mask.AsSpan(Ignored.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> ((int)signal - 1) & 1) != 0;
        Assert.SkipWhen(ignored, $"The tests were started with {signal} ignored.");
    }
}
