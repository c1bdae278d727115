using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Sessions;

/// <summary>Sessions over a WebSocket, in real Kestrel. What frames mean is tested without it, in Godwit.Tests.</summary>
public sealed class SessionWebSocketTests
{
    [Fact]
    public async Task Many_rooms_go_over_one_connection_both_ways()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        using SessionSocket client = await SessionSocket.OpenAsync(server, "godwit.v1");
        Assert.Equal("godwit.v1", client.Subprotocol);
        JsonElement welcome = await client.AskAsync("""{"op":"hello","rooms":{"a":"now","b":"now"}}""");
        Assert.Equal("welcome", Op(welcome));
        Assert.Equal("a", (await client.ReceiveAsync()).GetProperty("room").GetString());
        Assert.Equal("b", (await client.ReceiveAsync()).GetProperty("room").GetString());

        foreach (string room in (string[])["a", "b"])
        {
            await client.SendAsync($$"""{"op":"publish","id":"{{room}}","room":"{{room}}","data":{"to":"{{room}}"} }""");
            JsonElement[] two = [await client.ReceiveAsync(), await client.ReceiveAsync()];
            JsonElement reply = Assert.Single(two, static frame => Op(frame) == "reply");
            JsonElement entry = Assert.Single(two, static frame => Op(frame) == "entry");
            Assert.Equal(room, reply.GetProperty("id").GetString());
            Assert.Equal(reply.GetProperty("position").GetString(), entry.GetProperty("position").GetString());
            Assert.Equal(room, entry.GetProperty("data").GetProperty("to").GetString());
        }
    }

    [Fact]
    public async Task A_client_that_offers_no_subprotocol_speaks_it_all_the_same()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        using SessionSocket client = await SessionSocket.OpenAsync(server);
        Assert.Null(client.Subprotocol);
        Assert.Equal("welcome", Op(await client.AskAsync("""{"op":"hello"}""")));
    }

    [Fact]
    public async Task A_client_that_offers_other_subprotocols_alone_is_refused()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Root, "rt/session"));
        request.Headers.TryAddWithoutValidation("Upgrade", "websocket");
        request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Version", "13");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Protocol", "mqtt, godwit.v9");
        using HttpResponseMessage answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("\"handshake.subprotocol\"", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        using SessionSocket client = await SessionSocket.OpenAsync(server, "godwit.v9", "godwit.v1");
        Assert.Equal("godwit.v1", client.Subprotocol);
    }

    [Fact]
    public async Task A_GET_without_an_upgrade_is_told_to_upgrade()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        using var http = new HttpClient();
        using HttpResponseMessage answer = await http.GetAsync(new Uri(server.Root, "rt/session"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.UpgradeRequired, answer.StatusCode);
        Assert.Equal("websocket", answer.Headers.Upgrade.ToString());
        Assert.Contains("\"upgrade.required\"", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_frame_gets_an_error_and_the_connection_lives()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        using SessionSocket client = await SessionSocket.OpenAsync(server, "godwit.v1");
        await client.AskAsync("""{"op":"hello"}""");
        foreach ((string frame, string code, string? field) in new (string, string, string?)[]
        {
            ("""{"op":"join","id":1,"room":"a b"}""", "room.invalid", "room"),
            ("""{"op":"join","id":1,"room":"a","after":"x"}""", "position.invalid", "after"),
            ("""{"op":"join","id":1,"room":"a","after":"now","last":3}""", "parameter.conflict", null),
            ("""{"op":"publish","id":1,"room":"a","event":"godwit","data":1}""", "event.reserved", "event"),
            ("""{"op":"read","id":1,"room":"a","limit":0}""", "limit.invalid", "limit"),
            ("""{"op":"fly","id":1}""", "op.unknown", "op"),
        })
        {
            JsonElement error = await client.AskAsync(frame);
            Assert.Equal(code, error.GetProperty("code").GetString());
            Assert.Equal(1, error.GetProperty("id").GetInt32());
            if (field is not null)
            {
                Assert.Equal(field, error.GetProperty("field").GetString());
            }
        }

        await client.SendAsync("{}"u8.ToArray(), WebSocketMessageType.Binary);
        Assert.Equal("frame.invalid", (await client.ReceiveAsync()).GetProperty("code").GetString());
        Assert.Equal("pong", Op(await client.AskAsync("""{"op":"ping"}""")));
    }

    [Fact]
    public async Task Ten_broken_frames_in_a_row_close_with_protocol()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        using SessionSocket client = await SessionSocket.OpenAsync(server, "godwit.v1");
        await client.AskAsync("""{"op":"hello"}""");
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal("error", Op(await client.AskAsync("{")));
        }

        JsonElement close = await client.ReceiveAsync();
        Assert.Equal("protocol", close.GetProperty("reason").GetString());
        Assert.InRange(close.GetProperty("code").GetInt32(), 4500, 4999);
    }

    [Fact]
    public async Task Text_that_is_not_UTF_8_closes_as_RFC_6455_says()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        using SessionSocket client = await SessionSocket.OpenAsync(server, "godwit.v1");
        await client.SendAsync([0x7b, 0xff, 0x7d], WebSocketMessageType.Text);
        Assert.Equal(1007, (await client.ReceiveAsync()).GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task A_hundred_rooms_are_joined_by_one_hello_and_asked_for_without_waiting()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        using SessionSocket client = await SessionSocket.OpenAsync(server, "godwit.v1");
        string rooms = string.Join(',', Enumerable.Range(0, 100).Select(static i => $"\"room:{i}\":\"start\""));
        await client.SendAsync("{\"op\":\"hello\",\"rooms\":{" + rooms + "}}");
        for (int i = 0; i < 300; i++)
        {
            await client.SendAsync($$"""{"op":"publish","id":{{i}},"room":"room:{{i % 100}}","data":{{i}}}""");
        }

        var replies = new List<int>();
        var entries = new Dictionary<string, List<int>>();
        int joined = 0;
        while (replies.Count < 300 || entries.Values.Sum(static list => list.Count) < 300)
        {
            JsonElement frame = await client.ReceiveAsync();
            switch (Op(frame))
            {
                case "joined":
                    joined++;
                    break;
                case "reply":
                    replies.Add(frame.GetProperty("id").GetInt32());
                    break;
                case "entry":
                    string room = frame.GetProperty("room").GetString()!;
                    entries.TryAdd(room, []);
                    entries[room].Add(frame.GetProperty("data").GetInt32());
                    break;
            }
        }

        Assert.Equal(100, joined);
        Assert.Equal(Enumerable.Range(0, 300), replies);
        Assert.All(entries, static pair => Assert.Equal([.. pair.Value.Order()], pair.Value));
    }

    private static string Op(JsonElement frame) => frame.GetProperty("op").GetString()!;
}
