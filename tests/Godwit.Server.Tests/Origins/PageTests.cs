using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Godwit.AspNetCore;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Http;
using Godwit.Server.Tests.Transports;
using Godwit.WebRtc;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Godwit.Server.Tests.Origins;

/// <summary>What pages of other origins get: over every transport, of every path, and of refusals too.</summary>
public class PageTests
{
    private const string Listed = "https://app.example";

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task A_listed_page_is_answered_and_another_is_refused_over_every_transport(Via via)
    {
        // A page of elsewhere is no local request, so data channels have to be set up for it.
        await using RunningServer server = await RunningServer.StartAsync(
            http: options =>
            {
                options.Anonymous = AnonymousAccess.Everyone;
                options.Origins.Add(Listed);
                options.Origins.Add("https://*.team.example");
            },
            services: static services => services.AddDataChannels(new WebRtcOptions { Port = FreePort.Udp(), Addresses = [IPAddress.Loopback] }));
        foreach (string origin in (string[])[Listed, "https://a.team.example"])
        {
            await using ReaderProbe reader = via.Open(server.Room() with { Headers = [new("Origin", origin)] }, ProbeStart.Unsaid);
            await reader.JoinAsync();
        }

        foreach (string origin in (string[])["https://evil.example", "https://a.b.team.example", "null"])
        {
            await using ReaderProbe reader = via.Open(server.Room() with { Headers = [new("Origin", origin)] }, ProbeStart.Unsaid);
            ProbeFrame refusal = await reader.RefusalAsync();
            Assert.Equal((403, "origin.refused"), (refusal.Status, refusal.Code));
        }
    }

    [Theory]
    [MemberData(nameof(Over.Carriers), MemberType = typeof(Over))]
    public async Task A_page_of_the_server_itself_is_answered_over_every_carrier(Carrier carrier)
    {
        await using RunningServer server = await RunningServer.StartAsync(http: options => options.Anonymous = AnonymousAccess.Everyone);
        string scheme = carrier == Carrier.Tls ? "https" : "http";
        ProbeTarget target = server.Room() with { Headers = [new("Host", "rt.example"), new("Origin", $"{scheme}://rt.example")] };
        await using ReaderProbe taken = Via.WebSocket.Over(carrier).Open(target, ProbeStart.Unsaid);
        await taken.JoinAsync();

        if (carrier == Carrier.Tls)
        {
            await using ReaderProbe refused = Via.WebSocket.Over(carrier).Open(target with { Headers = [new("Host", "rt.example"), new("Origin", "http://rt.example")] }, ProbeStart.Unsaid);
            Assert.Equal("origin.refused", (await refused.RefusalAsync()).Code);
        }
    }

    [Fact]
    public async Task A_refusal_of_an_origin_names_it_and_where_to_list_it_and_cannot_be_read_by_the_page()
    {
        await using RoomServer server = await RoomServer.StartAsync(http: options => options.Anonymous = AnonymousAccess.Everyone);
        foreach ((HttpMethod method, string path) in ((HttpMethod, string)[])[(HttpMethod.Get, "/rt/rooms/r"), (HttpMethod.Post, "/rt/publish"), (HttpMethod.Options, "/rt/session"), (HttpMethod.Get, "/rt/nothing")])
        {
            Answer answer = await server.SendAsync(method, path, null, ("Origin", "https://Evil.example:443"), ("Access-Control-Request-Method", "POST"));
            string detail = answer.IsProblem(ErrorCode.OriginRefused);
            Assert.Contains(" https://evil.example ", detail, StringComparison.Ordinal);
            Assert.Contains("--origin", detail, StringComparison.Ordinal);
            Assert.Contains("GodwitHttpOptions.Origins", detail, StringComparison.Ordinal);
            Assert.DoesNotContain(answer.Headers.Keys, name => name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
            Assert.Equal("Origin", answer["Vary"]);
        }

        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_listed_page_is_told_also_that_access_is_not_configured_and_its_preflight_is_answered()
    {
        await using RoomServer server = await RoomServer.StartAsync(http: options => options.Origins.Add(Listed));
        (string, string)[] foreign = [("Origin", Listed), ("Host", "rt.example"), ("Access-Control-Request-Method", "POST")];
        Answer preflight = await server.SendAsync(HttpMethod.Options, "/rt/rooms/r", null, foreign);
        Assert.Equal((HttpStatusCode.NoContent, Listed), (preflight.Status, preflight["Access-Control-Allow-Origin"]));

        Answer refusal = await server.SendAsync(HttpMethod.Get, "/rt/rooms/r", null, foreign[..2]);
        refusal.IsProblem(ErrorCode.AccessUnconfigured);
        IsReadable(refusal);
    }

    [Fact]
    public async Task A_listed_page_is_local_where_everything_else_is()
    {
        await using RoomServer server = await RoomServer.StartAsync(http: options => options.Origins.Add(Listed));
        Answer answer = await server.GetAsync("/rt/rooms/r", ("Origin", Listed));
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        IsReadable(answer);
    }

    [Fact]
    public async Task A_refusal_says_to_a_listed_page_when_to_come_back()
    {
        await using RoomServer server = await RoomServer.StartAsync(http: options => options.Origins.Add(Listed));
        server.Broker.Answer = () => throw new BrokerUnavailableException("away", TimeSpan.FromSeconds(2));
        Answer away = await server.PostAsync("/rt/rooms/r", "1", "application/json", ("Origin", Listed));
        away.IsProblem(ErrorCode.StoreAway);
        Assert.NotNull(away["Retry-After"]);
        IsReadable(away);
    }

    [Fact]
    public async Task Cookies_of_other_origins_are_let_through_only_where_the_application_says_so()
    {
        await using (RoomServer without = await RoomServer.StartAsync(http: options => options.Origins.Add(Listed)))
        {
            Assert.Null((await without.GetAsync("/rt/rooms/r", ("Origin", Listed)))["Access-Control-Allow-Credentials"]);
        }

        await using RoomServer with = await RoomServer.StartAsync(http: options =>
        {
            options.Origins.Add(Listed);
            options.CrossOriginCookies = true;
        });
        Answer answer = await with.GetAsync("/rt/rooms/r", ("Origin", Listed));
        Assert.Equal((Listed, "true"), (answer["Access-Control-Allow-Origin"], answer["Access-Control-Allow-Credentials"]));
        Answer preflight = await with.SendAsync(HttpMethod.Options, "/rt/rooms/r", null, ("Origin", Listed), ("Access-Control-Request-Method", "POST"));
        Assert.Equal((Listed, "true"), (preflight["Access-Control-Allow-Origin"], preflight["Access-Control-Allow-Credentials"]));
        Assert.Null((await with.GetAsync("/rt/rooms/r", ("Origin", "https://evil.example")))["Access-Control-Allow-Credentials"]);
        Assert.Null((await with.GetAsync("/rt/rooms/r"))["Access-Control-Allow-Credentials"]);
    }

    [Theory]
    [InlineData("/rt/rooms/r")]
    [InlineData("/rt/rooms/r?after=x")]
    [InlineData("/rt/session")]
    [InlineData("/rt/nothing")]
    public async Task No_answer_is_taken_for_another_media_type_than_it_has(string path)
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Assert.Equal("nosniff", (await server.GetAsync(path))["X-Content-Type-Options"]);
    }

    [Theory]
    [InlineData("/rt/rooms/r")]
    [InlineData("/rt/session")]
    [InlineData("/rt/publish")]
    public async Task A_preflight_passes_the_application_s_own_authorization_and_nothing_else_does(string path)
    {
        await using RoomServer server = await RoomServer.StartAsync(
            http: options => options.Origins.Add(Listed),
            services: services =>
            {
                services.AddAuthentication("none").AddScheme<AuthenticationSchemeOptions, Nobody>("none", null);
                services.AddAuthorization();
            },
            map: application =>
            {
                application.UseAuthentication();
                application.UseAuthorization();
                application.MapGodwit().RequireAuthorization();
            });
        Answer preflight = await server.SendAsync(HttpMethod.Options, path, null, ("Origin", Listed), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization"));
        Assert.Equal((HttpStatusCode.NoContent, Listed), (preflight.Status, preflight["Access-Control-Allow-Origin"]));
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.GetAsync(path)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.PostAsync(path, "1", "application/json")).Status);
        Assert.Empty(server.Broker.Appends);
    }

    [Theory]
    [InlineData("POST", "/rt/rooms/r", false)]
    [InlineData("POST", "/rt/publish", false)]
    [InlineData("POST", "/rt/session", false)]
    [InlineData("GET", "/rt/rooms/r", true)]
    [InlineData("GET", "/rt/session", true)]
    public async Task No_foreign_page_acts_in_the_name_of_a_user_who_is_known_by_a_cookie(string method, string path, bool upgrades)
    {
        await using RoomServer server = await RoomServer.StartAsync(
            http: options =>
            {
                options.Origins.Add(Listed);
                options.Access.ApplicationUsers = true;
            },
            services: services =>
            {
                services.AddAuthentication("cookie").AddScheme<AuthenticationSchemeOptions, Known>("cookie", null);
                services.AddAuthorization();
            },
            map: application =>
            {
                application.UseAuthentication();
                application.UseAuthorization();
                application.MapGodwit().RequireAuthorization();
            });
        (string, string)[] headers = [("Cookie", "user=alice"), .. upgrades ? [("Connection", "Upgrade"), ("Upgrade", "websocket")] : ((string, string)[])[]];
        Answer missing = await SendAsync(headers);
        missing.IsProblem(ErrorCode.OriginMissing);
        (await SendAsync([.. headers, ("Origin", "https://evil.example")])).IsProblem(ErrorCode.OriginRefused);
        Assert.Empty(server.Broker.Appends);
        Assert.Empty(server.Requests);

        // From here on it is the endpoint that answers, not the guard.
        foreach ((string, string)[] taken in ((string, string)[][])[[("Origin", Listed)], [("Origin", server.Uri.GetLeftPart(UriPartial.Authority))], [("Authorization", "Bearer x")]])
        {
            Assert.DoesNotContain("origin.", (await SendAsync([.. headers, .. taken])).Body, StringComparison.Ordinal);
        }

        Task<Answer> SendAsync((string, string)[] headers) => server.SendAsync(new HttpMethod(method), path, method == "POST" ? new StringContent("{}", null, "application/json") : null, headers);
    }

    private static void IsReadable(Answer answer)
    {
        Assert.Equal(Listed, answer["Access-Control-Allow-Origin"]);
        Assert.Equal("Godwit-Poll-After, Retry-After, Location, WWW-Authenticate", answer["Access-Control-Expose-Headers"]);
    }

    private sealed class Nobody(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(AuthenticateResult.NoResult());
    }

    private sealed class Known(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            var alice = new ClaimsPrincipal(new ClaimsIdentity([new Claim("sub", "alice"), new Claim("godwit", """{"**":["read","publish"]}""")], Scheme.Name));
            return Task.FromResult(Request.Headers.Cookie == "user=alice" ? AuthenticateResult.Success(new AuthenticationTicket(alice, Scheme.Name)) : AuthenticateResult.NoResult());
        }
    }
}
