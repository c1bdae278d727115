using Godwit.Access;
using Godwit.AspNetCore.Access.Origins;
using Godwit.AspNetCore.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Godwit.Server.Tests.Origins;

/// <summary>What a page may make a browser do in the name of its user.</summary>
public class AmbientIdentityTests
{
    [Theory]
    [InlineData("POST", false)]
    [InlineData("DELETE", false)]
    [InlineData("PUT", false)]
    [InlineData("GET", true)]
    public void Every_POST_and_every_upgrade_shows_the_page_that_asks(string method, bool upgrades)
    {
        Assert.Equal("origin.missing", Refusal(CallerKind.Application, OriginStanding.Absent, Request(method, upgrades)));
        Assert.Equal("origin.refused", Refusal(CallerKind.Application, OriginStanding.Foreign, Request(method, upgrades)));
        Assert.Null(Refusal(CallerKind.Application, OriginStanding.Taken, Request(method, upgrades)));
    }

    [Fact]
    public void A_CONNECT_is_an_upgrade()
    {
        DefaultHttpContext request = Request("CONNECT", upgrades: false);
        request.Features.Set<IHttpExtendedConnectFeature>(new ExtendedConnect());
        Assert.Equal("origin.missing", Refusal(CallerKind.Application, OriginStanding.Absent, request));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("OPTIONS")]
    public void What_only_reads_needs_no_origin(string method) => Assert.Null(Refusal(CallerKind.Application, OriginStanding.Absent, Request(method, upgrades: false)));

    [Theory]
    [InlineData(CallerKind.Anonymous)]
    [InlineData(CallerKind.Token)]
    [InlineData(CallerKind.ApiKey)]
    [InlineData(CallerKind.Ticket)]
    [InlineData(CallerKind.Link)]
    public void Who_shows_a_credential_or_has_none_needs_no_origin(CallerKind kind) => Assert.Null(Refusal(kind, OriginStanding.Absent, Request("POST", upgrades: false)));

    [Theory]
    [InlineData("Bearer x", true)]
    [InlineData("bearer x", true)]
    [InlineData("Basic eDp5", false)]
    [InlineData("Negotiate eDp5", false)]
    [InlineData("Bearerx", false)]
    public void Authorization_counts_only_where_no_browser_adds_it_by_itself(string authorization, bool shown)
    {
        DefaultHttpContext request = Request("POST", upgrades: false);
        request.Request.Headers.Authorization = authorization;
        Assert.Equal(shown ? null : "origin.missing", Refusal(CallerKind.Application, OriginStanding.Absent, request));
    }

    private static string? Refusal(CallerKind kind, OriginStanding origin, HttpContext context) =>
        AmbientIdentity.Refuses(context, new Caller { Kind = kind, User = "alice" }, origin, out Problem refusal) ? refusal.Code.Code : null;

    private static DefaultHttpContext Request(string method, bool upgrades)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = method;
        context.Request.Protocol = "HTTP/1.1";
        context.Request.Headers.Host = "rt.example";
        if (upgrades)
        {
            context.Request.Headers.Connection = "Upgrade";
            context.Request.Headers.Upgrade = "websocket";
        }

        return context;
    }

    private sealed class ExtendedConnect : IHttpExtendedConnectFeature
    {
        public bool IsExtendedConnect => true;

        public string? Protocol => "websocket";

        public ValueTask<Stream> AcceptAsync() => throw new NotSupportedException();
    }
}
