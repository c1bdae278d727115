using Godwit.AspNetCore;
using Godwit.Server.Tests.Administration;
using Godwit.Server.Tests.Proxies;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Diagnosing;

/// <summary>What <c>godwit doctor</c> finds before nginx, configured well and badly.</summary>
public sealed class DoctorNginxTests
{
    // A place in the location, for what is added to it.
    private const string Place = "client_max_body_size 0;";

    /// <summary>What is changed, and what is to be found, exactly.</summary>
    private static readonly Dictionary<string, ((string What, string With)[] Changes, string Expected)> Faults = new()
    {
        ["buffers answers"] = ([(Place, $"{Place} proxy_buffering on; proxy_ignore_headers X-Accel-Buffering;")], "stream.buffered"),
        ["buffers requests, compresses, drops a subprotocol and the scheme"] = (
            [
                ("proxy_request_buffering off;", ""),
                (Place, $"{Place} proxy_set_header Sec-WebSocket-Protocol ''; gzip on; gzip_min_length 1; gzip_proxied any; gzip_types text/event-stream application/x-ndjson;"),
                ("proxy_set_header X-Forwarded-Proto $scheme;", ""),
            ],
            "header.x-forwarded-proto request.buffered stream.compressed websocket.subprotocol"),
        ["strips Upgrade, limits bodies, changes Host, has no HTTP/2"] = (
            [("proxy_set_header Upgrade $http_upgrade;", ""), (Place, "client_max_body_size 1m;"), ("proxy_set_header Host $http_host;", "proxy_set_header Host rt.internal;"), ("ssl http2;", "ssl;")],
            "body.limit header.host http2.missing websocket.upgrade"),
        ["drops headers"] = (
            [(Place, $"{Place} proxy_set_header Idempotency-Key ''; proxy_set_header Last-Event-ID ''; proxy_hide_header Godwit-Poll-After;")],
            "header.idempotency-key header.last-event-id header.response"),
        ["sets how long answers may be cached"] = ([(Place, $"{Place} expires 1m;")], "header.response"),
        ["adds CORS headers"] = ([(Place, $"{Place} add_header Access-Control-Allow-Origin * always;")], "cors.repeated"),
        ["answers preflights, changes Accept"] = ([(Place, $"{Place} proxy_set_header Accept application/json; if ($request_method = OPTIONS) {{ return 200; }}")], "cors.preflight header.accept"),
        ["answers streams and handshakes by itself"] = ([(Place, $"{Place} if ($http_accept ~ event-stream|ndjson) {{ return 403; }} if ($http_upgrade) {{ return 403; }}")], "stream.refused websocket.refused"),
        ["drops Content-Type"] = ([(Place, $"{Place} proxy_set_header Content-Type '';")], "header.content-type"),
        ["has a cache"] = (
            [("upstream godwit {", "proxy_cache_path /etc/ssl/rt.example.com/cache keys_zone=godwit:1m;\nupstream godwit {"), (Place, $"{Place} proxy_cache godwit; proxy_cache_valid 200 1m; proxy_ignore_headers Cache-Control Vary;")],
            "cache"),
    };

    public static TheoryData<string> FaultNames() => [.. Faults.Keys];

    [Theory]
    [MemberData(nameof(FaultNames))]
    public async Task What_is_set_badly_is_found_and_nothing_else(string fault)
    {
        await using RunningServer server = await StartAsync();
        await using Nginx nginx = await Nginx.StartAsync(server.Root, Faults[fault].Changes);
        (await Examined.RunAsync(nginx.Address)).AssertFound(Faults[fault].Expected);
    }

    [Fact]
    public async Task Connections_that_are_cut_while_nothing_is_said_are_found()
    {
        await using RunningServer server = await StartAsync();
        await using Nginx nginx = await Nginx.StartAsync(server.Root, ("proxy_read_timeout 75s;", "proxy_read_timeout 10s;"));
        (await Examined.RunAsync(nginx.Address, idle: 20)).AssertFound("poll.cut stream.cut websocket.cut");
    }

    [Fact]
    public async Task Nothing_is_found_with_the_configuration_of_the_documents()
    {
        await using RunningServer server = await StartAsync();
        await using Nginx nginx = await Nginx.StartAsync(server.Root);
        Examined examined = await Examined.RunAsync(nginx.Address);
        examined.AssertFound("");
        Assert.Equal(
            ["HTTP streaming", "TLS", "WebSocket", "bodies", "cache", "headers", "long poll", "origin", "publish", "publish stream", "server-sent events", "session WebSocket", "session stream", "short poll"],
            examined.Subjects.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Nothing_is_found_with_that_for_several_servers()
    {
        // Two addresses of one server stand for two on one store.
        await using RunningServer server = await StartAsync();
        await using Nginx nginx = await Nginx.StartAsync(server.Root, server.RootOf(Carrier.Sockets));
        (await Examined.RunAsync(nginx.Address)).AssertFound("");
    }

    [Fact]
    public async Task The_directive_is_named_of_the_proxy_that_is_there()
    {
        await using RunningServer server = await StartAsync();
        await using Nginx nginx = await Nginx.StartAsync(server.Root, (Place, "client_max_body_size 1m;"));
        Commands.CommandRun run = await Examined.RunTextAsync(nginx.Address);
        Assert.Equal(1, run.Code);
        Assert.Contains("PROBLEM  bodies: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("nginx:   client_max_body_size 0;", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("HAProxy:", run.Output, StringComparison.Ordinal);
        Assert.Contains("1 problem was found.", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_reaches_no_server_is_told()
    {
        await using Nginx nginx = await Nginx.StartAsync(new Uri("http://127.0.0.1:1"));
        (await Examined.RunAsync(nginx.Address)).AssertFound("gateway");
    }

    [Fact]
    public async Task A_bare_one_that_opens_an_unconfigured_server_is_told()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using Nginx nginx = await Nginx.StartBareAsync(server.Root, "1.1");
        Examined examined = await Examined.RunAsync(nginx.Address);
        Assert.Contains("access.local", examined.Codes);
    }

    [Fact]
    public async Task A_certificate_that_nobody_trusts_is_told_with_all_else()
    {
        await using RunningServer server = await StartAsync();
        await using Nginx nginx = await Nginx.StartAsync(server.Root, (Place, "client_max_body_size 1m;"));
        (await Examined.RunAsync(nginx.Address, trusts: false)).AssertFound("body.limit tls.untrusted");
    }

    [Fact]
    public async Task A_credential_is_not_sent_to_one_that_nobody_trusts_and_the_rest_is_left()
    {
        await using RunningServer server = await StartAsync();
        await using Nginx nginx = await Nginx.StartAsync(server.Root, (Place, "client_max_body_size 1m;"));
        (await Examined.RunAsync(nginx.Address, trusts: false, more: ["--token", "a-secret"])).AssertFound("tls.untrusted");
    }

    [Fact]
    public async Task A_credential_that_does_not_arrive_is_told()
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        await using Nginx nginx = await Nginx.StartAsync(scene.Server.Root, (Place, $"{Place} proxy_set_header Authorization '';"));
        (await Examined.RunAsync(nginx.Address, more: ["--token", scene.Backend])).AssertFound("header.authorization");
    }

    [Fact]
    public async Task Who_is_sent_elsewhere_is_told_where()
    {
        await using Nginx nginx = await Nginx.StartAsync(new Uri("http://127.0.0.1:1"), (Place, $"{Place} return 301 https://other.example$request_uri;"));
        Commands.CommandRun run = await Examined.RunTextAsync(nginx.Address);
        run.AssertRefused("https://localhost/rt sends clients elsewhere (301); ask for https://other.example/rt.");
    }

    private static Task<RunningServer> StartAsync() => RunningServer.StartAsync(http: static http => http.Anonymous = AnonymousAccess.Everyone);
}
