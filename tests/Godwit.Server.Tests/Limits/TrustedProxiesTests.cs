using System.Net;
using Godwit.AspNetCore;
using Godwit.AspNetCore.Limits;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Godwit.Server.Tests.Limits;

/// <summary>Whom a request is from: what proxies say that are trusted, and nobody else.</summary>
public sealed class TrustedProxiesTests
{
    [Theory]
    [InlineData("10.0.0.1", "203.0.113.7", "203.0.113.7")]
    [InlineData("10.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7")]
    [InlineData("10.0.0.1", "203.0.113.7, 10.0.0.9", "203.0.113.7")]
    [InlineData("10.0.0.1", "127.0.0.1, 203.0.113.7,10.0.0.9", "203.0.113.7")]
    [InlineData("10.0.0.1", "203.0.113.7:4711", "203.0.113.7")]
    [InlineData("10.0.0.1", "2001:db8::7", "2001:db8::7")]
    [InlineData("10.0.0.1", "[2001:db8::7]:4711", "2001:db8::7")]
    [InlineData("10.0.0.1", "::ffff:203.0.113.7", "203.0.113.7")]
    [InlineData("::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7")]
    [InlineData("10.0.0.1", "10.0.0.9", "10.0.0.9")]
    [InlineData("10.0.0.1", "", "255.255.255.255")]
    [InlineData("10.0.0.1", "unknown", "255.255.255.255")]
    [InlineData("10.0.0.1", "203.0.113.7, 1234", "255.255.255.255")]
    [InlineData("10.0.0.1", "203.0.113.7, fe80::1%eth0", "255.255.255.255")]
    [InlineData("10.0.0.1", "127.0.0.1:\", 203.0.113.7", "203.0.113.7")]
    [InlineData("10.0.0.1", "\"127.0.0.1, 203.0.113.7", "203.0.113.7")]
    [InlineData("10.0.0.1", "127.0.0.1\\, 203.0.113.7", "203.0.113.7")]
    [InlineData("10.0.0.1", "203.0.113.7:\"", "255.255.255.255")]
    [InlineData("10.0.0.1", "203.0.113.7:", "255.255.255.255")]
    [InlineData("10.0.0.1", "203.0.113.7:123456", "255.255.255.255")]
    [InlineData("10.0.0.1", "[2001:db8::7]:x", "255.255.255.255")]
    [InlineData("10.0.0.1", "203.0.113.7,", "255.255.255.255")]
    [InlineData("10.0.0.1", null, "10.0.0.1")]
    [InlineData("192.0.2.1", "203.0.113.7", "192.0.2.1")]
    public void The_client_is_the_first_hop_from_here_that_is_no_proxy(string peer, string? forwarded, string client)
    {
        Assert.Equal(IPAddress.Parse(client), Client(ProxyHeader.XForwardedFor, peer, ("X-Forwarded-For", forwarded)));
    }

    [Theory]
    [InlineData("for=203.0.113.7", "203.0.113.7")]
    [InlineData("For=\"[2001:db8::7]:4711\";proto=https;by=10.0.0.9", "2001:db8::7")]
    [InlineData("proto=http; for=\"203.0.113.7:80\"", "203.0.113.7")]
    [InlineData("for=198.51.100.1, for=203.0.113.7;host=a, for=10.0.0.9", "203.0.113.7")]
    [InlineData("for=198.51.100.1, for=203.0.113.7;host=\"a, for=10.0.0.2\"", "203.0.113.7")]
    [InlineData("for=127.0.0.1;x=\", for=203.0.113.7", "255.255.255.255")]
    [InlineData("for=\"203.0.113.7:_hidden-1\"", "203.0.113.7")]
    [InlineData("for=\"_hidden\"", "255.255.255.255")]
    [InlineData("proto=https", "255.255.255.255")]
    [InlineData("for=\"", "255.255.255.255")]
    public void Forwarded_is_read_as_RFC_7239_writes_it(string forwarded, string client)
    {
        Assert.Equal(IPAddress.Parse(client), Client(ProxyHeader.Forwarded, "10.0.0.1", ("Forwarded", forwarded)));
    }

    [Fact]
    public void The_header_that_the_proxies_do_not_write_is_not_looked_at()
    {
        Assert.Equal(IPAddress.Parse("203.0.113.7"), Client(ProxyHeader.XForwardedFor, "10.0.0.1", ("X-Forwarded-For", "203.0.113.7"), ("Forwarded", "for=192.0.2.9")));
        Assert.Equal(IPAddress.Parse("203.0.113.7"), Client(ProxyHeader.Forwarded, "10.0.0.1", ("X-Forwarded-For", "192.0.2.9"), ("Forwarded", "for=203.0.113.7")));
    }

    [Fact]
    public void Lines_of_a_header_are_one_list()
    {
        Assert.Equal(IPAddress.Parse("203.0.113.7"), Client(ProxyHeader.XForwardedFor, "10.0.0.1", ("X-Forwarded-For", new StringValues(["198.51.100.1", "203.0.113.7, 10.0.0.8", "10.0.0.9"]))));
    }

    private static IPAddress? Client(ProxyHeader from, string peer, params (string Name, StringValues Value)[] headers)
    {
        var options = new GodwitHttpOptions { ProxyHeader = from, Proxies = { IPNetwork.Parse("10.0.0.0/8") } };
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse(peer) } };
        foreach ((string name, StringValues value) in headers)
        {
            if (value != default(StringValues))
            {
                context.Request.Headers[name] = value;
            }
        }

        new TrustedProxies(Options.Create(options), NullLogger<TrustedProxies>.Instance).Apply(context);
        return context.Connection.RemoteIpAddress;
    }
}
