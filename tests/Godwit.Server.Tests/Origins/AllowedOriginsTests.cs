using System.Net;
using Godwit.AspNetCore;
using Godwit.AspNetCore.Access.Origins;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Godwit.Server.Tests.Origins;

public class AllowedOriginsTests
{
    private const string Server = "rt.example";

    [Fact]
    public void A_request_without_an_origin_comes_from_no_page() => Assert.Equal(OriginStanding.Absent, Judge([], Request(Server, StringValues.Empty)));

    [Theory]
    [InlineData("https://app.example")]
    [InlineData("https://a.team.example")]
    [InlineData("https://rt.example")]
    public void Listed_origins_are_taken_beside_the_server_s_own(string origin) =>
        Assert.Equal(OriginStanding.Taken, Judge(["https://app.example", "https://*.team.example"], Request(Server, origin)));

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("http://app.example")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("https://app.example https://app.example")]
    public void All_others_are_foreign(string origin) => Assert.Equal(OriginStanding.Foreign, Judge(["https://app.example"], Request(Server, origin)));

    [Fact]
    public void Two_origins_are_foreign_though_both_are_listed() =>
        Assert.Equal(OriginStanding.Foreign, Judge(["https://app.example"], Request(Server, new StringValues(["https://app.example", "https://app.example"]))));

    [Fact]
    public void The_origin_null_is_taken_only_where_it_is_listed_and_then_only_as_it_is_written()
    {
        Assert.Equal(OriginStanding.Taken, Judge(["null"], Request(Server, "null")));
        Assert.Equal(OriginStanding.Foreign, Judge(["null"], Request(Server, "NULL")));
        Assert.Equal(OriginStanding.Foreign, Judge(["null"], Request(Server, "")));
        Assert.Equal(OriginStanding.Foreign, Judge(["null"], Request(Server, "https://evil.example")));
    }

    [Theory]
    [InlineData("https", null, null, "https://rt.example", true)]
    [InlineData("https", null, null, "http://rt.example", false)]
    [InlineData("http", null, null, "http://rt.example", true)]
    [InlineData("http", null, null, "https://rt.example", true)] // A proxy that says nothing may have ended TLS.
    [InlineData("http", "X-Forwarded-Proto", "https", "https://rt.example", true)]
    [InlineData("http", "X-Forwarded-Proto", "https", "http://rt.example", false)]
    [InlineData("http", "X-Forwarded-Proto", "HTTPS, http", "http://rt.example", false)]
    [InlineData("http", "X-Forwarded-Proto", "http", "http://rt.example", true)]
    [InlineData("http", "Forwarded", "for=192.0.2.1;proto=https", "http://rt.example", false)]
    [InlineData("http", "Forwarded", "for=192.0.2.1; Proto=\"https\"", "http://rt.example", false)]
    public void A_page_without_TLS_is_of_another_origin_than_a_server_that_is_reached_over_TLS(string scheme, string? header, string? value, string origin, bool taken)
    {
        DefaultHttpContext request = Request(Server, origin);
        request.Request.Scheme = scheme;
        if (header is not null)
        {
            request.Request.Headers[header] = value;
        }

        Assert.Equal(taken ? OriginStanding.Taken : OriginStanding.Foreign, Judge([], request));
    }

    [Theory]
    [InlineData("127.0.0.1", "localhost:8080", null, true)]
    [InlineData("10.0.0.1", "localhost:8080", null, false)]
    [InlineData("127.0.0.1", "rt.example", null, false)]
    [InlineData("127.0.0.1", "localhost:8080", "X-Forwarded-For", false)]
    public void Loopback_origins_are_taken_of_requests_that_are_local_otherwise(string peer, string host, string? header, bool taken)
    {
        DefaultHttpContext request = Request(host, "http://localhost:5173");
        request.Connection.RemoteIpAddress = IPAddress.Parse(peer);
        if (header is not null)
        {
            request.Request.Headers[header] = "192.0.2.1";
        }

        Assert.Equal(taken ? OriginStanding.Taken : OriginStanding.Foreign, Judge([], request));
    }

    [Fact]
    public void Only_pages_of_the_web_have_the_origin_of_a_server() => Assert.Equal(OriginStanding.Foreign, Judge([], Request("localhost", "capacitor://localhost")));

    private static OriginStanding Judge(string[] listed, HttpContext request)
    {
        var options = new GodwitHttpOptions();
        foreach (string origin in listed)
        {
            options.Origins.Add(origin);
        }

        return new AllowedOrigins(Options.Create(options)).Judge(request);
    }

    private static DefaultHttpContext Request(string host, StringValues origin)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse("192.0.2.7");
        context.Request.Scheme = "http";
        context.Request.Headers.Host = host;
        if (origin.Count > 0)
        {
            context.Request.Headers.Origin = origin;
        }

        return context;
    }
}
