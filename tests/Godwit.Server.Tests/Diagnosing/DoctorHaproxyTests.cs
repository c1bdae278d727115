using Godwit.Server.Tests.Processes;
using Godwit.Server.Tests.Proxies;

namespace Godwit.Server.Tests.Diagnosing;

/// <summary>What <c>godwit doctor</c> finds before HAProxy, configured well and badly.</summary>
public sealed class DoctorHaproxyTests(BehindHaproxy behind) : IClassFixture<BehindHaproxy>
{
    // A place in the frontend, and one in the backend.
    private const string Frontend = "    http-request set-header X-Forwarded-Proto https\n";
    private const string Backend = "    balance roundrobin\n";

    /// <summary>What is changed, and what is to be found, exactly.</summary>
    private static readonly Dictionary<string, ((string What, string With)[] Changes, string Expected)> Faults = new()
    {
        ["strips Upgrade, drops headers and the scheme, limits bodies, has no HTTP/2"] = (
            [
                (Frontend, "    http-request del-header Upgrade\n    http-request del-header Idempotency-Key\n    http-request del-header Last-Event-ID\n    http-request deny deny_status 413 if { req.hdr_val(content-length) gt 1048576 }\n"),
                (" alpn h2,http/1.1", ""),
            ],
            "body.limit header.idempotency-key header.last-event-id header.x-forwarded-proto http2.missing websocket.upgrade"),
        ["changes Host, buffers requests, compresses"] = (
            [
                (Frontend, $"{Frontend}    http-request set-header Host rt.internal\n    option http-buffer-request\n"),
                (Backend, $"{Backend}    compression algo gzip\n    compression type text/event-stream application/x-ndjson\n"),
            ],
            "header.host request.buffered stream.compressed"),
        ["buffers answers"] = ([(Backend, $"{Backend}    http-response wait-for-body time 20s\n")], "stream.buffered"),
        ["adds CORS headers, drops one of answers"] = ([(Frontend, $"{Frontend}    http-response add-header Access-Control-Allow-Origin *\n    http-response del-header Godwit-Poll-After\n")], "cors.repeated header.response"),
        ["has a cache"] = (
            [("frontend rt\n", "cache answers\n    total-max-size 4\n    max-age 60\n\nfrontend rt\n    http-request cache-use answers\n    http-response set-header Cache-Control max-age=60\n    http-response del-header Vary\n    http-response cache-store answers\n")],
            "cache"),
    };

    public static TheoryData<string> FaultNames() => [.. Faults.Keys];

    [Theory]
    [MemberData(nameof(FaultNames))]
    public async Task What_is_set_badly_is_found_and_nothing_else(string fault)
    {
        await using Haproxy haproxy = await Haproxy.StartAsync(behind.Server, Haproxy.Nowhere, Faults[fault].Changes);
        (await Examined.RunAsync(haproxy.Address)).AssertFound(Faults[fault].Expected);
    }

    [Fact]
    public async Task Connections_that_are_cut_while_nothing_is_said_are_found()
    {
        await using Haproxy haproxy = await Haproxy.StartAsync(behind.Server, Haproxy.Nowhere, ("timeout server 75s\n", "timeout server 10s\n"), ("timeout tunnel 75s", "timeout tunnel 10s"));
        (await Examined.RunAsync(haproxy.Address, idle: 20)).AssertFound("poll.cut stream.cut websocket.cut");
    }

    [Fact]
    public async Task Nothing_is_found_with_the_configuration_of_the_documents()
    {
        Examined examined = await Examined.RunAsync(behind.Haproxy.Address);
        examined.AssertFound("");
        Assert.Equal(14, examined.Subjects.Count);
    }

    [Fact]
    public async Task Two_servers_that_do_not_have_the_same_rooms_are_told()
    {
        await using GodwitProcess other = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0", "--allow-anonymous"]);
        await using Haproxy haproxy = await Haproxy.StartAsync(behind.Server, other.Addresses[0].Authority);
        (await Examined.RunAsync(haproxy.Address)).AssertFound("store.unshared");
    }

    [Fact]
    public async Task One_that_has_no_server_is_told()
    {
        await using Haproxy haproxy = await Haproxy.StartAsync(Haproxy.Nowhere, Haproxy.Nowhere.Replace(":1", ":2", StringComparison.Ordinal));
        (await Examined.RunAsync(haproxy.Address)).AssertFound("gateway");
    }
}
