using System.Globalization;
using System.Net;
using Godwit.AspNetCore;
using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Access.Origins;
using Godwit.AspNetCore.Limits;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.Fuzzing.Tests.Mutation;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Godwit.Fuzzing.Tests.Targets;

/// <summary>What stands in the head of a request: query and headers.</summary>
public class HeaderTargets
{
    [Fact]
    public void A_query_is_read_or_refused_as_the_platform_decodes_it() => Campaign.Run(
        "query",
        [.. Tokens.Texts("?after=3kQ9xLm0aZ_-42-03fK9a&wait=30&limit=10", "?last=5", "?before=3kQ9xLm0aZ_-42-03fK9a&limit=1000", "?after=now&full", "?text=1&after=start", "?wait=0.25&x=y")],
        [.. Tokens.Texts("after=", "last=", "before=", "wait=", "limit=", "full", "text", "now", "start", "&", "?", "%3D", "%61fter", "3kQ9xLm0aZ_-42-03fK9a", "1000", "1001", "&&", "=="), .. Tokens.Common],
        static (input, random) =>
    {
        string text = Text.Of(input);
        var context = new DefaultHttpContext();
        context.Request.QueryString = new QueryString(text.StartsWith('?') ? text : "?" + text);
        if (random.OneIn(3))
        {
            context.Request.Headers["Last-Event-ID"] = text;
        }

        TransportKind transport = (TransportKind)random.Below(4);
        var allowance = Allowance.Begin();
        bool taken = RoomQuery.TryRead(context.Request, RoomName.Parse("r"), transport, TimeSpan.FromSeconds(55), out RoomRequest? asked, out Problem problem);
        allowance.Check(input.Length, 64);
        if (!taken)
        {
            Assert.True(JsonTargets.IsReadable(ProblemWriter.Compose(problem)));
            return new Signature().With(problem.Code.Code).With(problem.Detail?.Length ?? 0).With((int)transport);
        }

        Assert.InRange(asked!.Limit, 1, RoomRequest.MaxLimit);
        Assert.InRange(asked.Wait ?? TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromSeconds(55));
        string? limit = Value(context.Request.QueryString.Value!, "limit");
        Assert.Equal(limit is null ? RoomRequest.DefaultLimit : int.Parse(limit, NumberStyles.None, CultureInfo.InvariantCulture), asked.Limit);
        Assert.DoesNotContain(asked.LinkParameters, c => !char.IsAsciiLetterOrDigit(c) && !"&=.".Contains(c, StringComparison.Ordinal));
        return new Signature().With(asked.From.Kind.ToString()).With(asked.Wait is null ? 0 : 1).With(asked.Full ? 1 : 0).With(asked.Text ? 1 : 0).With((int)transport);

        static string? Value(string query, string name) =>
            (from part in query[1..].Split('&')
             let sign = part.IndexOf('=', StringComparison.Ordinal)
             where sign >= 0 && Decode(part[..sign]) == name
             select Decode(part[(sign + 1)..])).FirstOrDefault();

        static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
    });

    /// <summary>Whoever connects through a proxy writes all of the header but what the proxy adds at its end.</summary>
    [Theory]
    [InlineData(ProxyHeader.XForwardedFor)]
    [InlineData(ProxyHeader.Forwarded)]
    public void Whatever_a_client_says_of_itself_it_is_the_hop_that_the_proxy_added_or_nobody(ProxyHeader header)
    {
        var options = new GodwitHttpOptions { ProxyHeader = header };
        options.Proxies.Add(IPNetwork.Parse("10.0.0.0/8"));
        var proxies = new TrustedProxies(Options.Create(options), NullLogger<TrustedProxies>.Instance);
        var proxy = IPAddress.Parse("10.0.0.1");
        var client = IPAddress.Parse("203.0.113.7");
        string added = header == ProxyHeader.Forwarded ? "for=203.0.113.7" : "203.0.113.7";
        Campaign.Run(
            $"hops of {header}",
            [.. Tokens.Texts("198.51.100.1, 10.0.0.9", "[2001:db8::7]:4711", "for=198.51.100.1;proto=https, for=10.0.0.9", "for=\"[2001:db8::7]:4711\";by=10.0.0.9", "for=\"a\\\"b, for=10.0.0.2\"")],
            [.. Tokens.Texts("for=", "For=", "by=", ";", ",", "\"", "\\", "\\\"", "10.0.0.9", "127.0.0.1", "::1", "::ffff:10.0.0.1", "[", "]", ":80", "unknown", "_hidden", "%eth0", "for=\"10.0.0.9\""), .. Tokens.Common],
            (input, random) =>
        {
            string text = Text.Of(input);
            StringValues values = random.OneIn(3) ? new StringValues([text, added]) : new StringValues($"{text}, {added}");
            var allowance = Allowance.Begin();
            IPAddress? found = proxies.Client(proxy, values);
            allowance.Check(input.Length, 64);
            Assert.True(client.Equals(found) || IPAddress.None.Equals(found), $"{found} for {values}");
            Assert.True(client.Equals(found) || text.Contains('"', StringComparison.Ordinal), $"Nobody for {values}");

            // And alone it is whatever it is: an address, or nobody.
            found = proxies.Client(proxy, new StringValues(text));
            Assert.NotNull(found);
            return new Signature().With(found.AddressFamily.ToString()).With(IPAddress.None.Equals(found) ? 1 : 0).With(proxies.Trusts(found) ? 1 : 0).With(Math.Min(text.Count(static c => c == ','), 8));
        });
    }

    [Fact]
    public void Accept_chooses_the_same_for_one_line_and_for_several() => Campaign.Run(
        "accept",
        [.. Tokens.Texts("text/event-stream", "application/json;q=0.5, text/event-stream;q=0", "*/*;q=0.1,application/x-ndjson", "text/html;a=\"x,y;q=1\", application/*;q=1.000", "application/json; q=0.001")],
        [.. Tokens.Texts("text/event-stream", "application/x-ndjson", "application/json", "application/*", "*/*", ";q=0", ";q=1.0", ";q=0.000", ";q=", ";Q=1", ",", ";", "\"", "\\"), .. Tokens.Common],
        static (input, _) =>
    {
        string text = Text.Of(input);
        var allowance = Allowance.Begin();
        TransportKind? chosen = AcceptHeader.Choose(text);
        TransportKind? withoutLines = AcceptHeader.Choose(text, takesLines: false);
        allowance.Check(input.Length, 0);
        Assert.NotEqual(TransportKind.WebSocket, chosen);
        Assert.NotEqual(TransportKind.HttpStreaming, withoutLines);
        if (!text.Contains('"', StringComparison.Ordinal))
        {
            Assert.Equal(chosen, AcceptHeader.Choose(new StringValues(text.Split(','))));
        }

        return new Signature().With((int?)chosen ?? -1).With((int?)withoutLines ?? -1).With(Math.Min(text.Count(c => c == ','), 8));
    });

    [Fact]
    public void An_idempotency_key_is_taken_as_RFC_8941_writes_it_or_bare() => Campaign.Run(
        "key",
        [.. Tokens.Texts("0123456789abcdef012345", "\"0123456789abcdef012345\"", "\"a\\\"b\\\\c\"")],
        Tokens.Common,
        static (input, _) =>
    {
        string text = Text.Of(input);
        var allowance = Allowance.Begin();
        bool taken = IdempotencyKeyHeader.TryRead(text, anonymous: false, out string? key, out Problem problem);
        allowance.Check(input.Length, 16);
        string? expected = text.StartsWith('"') ? Unquoted(text) : text;
        Assert.Equal(expected is { Length: > 0 and <= 128 } && expected.All(c => c is >= '!' and <= '~'), taken);
        if (taken)
        {
            Assert.Equal(expected, key);
        }

        return new Signature().With(taken ? key!.Length : -1).With(problem.Code?.Code);

        static string? Unquoted(string text)
        {
            if (text.Length < 2 || text[^1] != '"')
            {
                return null;
            }

            string plain = "";
            for (int i = 1; i < text.Length - 1; i++)
            {
                if (text[i] == '"' || (text[i] == '\\' && (i + 1 == text.Length - 1 || text[i + 1] is not ('"' or '\\'))))
                {
                    return null;
                }

                plain += text[i] == '\\' ? text[++i] : text[i];
            }

            return plain;
        }
    });

    [Fact]
    public void A_content_type_is_taken_or_refused() => Campaign.Run(
        "content type",
        [.. Tokens.Texts("application/json", "text/plain; charset=utf-8", "application/octet-stream", "application/x-ndjson;charset=\"UTF-8\"", "text/html")],
        [.. Tokens.Texts("charset=", "utf-8", "utf-16", "application/json", "text/", ";", "\"", "*"), .. Tokens.Common],
        static (input, _) =>
    {
        string text = Text.Of(input);
        var allowance = Allowance.Begin();
        bool lines = ContentType.IsNdjson(text, out Problem _);
        bool taken = ContentType.TryRead(text, out BodyKind kind, out Problem problem);
        allowance.Check(input.Length, 64);
        Assert.False(lines && taken);
        Assert.Equal(taken, problem.Code is null);
        return new Signature().With(taken ? (int)kind : -1).With(lines ? 1 : 0);
    });

    [Fact]
    public void An_origin_is_what_the_platform_reads_as_one_and_no_other_host_is_taken_for_a_listed_one()
    {
        var options = new GodwitHttpOptions();
        string[] listed = ["https://app.example", "https://*.team.example:8443", "http://[::1]:3000", "capacitor://localhost"];
        foreach (string origin in listed)
        {
            options.Origins.Add(origin);
        }

        var allowed = new AllowedOrigins(Options.Create(options));
        byte[][] seeds = [.. Tokens.Texts([.. listed[..1], .. listed[2..], "https://a.team.example:8443", "https://rt.example", "http://localhost:5173", "null", "https://app.example:443"])];
        Campaign.Run("origin", seeds, [.. Tokens.Texts("https://", "http://", "app.example", ".team.example", "evil.example", "@", ":443", ":8443", ":80", ":0", ":65536", "localhost", "127.0.0.1", "[::1]", "null", "#", "\\", "/"), .. Tokens.Common], (input, _) =>
        {
            string text = Text.Of(input);
            var context = new DefaultHttpContext();
            context.Connection.RemoteIpAddress = IPAddress.Parse("192.0.2.1");
            context.Request.Headers.Host = "rt.example";
            context.Request.Headers.Origin = text;
            var allowance = Allowance.Begin();
            OriginStanding standing = allowed.Judge(context);
            bool read = Origin.TryParse(text, out Origin origin);
            bool loopback = read && origin.IsLoopback;
            allowance.Check(input.Length, 4);
            Assert.True(read || standing != OriginStanding.Taken);
            if (!read)
            {
                return new Signature().With(Math.Min(text.Length, 64));
            }

            string written = origin.ToString();
            Assert.True(Origin.TryParse(written, out Origin again));
            Assert.Equal(written, again.ToString());
            if (Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https")
            {
                Assert.Equal((uri!.Scheme, uri.Port, "", "/", ""), (origin.Scheme.ToString().ToLowerInvariant(), origin.Port, uri.UserInfo, uri.PathAndQuery, uri.Fragment));
                Assert.True(!loopback || uri.IsLoopback);
                bool expected = (uri.IdnHost, uri.Port, uri.Scheme) is ("app.example", 443, "https") or ("rt.example", 443, "https") or ("rt.example", 80, "http")
                    || (uri is { Scheme: "http", Port: 3000, Host: "[::1]" } && origin.Host.SequenceEqual("[::1]"))
                    || (uri is { Scheme: "https", Port: 8443 } && uri.IdnHost.EndsWith(".team.example", StringComparison.Ordinal) && uri.IdnHost.Split('.') is [{ Length: > 0 }, _, _]);
                Assert.Equal(expected, standing == OriginStanding.Taken);
            }

            return new Signature().With((int)standing).With(origin.Port == 443 ? 1 : 0).With(Math.Min(origin.Host.Length, 40));
        });
    }

    [Fact]
    public void A_pattern_of_origins_is_printed_so_that_it_is_read_again() => Campaign.Run(
        "origin pattern",
        [.. Tokens.Texts("https://app.example", "https://*.team.example:8443", "http://*.localhost:3000", "null", "http://[::1]:80")],
        [.. Tokens.Texts("*.", "*", "https://", "localhost", ".example", ":443", "null"), .. Tokens.Common],
        static (input, _) =>
    {
        string text = Text.Of(input);
        string? wrong = OriginPattern.Parse(text, out OriginPattern? pattern);
        Assert.Equal(wrong is null, pattern is not null);
        if (pattern is null)
        {
            return new Signature().With(wrong);
        }

        string printed = pattern.ToString();
        Assert.Null(OriginPattern.Parse(printed, out OriginPattern? again));
        Assert.Equal(printed, again!.ToString());
        if (Origin.TryParse(printed.Replace("*.", "label.", StringComparison.Ordinal), out Origin origin))
        {
            Assert.True(pattern.Matches(origin));
        }

        return new Signature().With(Math.Min(printed.Length, 64)).With(pattern.IsOpaque ? 1 : 0);
    });

    [Fact]
    public void A_request_is_local_only_with_a_host_of_this_machine() => Campaign.Run(
        "host",
        [.. Tokens.Texts("localhost:8080", "127.0.0.1", "[::1]:80", "rt.example")],
        [.. Tokens.Texts("localhost", "127.0.0.1", "[::1]", ":80", "@", "rt.example"), .. Tokens.Common],
        static (input, _) =>
    {
        string text = Text.Of(input);
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Loopback;
        context.Request.Headers.Host = text;
        bool local = LocalRequest.WhyNot(context) is null;
        string lower = text.ToLowerInvariant();
        string? host = ((string[])["localhost", "127.0.0.1", "[::1]"]).FirstOrDefault(name => lower.StartsWith(name, StringComparison.Ordinal));
        bool expected = host is not null && (lower.Length == host.Length || (lower[host.Length] == ':' && lower[(host.Length + 1)..] is { Length: > 0 } port && port.All(char.IsAsciiDigit) && ushort.TryParse(port, out ushort _)));
        Assert.Equal(expected, local);
        return new Signature().With(local ? 1 : 0).With(Math.Min(text.Length, 64));
    });
}
