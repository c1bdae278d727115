using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Godwit.AspNetCore.Access;
using Godwit.Brokers;
using Godwit.Rooms;
using Godwit.Server.Tests.Transports;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Tests.Sessions;

/// <summary>Session exchanges over real Kestrel, as PROTOCOL.md section 13.4 has them.</summary>
public sealed class SessionExchangeTests : IAsyncLifetime
{
    private readonly FailingBroker _broker = new();
    private readonly HttpClient _client = new();
    private RunningServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync(
        engine: static options =>
        {
            options.Session.MaxRooms = 5;
            options.Policies.Add(new RoomPolicy { Pattern = RoomPattern.Parse("latest:**"), Delivery = Delivery.Latest });
            options.Policies.Add(new RoomPolicy { Pattern = RoomPattern.Parse("large:**"), EntryBytes = 1 << 20, Retention = new Retention { Bytes = 64 << 20 } });
        },
        services: services => services.AddSingleton<IBroker>(_broker));

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task An_exchange_that_asks_for_nothing_tells_who_the_client_is_and_the_token_resumes()
    {
        JsonElement first = await AskAsync("{}");
        Assert.Equal(["session", "resumed", "rooms", "replies", "frames"], first.EnumerateObject().Select(static member => member.Name));
        Assert.False(first.GetProperty("resumed").GetBoolean());
        JsonElement second = await AskAsync($$"""{"session":"{{first.GetProperty("session").GetString()}}"}""");
        Assert.True(second.GetProperty("resumed").GetBoolean());
        Assert.False((await AskAsync("""{"session":"forged","token":"whatever"}""")).GetProperty("resumed").GetBoolean());
    }

    [Fact]
    public async Task What_is_sent_is_carried_out_in_order_before_the_rooms_are_read()
    {
        JsonElement answer = await AskAsync("""
            {"rooms":{"b":"start","a":{"last":1}},"send":[
              {"op":"publish","id":1,"room":"a","data":{"n":1}},
              {"op":"publish","id":"2","room":"a","data":2},
              {"op":"ping"},
              {"op":"publish","room":"a b","id":4,"data":2},
              {"op":"join","room":"a"},
              17,
              {"op":"publish","room":"b","bytes":"AAE="},
              {"op":"read","room":"a","last":1},
              {"op":"request","room":"a","event":"e"},
              {"op":"members","room":"a"},
              {"op":"refresh","token":"t"}],"wait":20}
            """);
        JsonElement[] replies = [.. answer.GetProperty("replies").EnumerateArray()];
        Assert.Equal(
            ["reply", "reply", "pong", "room.invalid", "op.unexpected", "frame.invalid", "reply", "reply", "request.unhandled", "presence.off", "reply"],
            replies.Select(static reply => reply.TryGetProperty("code", out JsonElement code) ? code.GetString() : reply.GetProperty("op").GetString()));
        Assert.Equal((1, "2", 4), (replies[0].GetProperty("id").GetInt32(), replies[1].GetProperty("id").GetString(), replies[3].GetProperty("id").GetInt32()));
        Assert.Equal("room", replies[3].GetProperty("field").GetString());
        Assert.Equal(2, replies[7].GetProperty("entries")[0].GetProperty("data").GetInt32());

        JsonElement[] frames = [.. answer.GetProperty("frames").EnumerateArray()];
        Assert.Equal(["joined b", "joined a"], frames.Take(2).Select(Describe));
        Assert.Equal(["entry a", "entry b"], frames.Skip(2).Select(Describe).Order(StringComparer.Ordinal));
        Assert.Equal(replies[1].GetProperty("position").GetString(), answer.GetProperty("rooms").GetProperty("a").GetString());
        Assert.Equal(replies[6].GetProperty("position").GetString(), answer.GetProperty("rooms").GetProperty("b").GetString());
        Assert.False(answer.TryGetProperty("more", out _));
    }

    [Fact]
    public async Task The_rooms_of_an_answer_are_the_rooms_of_the_next_exchange()
    {
        JsonElement answer = await AskAsync("""{"rooms":{"x":"now","y":"start"}}""");
        Assert.Equal(["x", "y"], answer.GetProperty("rooms").EnumerateObject().Select(static room => room.Name));
        await PublishAsync("y", 3);
        answer = await AskAsync($$"""{"rooms":{{answer.GetProperty("rooms").GetRawText()}} }""");
        Assert.Equal([1, 2, 3], Offsets(answer, "y"));
        Assert.All(Joined(answer), static joined => Assert.Equal("ok", joined.GetProperty("verdict").GetString()));
        answer = await AskAsync($$"""{"rooms":{{answer.GetProperty("rooms").GetRawText()}} }""");
        Assert.Empty(Offsets(answer, "y"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_held_exchange_is_woken_by_any_of_its_rooms(int which)
    {
        JsonElement answer = await AskAsync("""{"rooms":{"w0":"now","w1":"now","w2":"now","w3":"now","w4":"now"}}""");
        Task<JsonElement> held = AskAsync($$"""{"rooms":{{answer.GetProperty("rooms").GetRawText()}},"wait":50}""");
        await HeldAsync(held);
        await PublishAsync($"w{which}", 1);
        answer = await held.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        Assert.Equal(5, Joined(answer).Count());
        JsonElement entry = answer.GetProperty("frames").EnumerateArray().Last();
        Assert.Equal($"entry w{which}", Describe(entry));
    }

    [Fact]
    public async Task When_the_wait_is_over_the_answer_has_no_entries_and_positions_that_hold()
    {
        JsonElement first = await AskAsync("""{"rooms":{"q0":"now","q1":"now"}}""");
        JsonElement second = await AskAsync($$"""{"rooms":{{first.GetProperty("rooms").GetRawText()}},"wait":0.3}""");
        Assert.Equal(first.GetProperty("rooms").GetRawText(), second.GetProperty("rooms").GetRawText());
        Assert.Equal(2, second.GetProperty("frames").GetArrayLength());
    }

    [Fact]
    public async Task A_verdict_other_than_ok_is_answered_at_once_and_named()
    {
        JsonElement answer = await AskAsync("""{"rooms":{"v":"3kQ9xLm0aZ_-42-03fK9a","u":"now"},"wait":50}""");
        Assert.Equal(["reset", "ok"], Joined(answer).Select(static joined => joined.GetProperty("verdict").GetString()));
    }

    [Fact]
    public async Task A_room_above_the_limit_gets_its_error_and_the_others_are_read()
    {
        JsonElement answer = await AskAsync("""{"rooms":{"1":"now","2":"now","3":"now","4":"now","5":"now","6":"3kQ9xLm0aZ_-42-03fK9a","7":"now"},"wait":50}""");
        Assert.Equal(
            ["joined 1", "joined 2", "joined 3", "joined 4", "joined 5", "error 6", "error 7"],
            answer.GetProperty("frames").EnumerateArray().Select(Describe));
        Assert.Equal(["1", "2", "3", "4", "5", "6"], answer.GetProperty("rooms").EnumerateObject().Select(static room => room.Name));
        Assert.Equal("3kQ9xLm0aZ_-42-03fK9a", answer.GetProperty("rooms").GetProperty("6").GetString());
        Assert.Equal("rooms.limit", answer.GetProperty("frames")[5].GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_thousand_entries_are_shared_so_that_a_busy_room_keeps_none_back()
    {
        foreach ((string room, int count) in ((string, int)[])[("busy", 3000), ("some", 400), ("few", 3)])
        {
            await PublishAsync(room, count);
        }

        JsonElement answer = await AskAsync("""{"rooms":{"busy":"start","some":"start","few":"start"}}""");
        Assert.True(answer.GetProperty("more").GetBoolean());
        Assert.Equal((597, 400, 3), (Offsets(answer, "busy").Length, Offsets(answer, "some").Length, Offsets(answer, "few").Length));
        answer = await AskAsync($$"""{"rooms":{{answer.GetProperty("rooms").GetRawText()}} }""");
        Assert.Equal([.. Enumerable.Range(598, 1000)], Offsets(answer, "busy"));
    }

    [Fact]
    public async Task Entries_of_a_megabyte_come_one_at_a_time_and_no_room_waits_for_ever()
    {
        string data = new('x', 1000 * 1000);
        foreach (string room in (string[])["large:a", "large:b", "large:a", "large:b"])
        {
            await PublishAsync(room, 1, $"\"{data}\"");
        }

        string rooms = """{"large:a":"start","large:b":"start"}""";
        List<string> seen = [];
        for (int i = 0; i < 4; i++)
        {
            JsonElement answer = await AskAsync($$"""{"rooms":{{rooms}} }""");
            JsonElement entry = Assert.Single(answer.GetProperty("frames").EnumerateArray(), static frame => frame.GetProperty("op").GetString() == "entry");
            seen.Add($"{entry.GetProperty("room").GetString()} {entry.GetProperty("offset").GetInt32()}");
            Assert.Equal(i < 3, answer.TryGetProperty("more", out _));
            rooms = answer.GetProperty("rooms").GetRawText();
        }

        Assert.Equal(["large:a 1", "large:a 2", "large:b 1", "large:b 2"], seen.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Of_a_room_of_which_the_newest_entry_matters_only_that_is_delivered()
    {
        await PublishAsync("latest:a", 5);
        await PublishAsync("all", 5);
        JsonElement answer = await AskAsync("""{"rooms":{"latest:a":"start","all":{"after":"start","delivery":"latest"}}}""");
        Assert.Equal([5], Offsets(answer, "latest:a"));
        Assert.Equal([5], Offsets(answer, "all"));
        Assert.False(answer.TryGetProperty("more", out _));
        answer = await AskAsync("""{"rooms":{"latest:a":{"after":"start","delivery":"all"}}}""");
        Assert.Equal([1, 2, 3, 4, 5], Offsets(answer, "latest:a"));
    }

    [Theory]
    [InlineData("", "data.json", null)]
    [InlineData("{", "data.json", null)]
    [InlineData("""{"send":[{"op":"publish","room":"never","data":1},{]}""", "data.json", null)]
    [InlineData("[]", "frame.invalid", null)]
    [InlineData("""{"rooms":["a"]}""", "frame.invalid", "rooms")]
    [InlineData("""{"rooms":{"a b":"now"}}""", "room.invalid", "rooms.a b")]
    [InlineData("""{"rooms":{"a":"12"},"send":[{"op":"publish","room":"never","data":1}]}""", "position.invalid", "rooms.a")]
    [InlineData("""{"rooms":{"a":{"last":0}},"send":[{"op":"publish","room":"never","data":1}]}""", "last.invalid", "rooms.a.last")]
    [InlineData("""{"rooms":{"a":{"after":"now","last":1}}}""", "parameter.conflict", null)]
    [InlineData("""{"rooms":{"a":{"present":"yes"}}}""", "frame.invalid", "rooms.a.present")]
    [InlineData("""{"rooms":{"a":{"state":1}}}""", "frame.invalid", "rooms.a.state")]
    [InlineData("""{"rooms":{"a":"now","a":"now"}}""", "frame.invalid", "rooms.a")]
    [InlineData("""{"wait":-1,"send":[{"op":"publish","room":"never","data":1}]}""", "wait.invalid", "wait")]
    [InlineData("""{"wait":"1"}""", "frame.invalid", "wait")]
    [InlineData("""{"send":{}}""", "frame.invalid", "send")]
    [InlineData("""{"send":[],"send":[]}""", "frame.invalid", "send")]
    [InlineData("""{"session":5}""", "frame.invalid", "session")]
    [InlineData("""{"token":"a","ticket":"b"}""", "parameter.conflict", null)]
    public async Task A_fault_of_the_whole_is_a_400_with_its_code_and_field_and_nothing_is_carried_out(string body, string code, string? field)
    {
        using HttpResponseMessage answer = await PostAsync(body);
        JsonElement problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel)).RootElement;
        Assert.Equal((HttpStatusCode.BadRequest, code), (answer.StatusCode, problem.GetProperty("code").GetString()));
        Assert.Equal(field, problem.TryGetProperty("field", out JsonElement at) ? at.GetString() : null);
        Assert.Equal(code == "data.json", problem.TryGetProperty("line", out _));
        Assert.Empty(Offsets(await AskAsync("""{"rooms":{"never":"start"}}"""), "never"));
    }

    [Fact]
    public async Task An_item_that_is_too_deep_is_a_fault_of_the_item_with_its_place_in_the_body()
    {
        string deep = new string('[', 65) + new string(']', 65);
        JsonElement answer = await AskAsync($$"""
            {"send":[{"op":"ping","id":1},
            {"op":"ping","id":2,"x":{{deep}}},{"op":"ping","id":3}]}
            """);
        JsonElement[] replies = [.. answer.GetProperty("replies").EnumerateArray()];
        Assert.Equal(["pong", "error", "pong"], replies.Select(static reply => reply.GetProperty("op").GetString()));
        Assert.Equal(("data.depth", 2), (replies[1].GetProperty("code").GetString(), replies[1].GetProperty("id").GetInt32()));
        Assert.StartsWith("Line 2, byte 89: ", replies[1].GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", null, "*/*", 426, "upgrade.required")]
    [InlineData("PUT", "application/json", "*/*", 405, "method.unsupported")]
    [InlineData("POST", null, "*/*", 415, "media_type.unsupported")]
    [InlineData("POST", "text/plain", "*/*", 415, "media_type.unsupported")]
    [InlineData("POST", "application/json; charset=latin1", "*/*", 415, "media_type.unsupported")]
    [InlineData("POST", "application/json", "application/x-ndjson", 406, "accept.unsupported")]
    [InlineData("POST", "application/json", "text/html", 406, "accept.unsupported")]
    public async Task The_head_of_a_request_is_checked(string method, string? type, string accept, int status, string code)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(_server.Root, "rt/session"));
        if (method != "GET")
        {
            request.Content = new ByteArrayContent("{}"u8.ToArray());
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        request.Headers.TryAddWithoutValidation("Accept", accept);
        using HttpResponseMessage answer = await _client.SendAsync(request, Cancel);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains($"\"code\":\"{code}\"", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(status == 426, answer.Headers.Upgrade.Any(static upgrade => upgrade.Name == "websocket"));
    }

    [Theory]
    [InlineData("send", 1000)]
    [InlineData("rooms", 10_000)]
    public async Task One_item_more_than_allowed_is_a_fault_of_the_whole(string field, int most)
    {
        string Body(int count) => field == "send"
            ? $$"""{"send":[{{string.Join(',', Enumerable.Repeat("1", count))}}]}"""
            : "{\"rooms\":{" + string.Join(',', Enumerable.Range(0, count).Select(static number => $"\"many-{number}\":null")) + "}}";
        JsonElement answer = await AskAsync(Body(most));
        Assert.Equal(most, answer.GetProperty(field == "send" ? "replies" : "frames").GetArrayLength());
        using HttpResponseMessage refused = await PostAsync(Body(most + 1));
        JsonElement problem = JsonDocument.Parse(await refused.Content.ReadAsStringAsync(Cancel)).RootElement;
        Assert.Equal((HttpStatusCode.BadRequest, "frame.invalid", field), (refused.StatusCode, problem.GetProperty("code").GetString(), problem.GetProperty("field").GetString()));
    }

    [Fact]
    public async Task Reads_are_answered_until_the_replies_have_a_mebibyte_and_what_is_no_read_is_carried_out_still()
    {
        string large = $"\"{new string('x', 400_000)}\"";
        await PublishAsync("large:read", 1, large);
        const string Read = """{"op":"read","id":"r","room":"large:read","last":1}""";
        JsonElement answer = await AskAsync($$"""{"send":[{{string.Join(',', Enumerable.Repeat(Read, 20))}},{"op":"publish","room":"large:after","data":1}]}""");
        JsonElement[] replies = [.. answer.GetProperty("replies").EnumerateArray()];
        Assert.Equal(21, replies.Length);
        Assert.All(replies[..3], static reply => Assert.Equal(1, reply.GetProperty("entries").GetArrayLength()));
        Assert.All(replies[3..20], static reply => Assert.Equal(
            ("answer.full", "r", "large:read"),
            (reply.GetProperty("code").GetString(), reply.GetProperty("id").GetString(), reply.GetProperty("room").GetString())));
        Assert.Equal("reply", replies[20].GetProperty("op").GetString());
    }

    [Fact]
    public async Task An_exchange_that_is_not_held_says_when_to_ask_again()
    {
        Assert.InRange(await SuggestedAsync("""{"rooms":{"p":"now"}}""") ?? 0, 0.5, 30);
        await AskAsync("""{"send":[{"op":"publish","room":"p","data":1},{"op":"publish","room":"p","data":2}]}""");

        // At the head of a quiet room, with an entry, with something sent, and for the busiest of two rooms.
        Assert.InRange(await SuggestedAsync("""{"rooms":{"p":"now"}}""") ?? 0, 0.5, 30);
        Assert.InRange(await SuggestedAsync("""{"rooms":{"p":{"last":1}}}""") ?? 0, 0.5, 30);
        Assert.InRange(await SuggestedAsync("""{"rooms":{"p":"now","q":"now"},"send":[{"op":"ping"}]}""") ?? 0, 0.5, 30);

        // None where the client waits, or reads nothing; at once where there is more.
        Assert.Null(await SuggestedAsync("""{"rooms":{"p":{"last":1}},"wait":1}"""));
        Assert.Null(await SuggestedAsync("{}"));
        for (int i = 0; i < 2; i++)
        {
            await AskAsync($$"""{"send":[{{string.Join(',', Enumerable.Repeat("""{"op":"publish","room":"p","data":3}""", 1000))}}]}""");
        }

        Assert.Equal(0, await SuggestedAsync("""{"rooms":{"p":"start"}}"""));
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused()
    {
        using HttpResponseMessage answer = await PostAsync($$"""{"x":"{{new string('x', 1 << 20)}}"}""");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Contains("\"body.too_large\"", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_the_store_is_away_an_exchange_with_positions_is_held_and_then_503()
    {
        JsonElement first = await AskAsync("""{"rooms":{"s0":"now","s1":"now"}}""");
        string positions = first.GetProperty("rooms").GetRawText().Replace("s0", "s8", StringComparison.Ordinal).Replace("s1", "s9", StringComparison.Ordinal);
        _broker.Failure = FailingBroker.Away;
        using HttpResponseMessage refused = await PostAsync("""{"rooms":{"s7":"now"},"wait":50}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(3), refused.Headers.RetryAfter!.Delta);
        using HttpResponseMessage over = await PostAsync($$"""{"rooms":{{positions}},"wait":0.2}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, over.StatusCode);

        Task<JsonElement> held = AskAsync($$"""{"rooms":{{positions}},"wait":50}""");
        Assert.False(held.IsCompleted);
        _broker.Failure = null;
        Assert.Equal(["reset", "reset"], Joined(await held.WaitAsync(TimeSpan.FromSeconds(20), Cancel)).Select(static joined => joined.GetProperty("verdict").GetString()));
    }

    [Fact]
    public async Task While_the_store_is_away_rooms_above_the_limit_and_those_below_have_each_their_own_error()
    {
        string position = (await AskAsync("""{"rooms":{"t0":"now"}}""")).GetProperty("rooms").GetProperty("t0").GetString()!;
        _broker.Failure = FailingBroker.Away;
        string rooms = string.Join(',', Enumerable.Range(1, 7).Select(i => $"\"t{i}\":\"{position}\""));
        JsonElement answer = await AskAsync($"{{\"rooms\":{{{rooms}}},\"wait\":50}}");
        Assert.Equal(
            ["store.away", "store.away", "store.away", "store.away", "store.away", "rooms.limit", "rooms.limit"],
            answer.GetProperty("frames").EnumerateArray().Select(static frame => frame.GetProperty("code").GetString()));
        Assert.All(answer.GetProperty("rooms").EnumerateObject(), room => Assert.Equal(position, room.Value.GetString()));
        Assert.Equal(7, answer.GetProperty("rooms").EnumerateObject().Count());
    }

    [Fact]
    public async Task What_was_carried_out_is_answered_even_if_a_room_cannot_be_read()
    {
        await AskAsync("{}");
        _broker.Failure = FailingBroker.Away;
        JsonElement answer = await AskAsync("""{"rooms":{"c":"3kQ9xLm0aZ_-42-03fK9a","d":"now"},"send":[{"op":"ping","id":1},{"op":"publish","room":"c","data":1}]}""");
        Assert.Equal("pong", answer.GetProperty("replies")[0].GetProperty("op").GetString());
        Assert.Equal("store.away", answer.GetProperty("replies")[1].GetProperty("code").GetString());
        Assert.All(answer.GetProperty("frames").EnumerateArray(), static frame => Assert.Equal("store.away", frame.GetProperty("code").GetString()));
        Assert.Equal("""{"c":"3kQ9xLm0aZ_-42-03fK9a"}""", answer.GetProperty("rooms").GetRawText());
    }

    [Fact]
    public async Task A_server_that_stops_answers_held_exchanges()
    {
        JsonElement first = await AskAsync("""{"rooms":{"z0":"now","z1":"now"}}""");
        Task<JsonElement> held = AskAsync($$"""{"rooms":{{first.GetProperty("rooms").GetRawText()}},"wait":50}""");
        await HeldAsync(held);
        Task stopped = _server.DisposeAsync().AsTask();
        Assert.Equal(first.GetProperty("rooms").GetRawText(), (await held.WaitAsync(TimeSpan.FromSeconds(20), Cancel)).GetProperty("rooms").GetRawText());
        await stopped;
    }

    [Fact]
    public async Task Following_the_rooms_from_exchange_to_exchange_gives_every_entry_once_while_others_publish()
    {
        const int count = 400;
        string[] names = ["f0", "f1", "f2", "f3"];
        Task[] publishers = [.. names.Select(async (room, i) =>
        {
            for (int n = 0; n < count; n += 1 + i)
            {
                await PublishAsync(room, Math.Min(1 + i, count - n));
            }
        })];
        Dictionary<string, int> last = names.ToDictionary(static name => name, static _ => 0);
        string rooms = "{" + string.Join(',', names.Select(static name => $"\"{name}\":\"start\"")) + "}";
        while (last.Values.Any(static offset => offset < count))
        {
            JsonElement answer = await AskAsync($$"""{"rooms":{{rooms}},"wait":20}""");
            foreach (JsonElement frame in answer.GetProperty("frames").EnumerateArray())
            {
                string room = frame.GetProperty("room").GetString()!;
                if (frame.GetProperty("op").GetString() == "joined")
                {
                    Assert.Equal("ok", frame.GetProperty("verdict").GetString());
                    continue;
                }

                Assert.Equal(last[room] + 1, frame.GetProperty("offset").GetInt32());
                last[room]++;
            }

            rooms = answer.GetProperty("rooms").GetRawText();
        }

        await Task.WhenAll(publishers);
    }

    private static string Describe(JsonElement frame) => $"{frame.GetProperty("op").GetString()} {frame.GetProperty("room").GetString()}";

    private static IEnumerable<JsonElement> Joined(JsonElement answer) =>
        answer.GetProperty("frames").EnumerateArray().Where(static frame => frame.GetProperty("op").GetString() == "joined");

    private static int[] Offsets(JsonElement answer, string room) =>
        [.. answer.GetProperty("frames").EnumerateArray().Where(frame => Describe(frame) == $"entry {room}").Select(static frame => frame.GetProperty("offset").GetInt32())];

    /// <summary>Until the exchange is held: a short one of the same room has been answered meanwhile, on the same server.</summary>
    /// <summary>Returns when the server holds the answer: a place of its connections is taken then.</summary>
    private async Task HeldAsync(Task held)
    {
        ConnectionCap cap = _server.Services.GetRequiredService<ConnectionCap>();
        while (cap.Held == 0)
        {
            Assert.False(held.IsCompleted);
            Cancel.ThrowIfCancellationRequested();
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    private async Task PublishAsync(string room, int count, string data = "1")
    {
        string item = $$"""{"op":"publish","room":"{{room}}","data":{{data}}}""";
        foreach (string[] items in Enumerable.Repeat(item, count).Chunk(1000))
        {
            JsonElement answer = await AskAsync($$"""{"send":[{{string.Join(',', items)}}]}""");
            Assert.All(answer.GetProperty("replies").EnumerateArray(), static reply => Assert.Equal("reply", reply.GetProperty("op").GetString()));
        }
    }

    private async Task<JsonElement> AskAsync(string body)
    {
        using HttpResponseMessage answer = await PostAsync(body);
        string text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.ToString());
        Assert.True(answer.Headers.CacheControl!.NoStore);
        return JsonDocument.Parse(text).RootElement;
    }

    private async Task<double?> SuggestedAsync(string body)
    {
        using HttpResponseMessage answer = await PostAsync(body);
        return answer.Headers.TryGetValues("Godwit-Poll-After", out IEnumerable<string>? values) ? double.Parse(values.Single(), CultureInfo.InvariantCulture) : null;
    }

    private Task<HttpResponseMessage> PostAsync(string body) =>
        _client.PostAsync(new Uri(_server.Root, "rt/session"), new StringContent(body, Encoding.UTF8, "application/json"), Cancel);
}
