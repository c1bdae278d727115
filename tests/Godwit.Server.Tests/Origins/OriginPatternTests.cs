using Godwit.AspNetCore.Access.Origins;

namespace Godwit.Server.Tests.Origins;

public class OriginPatternTests
{
    [Theory]
    [InlineData("https://app.example", "https://app.example")]
    [InlineData("https://app.example", "HTTPS://APP.example:443")]
    [InlineData("HTTPS://App.Example:443", "https://app.example")]
    [InlineData("http://app.example:8080", "http://app.example:8080")]
    [InlineData("http://[2001:db8::1]:80", "http://[2001:db8::1]")]
    [InlineData("https://*.app.example", "https://a.app.example")]
    [InlineData("https://*.app.example:8443", "https://a-1.app.example:8443")]
    [InlineData("http://*.localhost:3000", "http://shop.localhost:3000")]
    [InlineData("capacitor://localhost", "capacitor://localhost")]
    [InlineData("chrome-extension://abcdefghijklmnop", "chrome-extension://abcdefghijklmnop")]
    public void It_takes_the_origin_that_it_names(string pattern, string origin) => Assert.True(Matches(pattern, origin));

    [Theory]
    [InlineData("https://app.example", "http://app.example")]
    [InlineData("https://app.example", "https://app.example:8443")]
    [InlineData("https://app.example", "https://app.example:80")]
    [InlineData("http://app.example:8080", "http://app.example")]
    [InlineData("https://app.example", "https://a.app.example")]
    [InlineData("https://app.example", "https://evilapp.example")]
    [InlineData("https://app.example", "https://app.example.evil.example")]
    [InlineData("https://app.example", "https://app.example.")]
    [InlineData("https://*.app.example", "https://app.example")]
    [InlineData("https://*.app.example", "https://.app.example")]
    [InlineData("https://*.app.example", "https://a.b.app.example")]
    [InlineData("https://*.app.example", "https://evilapp.example")]
    [InlineData("https://*.app.example", "http://a.app.example")]
    [InlineData("https://*.app.example", "https://a.app.example:444")]
    [InlineData("https://*.app.example", "https://*.app.example")]
    [InlineData("capacitor://localhost", "ionic://localhost")]
    public void It_takes_no_other_origin(string pattern, string origin) => Assert.False(Matches(pattern, origin));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("https://")]
    [InlineData("https://app.example/")]
    [InlineData("https://app.example https://evil.example")]
    [InlineData("https://app.example,https://evil.example")]
    [InlineData("https://user@app.example")]
    [InlineData("https://evil.example#app.example")]
    [InlineData("https://evil.example\\app.example")]
    [InlineData("https://app.example:")]
    [InlineData("https://app.example:0x50")]
    [InlineData("https://app.example:65536")]
    [InlineData("https://app.example:-1")]
    [InlineData("https://app.exam\0ple")]
    [InlineData("https://bücher.example")]
    [InlineData("https://%61pp.example")]
    [InlineData("https://[::1")]
    [InlineData("https://[]")]
    [InlineData("https://[app.example]")]
    [InlineData("1https://app.example")]
    [InlineData("://app.example")]
    public void What_is_no_origin_is_not_read_as_one(string text) => Assert.False(Origin.TryParse(text, out _));

    [Theory]
    [InlineData("*", "every page of the web")]
    [InlineData("app.example", "has no scheme")]
    [InlineData("NULL", "has no scheme")]
    [InlineData("https://app.example/", "has a path")]
    [InlineData("https://app.example?x", "has a path")]
    [InlineData("https://bücher.example", "xn--")]
    [InlineData("https://*", "whole first label")]
    [InlineData("https://a.*.example", "whole first label")]
    [InlineData("https://a*.app.example", "whole first label")]
    [InlineData("https://**.app.example", "whole first label")]
    [InlineData("https://*.*.example", "whole first label")]
    [InlineData("http://localhost:*", "whole first label")]
    [InlineData("https://*.com", "more than one owner")]
    [InlineData("https://*.com.", "more than one owner")]
    [InlineData("https://*.0.0.1", "more than one owner")]
    [InlineData("https://*.[::1]", "more than one owner")]
    [InlineData("https://app.example:99999", "is not an origin")]
    [InlineData("https://", "is not an origin")]
    public void What_is_no_pattern_is_refused_with_the_reason(string text, string reason) =>
        Assert.Contains(reason, OriginPattern.Parse(text, out _), StringComparison.Ordinal);

    [Theory]
    [InlineData("HTTPS://App.Example:443", "https://app.example")]
    [InlineData("https://*.App.example:8443", "https://*.app.example:8443")]
    [InlineData("null", "null")]
    [InlineData("capacitor://localhost", "capacitor://localhost")]
    public void It_is_printed_as_browsers_write_it(string text, string printed) => Assert.Equal(printed, Parse(text).ToString());

    private static bool Matches(string pattern, string text) => Origin.TryParse(text, out Origin origin) && Parse(pattern).Matches(origin);

    private static OriginPattern Parse(string text)
    {
        Assert.Null(OriginPattern.Parse(text, out OriginPattern? pattern));
        return pattern!;
    }
}
