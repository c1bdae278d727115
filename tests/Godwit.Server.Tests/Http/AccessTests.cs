using System.Net;
using Godwit.AspNetCore;
using Godwit.Access.Links;
using Godwit.Access.Tickets;
using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Access.Origins;
using Godwit.AspNetCore.Access.Tokens;
using Godwit.AspNetCore.Problems;
using Microsoft.AspNetCore.Http;
using Godwit.Rooms;
using Godwit.Sessions;
using Godwit.Sessions.Tokens;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Godwit.Server.Tests.Http;

public class AccessTests
{
    [Theory]
    [InlineData("127.0.0.1", "localhost:8080", null)]
    [InlineData("127.9.9.9", "127.0.0.1", null)]
    [InlineData("::1", "[::1]:8080", null)]
    [InlineData("::ffff:127.0.0.1", "LocalHost", null)]
    [InlineData("127.0.0.1", "localhost", "http://localhost:5173")]
    [InlineData("127.0.0.1", "localhost", "https://127.0.0.1")]
    [InlineData("127.0.0.1", "localhost", "http://[::1]:3000")]
    public void A_request_of_the_same_machine_is_local(string peer, string host, string? origin) =>
        Assert.Null(LocalRequest.WhyNot(Request(peer, host, origin)));

    [Theory]
    [InlineData(null, "localhost", null, "peer")] // A Unix socket, or a test host.
    [InlineData("10.0.0.1", "localhost", null, "peer")]
    [InlineData("::ffff:10.0.0.1", "localhost", null, "peer")]
    [InlineData("fe80::1", "localhost", null, "peer")]
    [InlineData("127.0.0.1", "", null, "Host")]
    [InlineData("127.0.0.1", "evil.example", null, "Host")]
    [InlineData("127.0.0.1", "localhost.evil.example", null, "Host")]
    [InlineData("127.0.0.1", "127.0.0.2", null, "Host")]
    [InlineData("127.0.0.1", "::1", null, "Host")]
    [InlineData("127.0.0.1", "localhost:80\0", null, "Host")]
    [InlineData("127.0.0.1", "localhost", "https://evil.example", "Origin")]
    [InlineData("127.0.0.1", "localhost", "null", "Origin")]
    [InlineData("127.0.0.1", "localhost", "", "Origin")]
    [InlineData("127.0.0.1", "localhost", "file://localhost", "Origin")]
    [InlineData("127.0.0.1", "localhost", "http://localhost.evil.example", "Origin")]
    [InlineData("127.0.0.1", "localhost", "http://localhost@evil.example", "Origin")]
    [InlineData("127.0.0.1", "localhost", "http://evil.example/localhost", "Origin")]
    [InlineData("127.0.0.1", "localhost", "http://localhost:x", "Origin")]
    [InlineData("127.0.0.1", "localhost", "http://localhost, http://evil.example", "Origin")]
    public void A_request_from_elsewhere_is_not_local_and_the_reason_is_named(string? peer, string host, string? origin, string reason) =>
        Assert.Contains(reason, LocalRequest.WhyNot(Request(peer, host, origin)), StringComparison.Ordinal);

    [Theory]
    [InlineData("HTTP/1.0", false)]
    [InlineData("HTTP/1.1", true)]
    [InlineData("HTTP/2", true)]
    public void A_request_of_HTTP_1_0_is_not_local(string protocol, bool isLocal)
    {
        DefaultHttpContext context = Request("127.0.0.1", "localhost", null);
        context.Request.Protocol = protocol;
        Assert.Equal(isLocal, LocalRequest.WhyNot(context) is null);
    }

    [Fact]
    public void Two_origins_are_not_local()
    {
        DefaultHttpContext context = Request("127.0.0.1", "localhost", null);
        context.Request.Headers.Origin = new StringValues(["http://localhost", "http://localhost"]);
        Assert.NotNull(LocalRequest.WhyNot(context));
    }

    [Theory]
    [InlineData("Forwarded")]
    [InlineData("X-Forwarded-For")]
    [InlineData("x-forwarded-anything")]
    [InlineData("X-Real-IP")]
    [InlineData("via")]
    public void A_header_of_a_proxy_makes_a_request_not_local(string header)
    {
        DefaultHttpContext context = Request("127.0.0.1", "localhost", null);
        context.Request.Headers[header] = "";
        Assert.Contains(header, LocalRequest.WhyNot(context), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unconfigured_access_names_the_failed_check_and_both_settings()
    {
        Assert.Null(await RefusalAsync(AnonymousAccess.LocalRequests, Request("127.0.0.1", "localhost", "http://localhost:1")));
        Problem refusal = (await RefusalAsync(AnonymousAccess.LocalRequests, Request("10.0.0.1", "localhost", null)))!.Value;
        Assert.Equal("access.unconfigured", refusal.Code.Code);
        Assert.Contains("peer address", refusal.Detail, StringComparison.Ordinal);
        Assert.Contains("--allow-anonymous", refusal.Detail, StringComparison.Ordinal);
        Assert.Contains("GodwitHttpOptions.Anonymous", refusal.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.0.1", "rt.example:8080", null, true)]
    [InlineData("10.0.0.1", "rt.example:8080", "http://rt.example:8080", true)]
    [InlineData("10.0.0.1", "RT.example", "https://rt.example", true)]
    [InlineData("10.0.0.1", "rt.example:443", "https://rt.example", true)]
    [InlineData("10.0.0.1", "rt.example", "https://rt.example:443", true)]
    [InlineData("10.0.0.1", "[2001:db8::1]:80", "http://[2001:db8::1]", true)]
    [InlineData("10.0.0.1", "rt.example:80", "https://rt.example", false)]
    [InlineData("10.0.0.1", "rt.example", "https://rt.example:8443", false)]
    [InlineData("10.0.0.1", "rt.example", "https://evil.example", false)]
    [InlineData("10.0.0.1", "rt.example", "null", false)]
    [InlineData("127.0.0.1", "localhost:8080", "http://localhost:5173", true)]
    [InlineData("127.0.0.1", "localhost:8080", "https://evil.example", false)]
    [InlineData("10.0.0.1", "localhost:8080", "http://localhost:5173", false)]
    [InlineData("127.0.0.1", "rt.example", "http://localhost:5173", false)]
    public async Task With_everyone_allowed_a_page_must_be_of_the_same_host_or_of_this_machine(string peer, string host, string? origin, bool admitted) =>
        Assert.Equal(admitted ? null : "origin.refused", (await RefusalAsync(AnonymousAccess.Everyone, Request(peer, host, origin)))?.Code.Code);

    [Theory]
    [InlineData("xn--")]
    [InlineData("xn--a.-b")]
    [InlineData("xn--99999999999")]
    [InlineData("t.exn--.-NaN-9990")]
    [InlineData("xn--%%%%")]
    [InlineData("\u0080rt.xn--.-x%\u00ff")]
    public async Task A_host_in_punycode_that_is_none_is_one_of_another_machine(string host)
    {
        Assert.Equal("access.unconfigured", (await RefusalAsync(AnonymousAccess.LocalRequests, Request("127.0.0.1", host, null)))?.Code.Code);
        Assert.Equal("origin.refused", (await RefusalAsync(AnonymousAccess.Everyone, Request("127.0.0.1", host, "https://evil.example")))?.Code.Code);
    }

    private static async Task<Problem?> RefusalAsync(AnonymousAccess access, HttpContext context)
    {
        IOptions<GodwitHttpOptions> options = Options.Create(new GodwitHttpOptions { Anonymous = access });
        using var keys = new KeySets(options, TimeProvider.System, NullLogger<KeySets>.Instance);
        var broker = new RecordingBroker();
        await using var engine = new GodwitEngine(new GodwitOptions(), broker, TimeProvider.System);
        var credentials = new CheckedCredentials(options, new RoomPolicies([]), keys, new Tickets(broker), new SignedLinks(new SessionTokens(new SessionOptions(), broker, TimeProvider.System), TimeProvider.System), engine.Orders, TimeProvider.System);
        OriginStanding origin = new AllowedOrigins(options).Judge(context);
        return new AccessGate(credentials, engine.Orders, options).Admits(context, origin, out Problem refusal) ? null : refusal;
    }

    private static DefaultHttpContext Request(string? peer, string host, string? origin)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = peer is null ? null : IPAddress.Parse(peer);
        context.Request.Headers.Host = host;
        if (origin is not null)
        {
            context.Request.Headers.Origin = origin;
        }

        return context;
    }
}
