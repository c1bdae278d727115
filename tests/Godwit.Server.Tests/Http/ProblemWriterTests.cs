using System.Text;
using Godwit.AspNetCore.Problems;
using Godwit.Protocol;
using Godwit.Protocol.Json;
using Microsoft.AspNetCore.Http;

namespace Godwit.Server.Tests.Http;

public class ProblemWriterTests
{
    [Fact]
    public void The_document_has_the_members_of_RFC_9457_and_the_code() => Assert.Equal(
        """{"type":"about:blank","title":"The room name is malformed.","status":400,"code":"room.invalid","detail":"A 'rule' <b>."}""",
        Encoding.UTF8.GetString(ProblemWriter.Compose(new Problem(ErrorCode.RoomInvalid, "A 'rule' <b>."))));

    [Fact]
    public void Line_and_byte_and_what_is_allowed_stand_in_the_document_where_given()
    {
        JsonText.TryCompact("[1,\n2"u8, out _, out JsonFault fault);
        Assert.EndsWith("\"line\":2,\"byte\":2}", Encoding.UTF8.GetString(ProblemWriter.Compose(Problem.From(fault))), StringComparison.Ordinal);
        Assert.EndsWith("\"allowed\":[\"GET\"]}", Encoding.UTF8.GetString(ProblemWriter.Compose(new Problem(ErrorCode.MethodUnsupported) { Allowed = ["GET"] })), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "1")]
    [InlineData(0.0, "1")]
    [InlineData(0.2, "1")]
    [InlineData(2.0, "2")]
    [InlineData(2.01, "3")]
    public async Task A_temporary_fault_says_when_to_retry_in_whole_seconds(double? seconds, string expected)
    {
        HttpContext context = await WriteAsync(new Problem(ErrorCode.ServerOverloaded) { RetryAfter = seconds is { } given ? TimeSpan.FromSeconds(given) : null });
        Assert.Equal(expected, context.Response.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_lasting_fault_says_nothing_about_retrying() =>
        Assert.Equal(0, (await WriteAsync(new Problem(ErrorCode.KeyReused))).Response.Headers.RetryAfter.Count);

    [Fact]
    public async Task Refusals_carry_the_headers_that_HTTP_asks_for()
    {
        Assert.StartsWith("Bearer", (string?)(await WriteAsync(new Problem(ErrorCode.AccessUnconfigured))).Response.Headers.WWWAuthenticate, StringComparison.Ordinal);
        Assert.Equal("GET, POST", (await WriteAsync(new Problem(ErrorCode.MethodUnsupported) { Allowed = ["GET", "POST"] })).Response.Headers.Allow);
        Assert.Equal("a/b, c/d", (await WriteAsync(new Problem(ErrorCode.MediaTypeUnsupported) { Allowed = ["a/b", "c/d"] })).Response.Headers.Accept);
        IHeaderDictionary upgrade = (await WriteAsync(new Problem(ErrorCode.HandshakeVersion))).Response.Headers;
        Assert.Equal(("13", "websocket", "Upgrade"), ((string?)upgrade.SecWebSocketVersion, (string?)upgrade.Upgrade, (string?)upgrade.Connection));
        Assert.Equal("close", (await WriteAsync(new Problem(ErrorCode.BodyTooLarge))).Response.Headers.Connection);
        Assert.Equal(0, (await WriteAsync(new Problem(ErrorCode.BodyTooLarge), "HTTP/2")).Response.Headers.Connection.Count);
    }

    [Fact]
    public void As_a_frame_it_says_the_same() => Assert.Equal(
        """{"op":"error","room":"r","code":"entry.too_large","title":"The entry is larger than the room takes.","detail":"d","retry":250}""",
        Encoding.UTF8.GetString(new Problem(ErrorCode.EntryTooLarge, "d") { RetryAfter = TimeSpan.FromMilliseconds(250) }.ToFrame("r")));

    private static async Task<HttpContext> WriteAsync(Problem problem, string protocol = "HTTP/1.1")
    {
        var context = new DefaultHttpContext();
        context.Request.Protocol = protocol;
        context.Response.Body = new MemoryStream();
        await ProblemWriter.WriteAsync(context, problem);
        Assert.Equal("no-store", context.Response.Headers.CacheControl);
        Assert.Equal(problem.Code.Status, context.Response.StatusCode);
        Assert.Equal(context.Response.ContentLength, context.Response.Body.Length);
        return context;
    }
}
