using Godwit.Server.Configuration;

namespace Godwit.Server.Tests.Configuration;

public class ListenAddressTests
{
    [Theory]
    [InlineData("http://localhost:8080", "localhost", 8080, true)]
    [InlineData("HTTP://LocalHost:8080/", "localhost", 8080, true)]
    [InlineData("http://localhost", "localhost", 80, true)]
    [InlineData("http://127.0.0.1:0", "127.0.0.1", 0, true)]
    [InlineData("http://127.9.8.7:65535", "127.9.8.7", 65535, true)]
    [InlineData("http://[::1]:1", "[::1]", 1, true)]
    [InlineData("http://0.0.0.0:1", "0.0.0.0", 1, false)]
    [InlineData("http://[::]:1", "[::]", 1, false)]
    [InlineData("http://*:1", "*", 1, false)]
    [InlineData("http://192.0.2.1:1", "192.0.2.1", 1, false)]
    [InlineData("http://128.0.0.1:1", "128.0.0.1", 1, false)]
    [InlineData("http://[fd00::2]:1", "[fd00::2]", 1, false)]
    public void An_address_is_a_host_and_a_port_and_local_only_on_loopback(string text, string host, int port, bool loopback)
    {
        Assert.Null(ListenAddress.Parse(text, out ListenAddress address));
        Assert.Equal(new ListenAddress(host, port), address);
        Assert.Equal(loopback, address.IsLoopback);
        Assert.Null(ListenAddress.Parse(address.ToString(), out ListenAddress again));
        Assert.Equal(address, again);
    }

    [Theory]
    [InlineData("https://localhost:8443", "https", 8443)]
    [InlineData("HTTPS://localhost", "https", 443)]
    [InlineData("h2c://localhost:8080", "h2c", 8080)]
    [InlineData("h2c://localhost", "h2c", 80)]
    public void The_scheme_says_what_is_spoken_and_which_port_is_meant_without_one(string text, string scheme, int port)
    {
        Assert.Null(ListenAddress.Parse(text, out ListenAddress address));
        Assert.Equal((Enum.Parse<ListenScheme>(scheme, ignoreCase: true), port), (address.Scheme, address.Port));
        Assert.Equal($"{scheme}://localhost:{port}", address.ToString());
        Assert.Null(ListenAddress.Parse(address.ToString(), out ListenAddress again));
        Assert.Equal(address, again);
    }

    [Theory]
    [InlineData("", "not a URL")]
    [InlineData("8080", "not a URL")]
    [InlineData("localhost:8080", "not a URL")]
    [InlineData("ftp://localhost", "not an HTTP URL")]
    [InlineData("http://", "no host")]
    [InlineData("http://:8080", "no host")]
    [InlineData("http://localhost:", "no port")]
    [InlineData("http://localhost:65536", "no port")]
    [InlineData("http://localhost:-1", "no port")]
    [InlineData("http://localhost:80 80", "no port")]
    [InlineData("http://localhost/rt", "has a path")]
    [InlineData("http://localhost:80//", "has a path")]
    [InlineData("http://localhost:80?x", "has a path")]
    [InlineData("http://example.org:80", "not an IP address")]
    [InlineData("http://+:80", "not an IP address")]
    [InlineData("http://127.1:80", "not an IP address")]
    [InlineData("http://user@127.0.0.1:80", "not an IP address")]
    [InlineData("http://::1", "no host")]
    [InlineData("http://[127.0.0.1]:80", "not an IP address")]
    [InlineData("http://[::1:80", "no host")]
    public void What_cannot_be_listened_at_is_refused_with_the_reason(string text, string reason)
    {
        Assert.Contains(reason, ListenAddress.Parse(text, out _), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://localhost:1", "http://localhost:1", true)]
    [InlineData("http://localhost:1", "http://127.0.0.1:1", true)]
    [InlineData("http://localhost:1", "http://[::1]:1", true)]
    [InlineData("http://localhost:1", "http://127.0.0.2:1", false)]
    [InlineData("http://localhost:1", "http://localhost:2", false)]
    [InlineData("http://localhost:0", "http://localhost:0", false)]
    [InlineData("http://*:1", "http://127.0.0.1:1", true)]
    [InlineData("http://[::]:1", "http://127.0.0.1:1", true)]
    [InlineData("http://0.0.0.0:1", "http://192.0.2.1:1", true)]
    [InlineData("http://0.0.0.0:1", "http://[::1]:1", false)]
    [InlineData("http://0.0.0.0:1", "http://[::]:1", true)]
    [InlineData("http://[::1]:1", "http://[0:0::1]:1", true)]
    [InlineData("http://localhost:1", "https://localhost:1", true)]
    [InlineData("h2c://*:1", "https://127.0.0.1:1", true)]
    public void Two_addresses_overlap_when_one_socket_would_keep_the_other_from_listening(string one, string other, bool overlap)
    {
        Assert.Null(ListenAddress.Parse(one, out ListenAddress first));
        Assert.Null(ListenAddress.Parse(other, out ListenAddress second));
        Assert.Equal(overlap, first.Overlaps(second));
        Assert.Equal(overlap, second.Overlaps(first));
    }

    [Fact]
    public void Addresses_that_overlap_are_a_fault()
    {
        Assert.Equal("--listen: listen[1]: http://127.0.0.1:1 is already covered by http://localhost:1; leave one.", Loading.Fault(flags: ["--listen", "http://localhost:1", "--listen", "http://127.0.0.1:1"]));
    }

    [Fact]
    public void Other_machines_are_let_in_only_when_everyone_is_allowed()
    {
        string fault = Loading.Fault(flags: ["--listen", "http://0.0.0.0:80"]);

        Assert.Contains("--allow-anonymous", fault, StringComparison.Ordinal);
        Assert.Contains("allowAnonymous", fault, StringComparison.Ordinal);
        Assert.Equal("0.0.0.0", Loading.Settings(flags: ["--listen", "http://0.0.0.0:80", "--allow-anonymous"]).Listen[0].Value.Host);
    }
}
