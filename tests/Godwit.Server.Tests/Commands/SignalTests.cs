using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.Server.Tests.Processes;

namespace Godwit.Server.Tests.Commands;

public sealed class SignalTests
{
    private const int KilledBy = 128;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(UnixSignal.Interrupt)]
    [InlineData(UnixSignal.Terminate)]
    internal async Task A_signal_stops_it_in_order(UnixSignal signal)
    {
        SkipWhereIgnored(signal);
        await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0"]);
        using Socket unused = await ConnectAsync(godwit);

        godwit.Signal(signal);

        Assert.Equal(0, await godwit.EndAsync());
        Assert.Empty(godwit.Errors);
    }

    [Theory]
    [InlineData(UnixSignal.Interrupt)]
    [InlineData(UnixSignal.Terminate)]
    internal async Task A_request_that_never_ends_does_not_keep_it(UnixSignal signal)
    {
        SkipWhereIgnored(signal);
        await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0"]);
        using Socket held = await BeginRequestAsync(godwit);

        godwit.Signal(signal);

        Assert.Equal(0, await godwit.EndAsync());
    }

    [Fact]
    public async Task Readers_that_are_connected_do_not_keep_it()
    {
        await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0"]);
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
    internal async Task A_second_signal_ends_it_at_once(UnixSignal signal)
    {
        SkipWhereIgnored(signal);
        await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0"]);
        using Socket held = await BeginRequestAsync(godwit);

        godwit.Signal(signal);
        await UntilRefusedAsync(godwit);
        godwit.Signal(signal);

        // The request would have kept it for some seconds more, and then it would have ended with 0.
        Assert.Equal(KilledBy + (int)signal, await godwit.EndAsync());
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

    // The first thing that a stopping server does is to listen no more.
    private static async Task UntilRefusedAsync(GodwitProcess godwit)
    {
        while (true)
        {
            try
            {
                using Socket accepted = await ConnectAsync(godwit);
            }
            catch (SocketException refused) when (refused.SocketErrorCode is SocketError.ConnectionRefused or SocketError.ConnectionReset)
            {
                return;
            }
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
