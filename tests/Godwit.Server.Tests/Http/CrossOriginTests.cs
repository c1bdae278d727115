using System.Net;
using Godwit.Protocol;

namespace Godwit.Server.Tests.Http;

public class CrossOriginTests
{
    private const string Page = "http://localhost:5173";

    [Theory]
    [InlineData("/rt/rooms/r")]
    [InlineData("/rt/rooms/!?after=x")]
    [InlineData("/rt/unknown")]
    public async Task A_preflight_is_answered_before_anything_else_and_kept_for_two_hours(string path)
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Answer answer = await server.SendAsync(HttpMethod.Options, path, null,
            ("Origin", Page), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "idempotency-key"), ("Accept", "text/html"));
        Assert.Equal((HttpStatusCode.NoContent, ""), (answer.Status, answer.Body));
        Assert.Equal(Page, answer["Access-Control-Allow-Origin"]);
        Assert.Equal("GET, POST, DELETE", answer["Access-Control-Allow-Methods"]);
        Assert.Equal("Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Accept, Cache-Control", answer["Access-Control-Allow-Headers"]);
        Assert.Equal("7200", answer["Access-Control-Max-Age"]);
        Assert.Equal("Origin", answer["Vary"]);
        Assert.Equal("no-store", answer["Cache-Control"]);
    }

    [Fact]
    public async Task A_preflight_of_a_foreign_origin_allows_nothing()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Answer answer = await server.SendAsync(HttpMethod.Options, "/rt/rooms/r", null, ("Origin", "https://evil.example"), ("Access-Control-Request-Method", "POST"));
        answer.IsProblem(ErrorCode.AccessUnconfigured);
        Assert.DoesNotContain(answer.Headers.Keys, name => name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
        Assert.Equal("Origin", answer["Vary"]);
    }

    [Theory]
    [InlineData("GET", "/rt/rooms/r")]
    [InlineData("GET", "/rt/rooms/r?after=x")]
    [InlineData("GET", "/rt/unknown")]
    [InlineData("PUT", "/rt/rooms/r")]
    [InlineData("POST", "/rt/rooms/r")]
    [InlineData("OPTIONS", "/rt/rooms/r")]
    public async Task Every_answer_to_an_allowed_page_can_be_read_by_it(string method, string path)
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Answer answer = await server.SendAsync(new HttpMethod(method), path, null, ("Origin", Page));
        Assert.Equal(Page, answer["Access-Control-Allow-Origin"]);
        Assert.Equal("Godwit-Poll-After, Retry-After, Location, WWW-Authenticate", answer["Access-Control-Expose-Headers"]);
        Assert.Equal("Origin", answer["Vary"]);
    }

    [Fact]
    public async Task Without_an_origin_nothing_is_exposed_but_caches_are_told_that_it_matters()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Answer answer = await server.GetAsync("/rt/rooms/r");
        Assert.Null(answer["Access-Control-Allow-Origin"]);
        Assert.Equal("Origin", answer["Vary"]);
    }
}
