using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Processes;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Proxies;

/// <summary>Every transport behind HAProxy, as docs/operations configures it.</summary>
public sealed partial class HaproxyTests(BehindHaproxy behind) : IClassFixture<BehindHaproxy>
{
    // Only what hangs takes as long as this.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static TheoryData<Via, bool> Transports()
    {
        var transports = new TheoryData<Via, bool>();
        foreach (ProbeTransport transport in ProbeTransports.OverHttp)
        {
            transports.Add((Via)transport, false);
            transports.Add((Via)transport, true);
        }

        return transports;
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task An_entry_reaches_the_reader_before_the_next_is_published(Via via, bool http2)
    {
        ProbeTarget room = behind.Haproxy.Room($"room:{Guid.NewGuid():N}", http2);
        await using ReaderProbe reader = ReaderProbe.Open(via.Probe(), room, ProbeStart.Oldest);
        await reader.JoinAsync();

        // A proxy that keeps entries back until a buffer is full would keep the first one back for good.
        for (int i = 1; i <= 20; i++)
        {
            await Reading.FillAsync(room, 1, i);
            await reader.EntriesAsync(i, i);
        }
    }

    [Fact]
    public async Task Readers_that_are_cut_and_switch_transport_behind_it_see_every_entry_once_and_in_order()
    {
        var random = new Random(23);
        string name = $"room:{Guid.NewGuid():N}";
        Task<List<string>> publishing = Reading.FillAsync(behind.Haproxy.Room(name), 300);
        var ledger = new EntryLedger("behind HAProxy");
        ProbeStart start = ProbeStart.Oldest;

        for (int connections = 0; ledger.Next <= 300; connections++)
        {
            Assert.True(connections < 2000, $"The reader does not get on: {behind.Haproxy.Errors}");
            ProbeTransport transport = ProbeTransports.OverHttp[random.Next(ProbeTransports.OverHttp.Count)];
            await using ReaderProbe reader = ReaderProbe.Open(transport, behind.Haproxy.Room(name, http2: random.Next(2) == 1), start);
            for (int frames = random.Next(30); frames >= 0 && ledger.Next <= 300; frames--)
            {
                ledger.Take(await reader.NextAsync(), reader);
            }

            reader.Cut();
            start = reader.Resume;
        }

        Assert.Equal(await publishing, ledger.Positions);
    }

    [Fact]
    public async Task A_line_of_a_publish_stream_is_answered_before_the_next_is_sent()
    {
        using var connection = new ProbeConnection(behind.Haproxy.Room("lines"));
        using var body = new StreamedBody();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{behind.Haproxy.Mount}/publish")) { Content = body };

        await body.SendAsync(Line(1));
        using HttpResponseMessage answer = await connection.SendAsync(request, TestContext.Current.CancellationToken);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        for (int i = 2; i <= 5; i++)
        {
            Assert.Contains("\"duplicate\":false", await lines.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
            await body.SendAsync(Line(i));
        }
    }

    [Fact]
    public async Task A_line_of_a_publish_stream_over_HTTP_1_1_is_answered_before_the_next_is_sent()
    {
        // The platform's client reads an answer of HTTP/1.1 only once its request is out.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, behind.Haproxy.Root.Port, patience.Token);
        await using var stream = new SslStream(socket.GetStream(), leaveInnerStreamOpen: false, static (_, _, _, _) => true);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, patience.Token);
        using var lines = new StreamReader(stream);

        string head = "POST /rt/publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (int i = 1; i <= 5; i++)
        {
            string line = Line(i);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"{head}{line.Length:x}\r\n{line}\r\n"), patience.Token);
            head = "";
            string? answered;
            do
            {
                // First the head of the answer, then the sizes of pieces between the lines.
                answered = await lines.ReadLineAsync(patience.Token);
                Assert.NotNull(answered);
                Assert.DoesNotContain("HTTP/1.1 4", answered, StringComparison.Ordinal);
            }
            while (!answered.Contains("\"duplicate\":false", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_request_through_it_is_not_local()
    {
        await using GodwitProcess server = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0"]);
        await using Haproxy haproxy = await Haproxy.StartAsync(server.Addresses[0].Authority, Haproxy.Nowhere);
        foreach (ProbeTransport transport in ProbeTransports.OverHttp)
        {
            await using ReaderProbe reader = ReaderProbe.Open(transport, haproxy.Room("lobby"), ProbeStart.Now);
            ProbeFrame refusal = await reader.RefusalAsync();
            Assert.Equal("access.unconfigured", refusal.Code);
        }
    }

    [Fact]
    public async Task Requests_go_to_the_servers_in_turn_also_those_of_one_connection()
    {
        await using WitnessServer one = await WitnessServer.StartAsync("one");
        await using WitnessServer two = await WitnessServer.StartAsync("two");
        await using Haproxy haproxy = await Haproxy.StartAsync(one.Authority, two.Authority);
        using HttpClient client = Client();
        var names = new List<string>();
        for (int i = 0; i < 10; i++)
        {
            names.Add((await AskAsync(client, haproxy, "/rt/rooms/lobby")).Split(' ')[0]);
        }

        Assert.Equal((5, 5), (names.Count(static name => name == "one"), names.Count(static name => name == "two")));
    }

    [Fact]
    public async Task A_server_that_is_not_ready_is_sent_nobody_until_it_is()
    {
        await using WitnessServer one = await WitnessServer.StartAsync("one");
        await using WitnessServer two = await WitnessServer.StartAsync("two");
        await using Haproxy haproxy = await Haproxy.StartAsync(one.Authority, two.Authority);
        using HttpClient client = Client();

        one.IsReady = false;
        await UntilAsync(client, haproxy, static names => names.TakeLast(4).All(static name => name == "two"));
        one.IsReady = true;
        await UntilAsync(client, haproxy, static names => names[^1] == "one");
    }

    [Fact]
    public async Task What_clients_claim_to_be_forwarded_is_dropped_and_the_host_is_theirs()
    {
        await using WitnessServer server = await WitnessServer.StartAsync("one");
        await using Haproxy haproxy = await Haproxy.StartAsync(server.Authority, Haproxy.Nowhere);
        using HttpClient client = Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(haproxy.Root, "/rt/rooms/lobby")) { Headers = { Host = "rt.example.com" } };
        request.Headers.Add("X-Forwarded-For", ["203.0.113.9", "198.51.100.7"]);
        request.Headers.Add("X-Forwarded-Proto", "http");

        using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal("one host=rt.example.com for=127.0.0.1 proto=https", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/readyz")]
    [InlineData("/metrics")]
    [InlineData("/rtx")]
    [InlineData("/rt/../metrics")]
    [InlineData("/rt/rooms/../../metrics")]
    [InlineData("/rt/%2e%2e/metrics")]
    [InlineData("/rt/.%2E/metrics")]
    [InlineData("/rt/..")]
    public async Task Nothing_beside_the_mount_is_passed_on(string path)
    {
        await using WitnessServer server = await WitnessServer.StartAsync("one");
        await using Haproxy haproxy = await Haproxy.StartAsync(server.Authority, Haproxy.Nowhere);
        using HttpClient client = Client();
        var address = new Uri(haproxy.Root.AbsoluteUri.TrimEnd('/') + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

        using HttpResponseMessage answer = await client.GetAsync(address, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Empty(server.Asked);
    }

    [Fact]
    public async Task No_query_stands_in_its_log()
    {
        using HttpClient client = Client();
        string room = $"room:{Guid.NewGuid():N}";
        using HttpResponseMessage answer = await client.GetAsync(new Uri($"{behind.Haproxy.Mount}/rooms/{room}?grant=a-link-that-is-secret"), TestContext.Current.CancellationToken);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        while (!behind.Haproxy.Log.Contains($"/rt/rooms/{room}", StringComparison.Ordinal))
        {
            await Task.Delay(10, patience.Token);
        }

        Assert.DoesNotContain("a-link-that-is-secret", behind.Haproxy.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("client")]
    [InlineData("server")]
    [InlineData("tunnel")]
    [InlineData("http-keep-alive")]
    public void It_waits_for_longer_than_heartbeats_and_polls_take(string timeout)
    {
        Match line = Timeout().Matches(Haproxy.Configuration).Single(match => match.Groups["name"].Value == timeout);
        var godwit = new GodwitOptions();
        Assert.True(int.Parse(line.Groups["seconds"].Value, CultureInfo.InvariantCulture) > Math.Max(godwit.Heartbeat.TotalSeconds, godwit.MaxWait.TotalSeconds) + 10, line.Value);
    }

    private static string Line(int number) => FormattableString.Invariant($"{{\"room\":\"lines\",\"data\":{number}}}\n");

    private static HttpClient Client() => new(new HttpClientHandler { ServerCertificateCustomValidationCallback = static (_, _, _, _) => true });

    private static Task<string> AskAsync(HttpClient client, Haproxy haproxy, string path) => client.GetStringAsync(new Uri(haproxy.Root, path), TestContext.Current.CancellationToken);

    /// <summary>Asks again and again, until the names of those that answered are as they should be.</summary>
    private static async Task UntilAsync(HttpClient client, Haproxy haproxy, Func<List<string>, bool> enough)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        var names = new List<string>();
        do
        {
            names.Add((await AskAsync(client, haproxy, "/rt/rooms/lobby")).Split(' ')[0]);
            await Task.Delay(20, patience.Token);
        }
        while (names.Count < 4 || !enough(names));
    }

    [GeneratedRegex(@"^ +timeout (?<name>[a-z-]+) (?<seconds>\d+)s", RegexOptions.Multiline)]
    private static partial Regex Timeout();
}
