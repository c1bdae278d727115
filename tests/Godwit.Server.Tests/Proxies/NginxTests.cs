using Godwit.AspNetCore;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Proxies;

/// <summary>Every transport behind nginx, as docs/operations/nginx.conf configures it.</summary>
public sealed class NginxTests
{
    public static TheoryData<Via> Transports() => [.. ProbeTransports.OverHttp.Select(static transport => (Via)transport)];

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task An_entry_reaches_the_reader_before_the_next_is_published(Via via)
    {
        ProbeTransport transport = via.Probe();
        await using RunningServer server = await RunningServer.StartAsync(engine: static engine => engine.Limits.Publishes = null, http: static http => http.Anonymous = AnonymousAccess.Everyone);
        await using Nginx nginx = await Nginx.StartAsync(server.Root);
        ProbeTarget room = nginx.Room(transport, "lobby");
        await using ReaderProbe reader = ReaderProbe.Open(transport, room, ProbeStart.Oldest);
        await reader.JoinAsync();

        // A proxy that keeps entries back until a buffer is full would keep the first one back for good.
        for (int i = 1; i <= 20; i++)
        {
            await Reading.FillAsync(server.Room() with { Room = "lobby" }, 1, i);
            await reader.EntriesAsync(i, i);
        }
    }

    [Fact]
    public async Task Readers_that_are_cut_and_switch_transport_behind_it_see_every_entry_once_and_in_order()
    {
        var random = new Random(17);
        await using RunningServer server = await RunningServer.StartAsync(engine: static engine => engine.Limits.Publishes = null, http: static http => http.Anonymous = AnonymousAccess.Everyone);
        await using Nginx nginx = await Nginx.StartAsync(server.Root);
        Task<List<string>> publishing = Reading.FillAsync(nginx.Room(ProbeTransport.ShortPoll, "lobby"), 300);
        var ledger = new EntryLedger("behind nginx");
        ProbeStart start = ProbeStart.Oldest;

        for (int connections = 0; ledger.Next <= 300; connections++)
        {
            Assert.True(connections < 2000, $"The reader does not get on: {nginx.Errors}");
            ProbeTransport transport = ProbeTransports.OverHttp[random.Next(ProbeTransports.OverHttp.Count)];
            await using ReaderProbe reader = ReaderProbe.Open(transport, nginx.Room(transport, "lobby"), start);
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
        await using RunningServer server = await RunningServer.StartAsync(engine: static engine => engine.Limits.Publishes = null, http: static http => http.Anonymous = AnonymousAccess.Everyone);
        await using Nginx nginx = await Nginx.StartAsync(server.Root);
        ProbeTarget target = nginx.Room(ProbeTransport.ShortPoll, "lobby");
        using var connection = new ProbeConnection(target);
        using var body = new StreamedBody();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{nginx.Mount}/publish")) { Content = body };

        await body.SendAsync("{\"room\":\"lobby\",\"data\":1}\n");
        using HttpResponseMessage answer = await connection.SendAsync(request, TestContext.Current.CancellationToken);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        for (int i = 2; i <= 5; i++)
        {
            Assert.Contains("\"duplicate\":false", await lines.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
            await body.SendAsync($"{{\"room\":\"lobby\",\"data\":{i}}}\n");
        }
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_page_of_its_own_origin_is_taken_at_a_port_that_is_not_the_usual_one(string version)
    {
        await using RunningServer server = await RunningServer.StartAsync(http: static http => http.Anonymous = AnonymousAccess.Everyone);
        await using Nginx nginx = await Nginx.StartAsync(server.Root);
        using var client = new HttpClient(new HttpClientHandler { ServerCertificateCustomValidationCallback = static (_, _, _, _) => true })
        {
            DefaultRequestVersion = new Version(version),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        string own = nginx.Mount.GetLeftPart(UriPartial.Authority);
        foreach ((string page, bool isTaken) in ((string, bool)[])[(own, true), ("https://127.0.0.1", false), ("https://127.0.0.1:1", false)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{nginx.Mount}/rooms/lobby"));
            request.Headers.TryAddWithoutValidation("Origin", page);
            using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal((page, isTaken), (page, answer.IsSuccessStatusCode));
        }
    }

    [Fact]
    public async Task A_request_through_it_is_not_local()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using Nginx nginx = await Nginx.StartAsync(server.Root);
        foreach (ProbeTransport transport in ProbeTransports.OverHttp)
        {
            await using ReaderProbe reader = ReaderProbe.Open(transport, nginx.Room(transport, "lobby"), ProbeStart.Now);
            ProbeFrame refusal = await reader.RefusalAsync();
            Assert.Equal("access.unconfigured", refusal.Code);
        }
    }

    [Fact]
    public async Task A_proxy_that_is_told_nothing_but_where_to_pass_to_opens_nothing_as_long_as_it_speaks_HTTP_1_0()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using Nginx nginx = await Nginx.StartBareAsync(server.Root, "1.0");
        Assert.Contains("access.unconfigured", await BareAsync(nginx, "rooms/lobby"), StringComparison.Ordinal);
        Assert.Contains("access.unconfigured", await BareAsync(nginx, "admin/rooms"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_speaks_HTTP_1_1_and_says_nothing_of_whom_it_speaks_for_is_taken_for_a_program_of_this_machine()
    {
        // What docs/production.md warns of: there is nothing by which the server could tell.
        await using RunningServer server = await RunningServer.StartAsync();
        await using Nginx nginx = await Nginx.StartBareAsync(server.Root, "1.1");
        Assert.Contains("\"entries\"", await BareAsync(nginx, "rooms/lobby"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_administrates_through_such_a_proxy_where_everyone_is_answered()
    {
        await using RunningServer server = await RunningServer.StartAsync(http: static http => http.Anonymous = AnonymousAccess.Everyone);
        await using Nginx nginx = await Nginx.StartBareAsync(server.Root, "1.1");
        Assert.Contains("\"entries\"", await BareAsync(nginx, "rooms/lobby"), StringComparison.Ordinal);
        Assert.Contains("credential.missing", await BareAsync(nginx, "admin/rooms"), StringComparison.Ordinal);
        using var direct = new HttpClient();
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, (await direct.DeleteAsync(new Uri(server.Root, "rt/rooms/lobby"), TestContext.Current.CancellationToken)).StatusCode);
    }

    private static async Task<string> BareAsync(Nginx nginx, string path)
    {
        using var client = new HttpClient(new HttpClientHandler { ServerCertificateCustomValidationCallback = static (_, _, _, _) => true });
        using HttpResponseMessage answer = await client.GetAsync(new Uri($"{nginx.Mount}/{path}"), TestContext.Current.CancellationToken);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
