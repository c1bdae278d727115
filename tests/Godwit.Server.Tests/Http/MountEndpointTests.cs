using System.Net;
using Godwit.AspNetCore;
using Godwit.AspNetCore.Requests;
using Godwit.Brokers;
using Godwit.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Tests.Http;

public class MountEndpointTests
{
    [Theory]
    [InlineData(null, "Polling")]
    [InlineData("text/event-stream", "ServerSentEvents")]
    [InlineData("application/x-ndjson", "HttpStreaming")]
    public async Task A_GET_goes_to_the_transport_that_it_accepts(string? accept, string transport)
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Answer answer = await server.GetAsync("/rt/rooms/caf%65~:@-?limit=5", accept is null ? [] : [("Accept", accept)]);
        Assert.Equal((HttpStatusCode.OK, transport), (answer.Status, answer.Body));
        Assert.Equal("no-store", answer["Cache-Control"]);
        RoomRequest asked = Assert.Single(server.Requests);
        Assert.Equal(("cafe~:@-", 5, transport), (asked.Room.ToString(), asked.Limit, asked.Transport.ToString()));
    }

    [Fact]
    public async Task An_upgrade_to_websocket_goes_to_its_transport_whatever_it_accepts()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        using var socket = await server.ConnectAsync();
        await socket.SendAsync("GET /rt/rooms/r?text HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nConnection: Upgrade, close\r\nUpgrade: h2c, WebSocket\r\n\r\n");
        Assert.EndsWith("WebSocket\r\n0\r\n\r\n", await socket.ReadToEndAsync(), StringComparison.Ordinal);
        RoomRequest asked = Assert.Single(server.Requests);
        Assert.Equal((TransportKind.WebSocket, ReadFrom.Now, true), (asked.Transport, asked.From, asked.Text));
    }

    [Fact]
    public async Task The_wait_is_cut_to_the_configured_cap()
    {
        await using RoomServer server = await RoomServer.StartAsync(engine: options => options.MaxWait = TimeSpan.FromSeconds(10));
        await server.GetAsync("/rt/rooms/r?wait=30");
        Assert.Equal(TimeSpan.FromSeconds(10), Assert.Single(server.Requests).Wait);
    }

    [Fact]
    public async Task What_is_not_accepted_is_406_and_names_what_is_there()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Answer answer = await server.GetAsync("/rt/rooms/r", ("Accept", "text/html"));
        answer.IsProblem(ErrorCode.AcceptUnsupported);
        Assert.Equal("""["application/json","text/event-stream","application/x-ndjson"]""", answer.Json.GetProperty("allowed").GetRawText());
    }

    [Theory]
    [InlineData("/rt/rooms/a%20b")]
    [InlineData("/rt/rooms/a%2Fb")]
    [InlineData("/rt/rooms/a%252Fb")]
    [InlineData("/rt/rooms/%C3%A9")]
    [InlineData("/rt/rooms/a!b")]
    public async Task A_wrong_room_name_is_400_with_the_rule(string path)
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Assert.Equal(RoomName.Rule, (await server.GetAsync(path)).IsProblem(ErrorCode.RoomInvalid));
        Assert.Equal(RoomName.Rule, (await server.PostAsync(path, "1", "application/json")).IsProblem(ErrorCode.RoomInvalid));
        Assert.Empty(server.Requests);
        Assert.Empty(server.Broker.Appends);
    }

    [Fact]
    public async Task A_room_name_has_up_to_200_characters()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/rt/rooms/" + new string('a', 200))).Status);
        (await server.GetAsync("/rt/rooms/" + new string('a', 201))).IsProblem(ErrorCode.RoomInvalid);
    }

    [Theory]
    [InlineData("/rt")]
    [InlineData("/rt/")]
    [InlineData("/rt/rooms")]
    [InlineData("/rt/rooms/")]
    [InlineData("/rt/rooms/a/b")]
    [InlineData("/rt/room/a")]
    public async Task An_unknown_path_under_the_mount_is_404_and_names_what_there_is(string path)
    {
        await using RoomServer server = await RoomServer.StartAsync();
        foreach (HttpMethod method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Post, HttpMethod.Delete])
        {
            Answer answer = await server.SendAsync(method, path);
            Assert.Contains("/rt/rooms/{room}", answer.IsProblem(ErrorCode.PathUnknown), StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync("/elsewhere")).Status);
        Assert.Equal("", (await server.GetAsync("/elsewhere")).Body);
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("HEAD")]
    [InlineData("BREW")]
    public async Task Another_method_is_405_with_Allow(string method)
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Answer answer = await server.SendAsync(new HttpMethod(method), "/rt/rooms/r");
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "GET, POST, DELETE, OPTIONS"), (answer.Status, answer["Allow"]));
        if (method != "HEAD")
        {
            answer.IsProblem(ErrorCode.MethodUnsupported);
        }
    }

    [Fact]
    public async Task A_plain_OPTIONS_is_204_with_Allow()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Answer answer = await server.SendAsync(HttpMethod.Options, "/rt/rooms/r");
        Assert.Equal((HttpStatusCode.NoContent, "GET, POST, DELETE, OPTIONS"), (answer.Status, answer["Allow"]));
    }

    [Fact]
    public async Task A_failure_is_500_without_its_reason_and_is_logged()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        server.Transport(TransportKind.Polling).Answer = _ => throw new InvalidOperationException("secret");
        Answer answer = await server.GetAsync("/rt/rooms/r");
        answer.IsProblem(ErrorCode.Internal);
        Assert.DoesNotContain("secret", answer.Body, StringComparison.Ordinal);
        (LogLevel level, string? name, Exception? failure) = Assert.Single(server.Log.Lines);
        Assert.Equal((LogLevel.Error, "RequestFailed", "secret"), (level, name, failure?.Message));
    }

    [Fact]
    public async Task A_failure_in_the_middle_of_an_answer_ends_the_connection()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        server.Transport(TransportKind.Polling).Answer = async context =>
        {
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            throw new InvalidOperationException();
        };
        await Assert.ThrowsAsync<HttpRequestException>(() => server.GetAsync("/rt/rooms/r"));
        Assert.Equal("RequestFailed", Assert.Single(server.Log.Lines).Event);
    }

    [Fact]
    public async Task While_the_store_is_away_the_answer_is_503_with_whole_seconds_to_wait()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        server.Broker.Answer = () => throw new BrokerUnavailableException("redis:6379", TimeSpan.FromMilliseconds(1200));
        Answer answer = await server.PostAsync("/rt/rooms/r", "1", "application/json");
        answer.IsProblem(ErrorCode.StoreAway);
        Assert.Equal("2", answer["Retry-After"]);
        Assert.Equal(1200, answer.Json.GetProperty("retry").GetInt32());
        Assert.DoesNotContain("redis", answer.Body, StringComparison.Ordinal);
        Assert.Empty(server.Log.Lines);
    }

    [Theory]
    [InlineData("/rt")]
    [InlineData("rt/")]
    [InlineData("/a/b/")]
    [InlineData("/")]
    [InlineData("")]
    public async Task The_mount_may_be_written_with_or_without_slashes(string mount)
    {
        await using RoomServer server = await RoomServer.StartAsync(map: app =>
        {
            app.MapGodwit(mount);
            app.MapGet("/own/{page}", (HttpContext context) => context.Response.WriteAsync("own"));
            app.MapGet("/", (HttpContext context) => context.Response.WriteAsync("home"));
        });
        string root = ("/" + mount.Trim('/')).TrimEnd('/');
        Assert.Equal("Polling", (await server.GetAsync(root + "/rooms/r")).Body);
        Assert.Contains($"{root}/rooms/{{room}}", (await server.GetAsync(root + "/x")).IsProblem(ErrorCode.PathUnknown), StringComparison.Ordinal);
        Assert.Equal("own", (await server.GetAsync("/own/page")).Body);
        Assert.Equal("home", (await server.GetAsync("/")).Body);
    }

    [Fact]
    public async Task Conventions_of_the_application_hold_for_every_endpoint_of_the_mount()
    {
        await using RoomServer server = await RoomServer.StartAsync(map: app => app.MapGodwit().Add(endpoint =>
        {
            RequestDelegate inner = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = context =>
            {
                context.Response.Headers["X-Seen"] = "yes";
                return inner(context);
            };
        }));
        Assert.Equal("yes", (await server.GetAsync("/rt/rooms/r"))["X-Seen"]);
        Assert.Equal("yes", (await server.GetAsync("/rt/x"))["X-Seen"]);
    }

    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("X-Forwarded-For", "10.0.0.1")]
    [InlineData("Origin", "https://evil.example")]
    public async Task Whoever_is_not_local_gets_401_on_every_path_method_and_transport(string header, string value)
    {
        await using RoomServer server = await RoomServer.StartAsync();
        foreach ((HttpMethod method, string path, string accept) in ((HttpMethod, string, string)[])[
            (HttpMethod.Get, "/rt/rooms/r", "*/*"), (HttpMethod.Get, "/rt/rooms/r?wait=1", "*/*"), (HttpMethod.Get, "/rt/rooms/r", "text/event-stream"),
            (HttpMethod.Get, "/rt/rooms/r", "application/x-ndjson"), (HttpMethod.Get, "/rt/rooms/r", "text/html"), (HttpMethod.Get, "/rt/rooms/!", "*/*"),
            (HttpMethod.Get, "/rt/x", "*/*"), (HttpMethod.Post, "/rt/rooms/r", "*/*"), (HttpMethod.Post, "/rt/publish", "*/*"), (HttpMethod.Put, "/rt/rooms/r", "*/*"), (HttpMethod.Options, "/rt/rooms/r", "*/*")])
        {
            Answer answer = await server.SendAsync(method, path, null, ("Accept", accept), (header, value));
            answer.IsProblem(ErrorCode.AccessUnconfigured);
            Assert.StartsWith("Bearer", answer["WWW-Authenticate"], StringComparison.Ordinal);
            Assert.Null(answer["Access-Control-Allow-Origin"]);
        }

        using var socket = await server.ConnectAsync();
        string host = header == "Host" ? value : "localhost";
        string more = header == "Host" ? "" : $"{header}: {value}\r\n";
        await socket.SendAsync($"GET /rt/rooms/r HTTP/1.1\r\nHost: {host}\r\n{more}Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 401 ", await socket.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Empty(server.Requests);
        Assert.Empty(server.Broker.Appends);
    }

    [Fact]
    public async Task With_everyone_allowed_a_foreign_origin_alone_is_refused()
    {
        await using RoomServer server = await RoomServer.StartAsync(options => options.Anonymous = AnonymousAccess.Everyone);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/rt/rooms/r", ("Host", "rt.example"), ("X-Forwarded-For", "10.0.0.1"), ("Origin", "https://rt.example"))).Status);
        Answer refused = await server.GetAsync("/rt/rooms/r", ("Host", "rt.example"), ("Origin", "https://evil.example"));
        refused.IsProblem(ErrorCode.OriginRefused);
        Assert.Null(refused["Access-Control-Allow-Origin"]);
    }
}
