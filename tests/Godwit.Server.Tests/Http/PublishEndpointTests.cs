using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Server.Tests.Http;

public class PublishEndpointTests
{
    private const string Key = "0123456789abcdefABCDEF";
    private static readonly string Position = RecordingBroker.Position.ToString();

    [Fact]
    public async Task A_publish_is_answered_201_with_its_position()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Answer answer = await server.PostAsync("/rt/rooms/chat:1", "{ \"a\": 1 }", "application/json");

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal($$"""{"position":"{{Position}}","duplicate":false}""", answer.Body);
        Assert.Equal("application/json", answer["Content-Type"]);
        Assert.Equal("no-store", answer["Cache-Control"]);
        (RoomName room, EntryContent content, PublishKey? key, bool cancellable) = Assert.Single(server.Broker.Appends);
        Assert.Equal("chat:1", room.ToString());
        Assert.Equal("{\"a\":1}", Encoding.UTF8.GetString(content.Data));
        Assert.Equal(("message", false, null), (content.Event, content.IsBytes, content.From));
        Assert.Null(key);
        Assert.False(cancellable);
    }

    [Theory]
    [InlineData("application/json;charset=UTF-8", " 1 ", "1", false)]
    [InlineData("Application/JSON", "\"\u20ac\"", "\"\u20ac\"", false)]
    [InlineData("text/plain", " say \"hi\"\n", "\" say \\\"hi\\\"\\n\"", false)]
    [InlineData("text/plain; charset=\"utf-8\"", "", "\"\"", false)]
    [InlineData("text/markdown", "# a", "\"# a\"", false)]
    [InlineData("application/octet-stream", " 1 ", " 1 ", true)]
    [InlineData("application/octet-stream", "", "", true)]
    public async Task The_content_type_says_how_the_body_is_taken(string contentType, string body, string data, bool isBytes)
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Assert.Equal(HttpStatusCode.Created, (await server.PostAsync("/rt/rooms/r", body, contentType)).Status);
        EntryContent content = Assert.Single(server.Broker.Appends).Content;
        Assert.Equal((data, isBytes), (Encoding.UTF8.GetString(content.Data), content.IsBytes));
    }

    [Fact]
    public async Task A_compressed_body_is_415_and_names_the_encoding()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        using var content = new ByteArrayContent([0x1f, 0x8b]);
        content.Headers.Add("Content-Type", "application/json");
        content.Headers.Add("Content-Encoding", "gzip");
        Answer answer = await server.SendAsync(HttpMethod.Post, "/rt/rooms/r", content);

        answer.IsProblem(ErrorCode.MediaTypeUnsupported);
        Assert.Equal("identity", answer["Accept-Encoding"]);
        Assert.Contains("Content-Encoding", answer.Body, StringComparison.Ordinal);
        Assert.Empty(server.Broker.Appends);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/xml")]
    [InlineData("multipart/form-data; boundary=a")]
    [InlineData("text/plain; charset=iso-8859-1")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/*")]
    [InlineData("nonsense")]
    public async Task Another_content_type_is_415_and_names_the_right_ones(string? contentType)
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Answer answer = await server.PostAsync("/rt/rooms/r", "1"u8.ToArray(), contentType);
        answer.IsProblem(ErrorCode.MediaTypeUnsupported);
        Assert.Equal("application/json, text/plain, application/octet-stream", answer["Accept"]);
        Assert.Equal(3, answer.Json.GetProperty("allowed").GetArrayLength());
        Assert.Empty(server.Broker.Appends);
    }

    [Fact]
    public async Task Event_and_key_reach_the_broker()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        await server.PostAsync("/rt/rooms/r?event=user.joined&x=1", "1", "application/json", ("Idempotency-Key", $"\"{Key}\""));
        (_, EntryContent content, PublishKey? key, _) = Assert.Single(server.Broker.Appends);
        Assert.Equal("user.joined", content.Event);
        Assert.Equal(new PublishKey("", Key), key);
    }

    [Theory]
    [InlineData("?event=a%20b", "event.invalid")]
    [InlineData("?event=godwit", "event.reserved")]
    [InlineData("?event=error", "event.reserved")]
    [InlineData("?event=open", "event.reserved")]
    [InlineData("?event=", "parameter.empty")]
    [InlineData("?event=a&event=a", "parameter.repeated")]
    public async Task A_wrong_event_is_refused(string query, string code)
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Answer answer = await server.PostAsync("/rt/rooms/r" + query, "1", "application/json");
        answer.IsProblem(ErrorCode.All.Single(known => known.Code == code));
        Assert.Empty(server.Broker.Appends);
    }

    [Fact]
    public async Task Weak_and_repeated_keys_are_refused()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        (await server.PostAsync("/rt/rooms/r", "1", "application/json", ("Idempotency-Key", "order-17"))).IsProblem(ErrorCode.KeyWeak);

        using var socket = await server.ConnectAsync();
        await socket.SendAsync($"POST /rt/rooms/r HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 1\r\nIdempotency-Key: {Key}\r\nIdempotency-Key: {Key}\r\n\r\n1");
        Assert.Contains("\"code\":\"key.invalid\"", await socket.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Empty(server.Broker.Appends);
    }

    [Fact]
    public async Task A_repeated_key_is_200_with_the_first_position_and_other_content_under_it_422()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        server.Broker.Answer = () => Task.FromResult(new Appended(AppendOutcome.Duplicate, RecordingBroker.Position));
        Answer answer = await server.PostAsync("/rt/rooms/r", "1", "application/json", ("Idempotency-Key", Key));
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal($$"""{"position":"{{Position}}","duplicate":true}""", answer.Body);

        server.Broker.Answer = () => Task.FromResult(new Appended(AppendOutcome.KeyReused, RecordingBroker.Position));
        Assert.Contains("300 seconds", (await server.PostAsync("/rt/rooms/r", "2", "application/json", ("Idempotency-Key", Key))).IsProblem(ErrorCode.KeyReused), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json", "{\n\"a\":}", "data.json", 2, 5)]
    [InlineData("application/json", "", "data.json", 1, 1)]
    [InlineData("application/json", "\"\\ud800\"", "data.surrogate", 1, 2)]
    public async Task Data_that_is_not_JSON_is_400_with_line_and_byte(string contentType, string body, string code, int line, int octet)
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Answer answer = await server.PostAsync("/rt/rooms/r", body, contentType);
        answer.IsProblem(ErrorCode.All.Single(known => known.Code == code));
        Assert.Equal((line, octet), (answer.Json.GetProperty("line").GetInt32(), answer.Json.GetProperty("byte").GetInt32()));
        Assert.Empty(server.Broker.Appends);
    }

    [Fact]
    public async Task Text_that_is_not_UTF_8_is_400()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        (await server.PostAsync("/rt/rooms/r", [0x61, 0xFF], "text/plain")).IsProblem(ErrorCode.DataUtf8);
        Assert.Empty(server.Broker.Appends);
    }

    [Fact]
    public async Task What_counts_against_the_rooms_bound_is_what_is_stored()
    {
        await using RoomServer server = await RoomServer.StartAsync(engine: options => options.Policies.Add(
            new RoomPolicy { Pattern = RoomPattern.Parse("small:*"), EntryBytes = 10 }));

        async Task<HttpStatusCode> Post(string room, string body, string type) => (await server.PostAsync("/rt/rooms/" + room, body, type)).Status;
        Assert.Equal(HttpStatusCode.Created, await Post("small:1", "[1,       2,      3333]", "application/json"));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await Post("small:1", "[1,2,33333]", "application/json"));
        Assert.Equal(HttpStatusCode.Created, await Post("other", "[1,2,33333]", "application/json"));
        Assert.Equal(HttpStatusCode.Created, await Post("small:1", "12345678", "text/plain"));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await Post("small:1", "123456789", "text/plain"));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await Post("small:1", "1234567\n", "text/plain"));
        Assert.Equal(HttpStatusCode.Created, await Post("small:1", "1234567890", "application/octet-stream"));
        (await server.PostAsync("/rt/rooms/small:1", "12345678901", "application/octet-stream")).IsProblem(ErrorCode.EntryTooLarge);
        Assert.Equal(4, server.Broker.Appends.Count);
    }

    [Fact]
    public async Task Bodies_that_arrive_in_many_pieces_are_put_together()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        using var socket = await server.ConnectAsync();
        await socket.SendAsync("POST /rt/rooms/r HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n");
        var expected = new StringBuilder("[0");
        await socket.SendAsync("2\r\n[0\r\n");
        for (int i = 1; i < 3000; i++)
        {
            string piece = $",{i}";
            expected.Append(piece);
            await socket.SendAsync($"{piece.Length + 1:x}\r\n {piece}\r\n");
        }

        await socket.SendAsync("1\r\n]\r\n0\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 201 ", await socket.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(expected + "]", Encoding.UTF8.GetString(Assert.Single(server.Broker.Appends).Content.Data));
    }

    [Theory]
    [InlineData("application/json", 70_000, "body.too_large")]
    [InlineData("application/octet-stream", 70_000, "body.too_large")]
    [InlineData("application/octet-stream", 2_000, "entry.too_large")]
    [InlineData("text/plain", 2_000, "entry.too_large")]
    public async Task A_body_that_announces_too_much_is_refused_before_it_arrives_and_the_connection_ends(string contentType, int announced, string code)
    {
        await using RoomServer server = await RoomServer.StartAsync(Small, SmallEntries);
        using var socket = await server.ConnectAsync();
        await socket.SendAsync($"POST /rt/rooms/r HTTP/1.1\r\nHost: localhost\r\nContent-Type: {contentType}\r\nExpect: 100-continue\r\nContent-Length: {announced}\r\n\r\n");
        string answer = await socket.ReadAnswerAsync();
        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close", answer, StringComparison.Ordinal);
        Assert.Contains($"\"code\":\"{code}\"", answer, StringComparison.Ordinal);
        socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("", await socket.ReadToEndAsync());
        Assert.Empty(server.Broker.Appends);
    }

    [Theory]
    [InlineData("application/json", 70, "body.too_large")]
    [InlineData("application/octet-stream", 2, "entry.too_large")]
    public async Task A_chunked_body_is_refused_once_it_passes_the_bound(string contentType, int chunks, string code)
    {
        await using RoomServer server = await RoomServer.StartAsync(Small, SmallEntries);
        using var socket = await server.ConnectAsync();
        await socket.SendAsync($"POST /rt/rooms/r HTTP/1.1\r\nHost: localhost\r\nContent-Type: {contentType}\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < chunks; i++)
        {
            await socket.SendAsync("400\r\n" + new string(' ', 1024) + "\r\n");
        }

        string answer = await socket.ReadAnswerAsync(); // The body never ends.
        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close", answer, StringComparison.Ordinal);
        Assert.Contains($"\"code\":\"{code}\"", answer, StringComparison.Ordinal);
        socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("", await socket.ReadToEndAsync());
        Assert.Empty(server.Broker.Appends);
    }

    [Fact]
    public async Task A_body_that_stalls_is_408()
    {
        await using RoomServer server = await RoomServer.StartAsync(kestrel: options =>
            options.Limits.MinRequestBodyDataRate = new(bytesPerSecond: 1e6, gracePeriod: TimeSpan.FromMilliseconds(1001)));
        using var socket = await server.ConnectAsync();
        await socket.SendAsync("POST /rt/rooms/r HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n[1");
        string answer = await socket.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"body.timeout\"", answer, StringComparison.Ordinal);
        Assert.Empty(server.Broker.Appends);
    }

    [Fact]
    public async Task A_body_that_breaks_off_stores_nothing_and_is_no_failure()
    {
        await using (RoomServer server = await RoomServer.StartAsync())
        {
            using (var socket = await server.ConnectAsync())
            {
                await socket.SendAsync("POST /rt/rooms/r HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n[1");
                socket.Shutdown(SocketShutdown.Send);
                await socket.ReadToEndAsync();
            }

            Assert.Empty(server.Broker.Appends);
            Assert.Empty(server.Log.Lines);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_hangs_up_within_its_body_publishes_nothing_and_leaves_nothing_in_the_log(bool resets)
    {
        await using RoomServer server = await RoomServer.StartAsync();
        for (int i = 0; i < 10; i++)
        {
            using Socket socket = await server.ConnectAsync();
            await socket.SendAsync("POST /rt/rooms/r HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
            await socket.ReadUntilAsync("100 Continue\r\n\r\n");
            await socket.SendAsync("123");
            if (resets)
            {
                socket.LingerState = new(true, 0);
                continue;
            }

            socket.Shutdown(SocketShutdown.Send);
            await socket.ReadToEndAsync();
        }

        await server.StopAsync();
        Assert.Empty(server.Log.Lines);
        Assert.Empty(server.Broker.Appends);
    }

    [Fact]
    public async Task A_publish_is_finished_though_the_client_hangs_up()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        var began = new TaskCompletionSource();
        var stored = new TaskCompletionSource<Appended>();
        server.Broker.Answer = () =>
        {
            began.SetResult();
            return stored.Task;
        };
        using (var socket = await server.ConnectAsync())
        {
            await socket.SendAsync("POST /rt/rooms/r HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n1");
            await began.Task.WaitAsync(TestContext.Current.CancellationToken);
            socket.LingerState = new(true, 0);
        }

        stored.SetResult(new Appended(AppendOutcome.Stored, RecordingBroker.Position));
        server.Broker.Answer = () => Task.FromResult(new Appended(AppendOutcome.Stored, RecordingBroker.Position));
        Assert.Equal(HttpStatusCode.Created, (await server.PostAsync("/rt/rooms/r", "2", "application/json")).Status);
        Assert.All(server.Broker.Appends, append => Assert.False(append.CanBeCancelled));
        Assert.Empty(server.Log.Lines);
    }

    private static void Small(AspNetCore.GodwitHttpOptions options) => options.BodyBytes = 64 << 10;

    private static void SmallEntries(GodwitOptions options) => options.Policies.Add(new RoomPolicy { Pattern = RoomPattern.Everything, EntryBytes = 1024 });
}
