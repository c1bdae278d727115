using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Sessions;

/// <summary>Session streams over real Kestrel, as PROTOCOL.md section 13.5 has them.</summary>
public sealed class SessionStreamTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task First_comes_welcome_then_the_replies_then_joined_and_then_entries()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        using var client = new HttpClient();
        using SessionStream stream = await SessionStream.OpenAsync(client, server, """
            {"rooms":{"a":"start","b":"now"},"send":[{"op":"publish","id":1,"room":"a","data":{"n":1}},{"op":"fly","id":2},{"op":"ping","id":3}]}
            """);
        string[] ops = ["welcome", "reply", "error", "pong", "joined", "joined", "entry"];
        foreach (string op in ops)
        {
            JsonElement frame = await stream.ReadAsync();
            Assert.Equal(op, frame.GetProperty("op").GetString());
            if (op == "error")
            {
                Assert.Equal("op.unknown", frame.GetProperty("code").GetString());
                Assert.Equal(2, frame.GetProperty("id").GetInt32());
            }
        }

        using HttpResponseMessage published = await client.PostAsync(new Uri(server.Root, "rt/rooms/b"), new StringContent("2", Encoding.UTF8, "application/json"), Cancel);
        Assert.Equal("b", (await stream.ReadAsync()).GetProperty("room").GetString());
    }

    [Fact]
    public async Task An_event_has_neither_an_id_nor_a_name()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        using var client = new HttpClient();
        using SessionStream stream = await SessionStream.OpenAsync(client, server, """{"rooms":{"a":"now"}}""");
        Assert.Equal("welcome", (await stream.ReadAsync()).GetProperty("op").GetString());
        Assert.Equal("text/event-stream", stream.MediaType);
        Assert.All(stream.Lines, static line => Assert.True(line.Length == 0 || line.StartsWith("data: {", StringComparison.Ordinal), line));
    }

    [Fact]
    public async Task A_hundred_rooms_and_a_thousand_entries_come_whole_and_in_order()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        using var client = new HttpClient();
        for (int i = 0; i < 10; i++)
        {
            string lines = string.Concat(Enumerable.Range(0, 100).Select(room => $$"""{"room":"room:{{room}}","data":{{i}}}""" + "\n"));
            using var body = new StringContent(lines, Encoding.UTF8, new MediaTypeHeaderValue("application/x-ndjson"));
            using HttpResponseMessage published = await client.PostAsync(new Uri(server.Root, "rt/publish"), body, Cancel);
            await published.Content.ReadAsStringAsync(Cancel);
        }

        string rooms = string.Join(',', Enumerable.Range(0, 100).Select(static room => $"\"room:{room}\":\"start\""));
        using SessionStream stream = await SessionStream.OpenAsync(client, server, "{\"rooms\":{" + rooms + "}}");
        var last = new Dictionary<string, long>();
        for (int entries = 0; entries < 1000;)
        {
            JsonElement frame = await stream.ReadAsync();
            if (frame.GetProperty("op").GetString() == "entry")
            {
                string room = frame.GetProperty("room").GetString()!;
                long offset = frame.GetProperty("offset").GetInt64();
                Assert.Equal(last.GetValueOrDefault(room) + 1, offset);
                last[room] = offset;
                entries++;
            }
        }

        Assert.All(last.Values, static offset => Assert.Equal(10, offset));
    }

    [Fact]
    public async Task A_body_that_is_wrong_is_refused_as_a_whole()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        using var client = new HttpClient();
        using HttpResponseMessage answer = await SessionStream.PostAsync(client, server, """{"rooms":{"a b":"now"}}""");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("\"room.invalid\"", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_the_server_stops_every_session_is_told_to_come_back()
    {
        await using RunningServer server = await RunningServer.StartAsync(static engine =>
        {
            engine.DrainDelay = TimeSpan.Zero;
            engine.DrainWindow = TimeSpan.FromSeconds(1);
        });
        using var client = new HttpClient();
        using SessionSocket socket = await SessionSocket.OpenAsync(server, "godwit.v1");
        await socket.AskAsync("""{"op":"hello"}""");
        using SessionStream stream = await SessionStream.OpenAsync(client, server, "{}");
        await stream.ReadAsync();
        Task<HttpResponseMessage> held = client.PostAsync(new Uri(server.Root, "rt/session"), Body("""{"rooms":{"a":"now"},"wait":50}"""), Cancel);

        // Whether the exchange is held by now or not, it is answered: with its positions, or with the refusal that says when to come back.
        Task stopping = server.StopAsync();
        foreach (JsonElement told in (JsonElement[])[await socket.ReceiveAsync(), await stream.ReadAsync()])
        {
            Assert.Equal("drain", told.GetProperty("op").GetString());
            Assert.True(told.GetProperty("back").GetInt64() >= 0);
        }

        JsonElement close = await socket.ReceiveAsync();
        Assert.Equal("drain", close.GetProperty("reason").GetString());
        Assert.Null(await stream.ReadOrEndAsync());
        using HttpResponseMessage answer = await held;
        Assert.Contains(answer.StatusCode, (HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable]);
        await stopping;
    }

    private static StringContent Body(string json) => new(json, Encoding.UTF8, "application/json");
}
