using System.Net;
using System.Text;
using System.Text.Json;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Server.Tests.Http;

/// <summary>What a line of a publish stream may say, and what it is answered.</summary>
public class PublishStreamTests
{
    private const string Path = "/rt/publish";
    private const string Ndjson = "application/x-ndjson";
    private const string Key = "0123456789abcdefABCDEF";
    private static readonly string Stored = $$"""{"position":"{{RecordingBroker.Position}}","duplicate":false}""";

    [Fact]
    public async Task Every_line_is_published_and_answered_in_the_order_sent()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        long offset = 0;
        server.Broker.Answer = () => Task.FromResult(new Appended(AppendOutcome.Stored, new Position(new Epoch(1), ++offset, 7)));
        string body = string.Concat(Enumerable.Range(1, 5000).Select(i => $$"""{"room":"r{{i % 700}}","data":{{i}}}""" + "\n"));
        Answer answer = await server.PostAsync(Path, body, Ndjson);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(Ndjson, answer["Content-Type"]);
        Assert.Equal("no-store", answer["Cache-Control"]);
        Assert.Equal(Enumerable.Range(1, 5000).Select(i => ($"r{i % 700}", $"{i}")), server.Broker.Appends.Select(append => (append.Room.ToString(), Data(append.Content))));
        Assert.Equal(
            Enumerable.Range(1, 5000).Select(i => $$"""{"position":"{{new Position(new Epoch(1), i, 7)}}","duplicate":false}"""),
            Lines(answer));
    }

    [Fact]
    public async Task Event_key_and_bytes_reach_the_broker()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        await server.PostAsync(Path, $$"""
            {"room":"a","data":1}
            {"key":"{{Key}}","bytes":"AP8\/","event":"user.joined","room":"b"}
            {"room":"c","event":"user.left","data":null,"key":null,"rooms":null,"bytes":null}
            """, Ndjson);
        (RoomName Room, EntryContent Content, PublishKey? Key, bool Cancellable)[] appends = [.. server.Broker.Appends];
        Assert.Equal(["a", "b", "c"], appends.Select(append => append.Room.ToString()));
        Assert.Equal(["message", "user.joined", "user.left"], appends.Select(append => append.Content.Event));
        Assert.Equal([null, new PublishKey("", Key), null], appends.Select(append => append.Key));
        Assert.Equal([false, true, false], appends.Select(append => append.Content.IsBytes));
        Assert.Equal([0, 255, 63], appends[1].Content.Data);
        Assert.Equal("null", Data(appends[2].Content));
        Assert.All(appends, append => Assert.False(append.Cancellable || append.Content.From is not null));
    }

    [Theory]
    [InlineData("""{"room":"r","data": { "b" : 1.50e+3 , "a" : [ 1 , "\u00e9 \/ x" ] , "a":2 } }""", """{"b":1.50e+3,"a":[1,"\u00e9 \/ x"],"a":2}""")]
    [InlineData("""{"data":"a  b","room":"r"}""", "\"a  b\"")]
    [InlineData("""{"d\u0061ta":true,"r\u006fom":"\u0072"}""", "true")]
    [InlineData("\t{\"room\":\"r\",\"data\":-0}  \r", "-0")]
    [InlineData("""{"x":{"room":"x","data":[{}]},"room":"r","\ud800":"\ud800","data":7,"y":[[]],"Data":8}""", "7")]
    public async Task Data_keeps_its_text_without_white_space_and_other_fields_are_ignored(string line, string data)
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Assert.Equal([Stored], Lines(await server.PostAsync(Path, line, Ndjson)));
        (RoomName room, EntryContent content, _, _) = Assert.Single(server.Broker.Appends);
        Assert.Equal(("r", data), (room.ToString(), Data(content)));
    }

    [Fact]
    public async Task Blank_lines_have_no_answer_but_count()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Answer answer = await server.PostAsync(Path, "\n\r\n{\"room\":\"r\",\"data\":1}\r\n \t \n\nx\n\n", Ndjson);
        string[] lines = Lines(answer);
        Assert.Equal(2, lines.Length);
        Assert.Equal(Stored, lines[0]);
        Assert.Equal(6, Problem(lines[1], ErrorCode.LineInvalid).GetProperty("line").GetInt64());
    }

    [Fact]
    public async Task An_empty_body_has_an_empty_answer()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Answer answer = await server.PostAsync(Path, "", Ndjson);
        Assert.Equal((HttpStatusCode.OK, "", Ndjson), (answer.Status, answer.Body, answer["Content-Type"]));
    }

    [Theory]
    [InlineData("nonsense", "line.invalid", 2)]
    [InlineData("[1]", "line.invalid", 1)]
    [InlineData("\uFEFF{\"room\":\"r\",\"data\":1}", "line.invalid", 1)]
    [InlineData("{\"room\":\"r\",\"data\":\"1\"", "line.invalid", 23)]
    [InlineData("""{"room":"r","data":1} {}""", "line.invalid", 23)]
    [InlineData("""{"room":"r" "data":1}""", "line.invalid", 13)]
    [InlineData("""{"room":5,"data":1}""", "line.invalid", 9)]
    [InlineData("""{"room":"r","data":1,"event":{}}""", "line.invalid", 30)]
    [InlineData("""{"room":"r","data":1,"key":[]}""", "line.invalid", 28)]
    [InlineData("""{"room":"r","bytes":[1,2]}""", "line.invalid", 21)]
    [InlineData("""{"room":"r","room":"s","data":1}""", "line.invalid", 13)]
    [InlineData("""{"room":"r","data":1,"data":1}""", "line.invalid", 22)]
    [InlineData("""{"data":1}""", "line.invalid", 0)]
    [InlineData("""{"room":null,"data":1}""", "line.invalid", 0)]
    [InlineData("""{"room":"r"}""", "line.invalid", 0)]
    [InlineData("""{"room":"r","bytes":null}""", "line.invalid", 0)]
    [InlineData("""{"room":"r","rooms":["s"],"data":1}""", "line.invalid", 0)]
    [InlineData("""{"room":"r","data":1,"bytes":"AA=="}""", "line.invalid", 0)]
    [InlineData("""{"rooms":"r","data":1}""", "line.invalid", 10)]
    [InlineData("""{"rooms":[],"data":1}""", "line.invalid", 11)]
    [InlineData("""{"rooms":["r",1],"data":1}""", "line.invalid", 15)]
    [InlineData("""{"rooms":["r","s","r"],"data":1}""", "line.invalid", 19)]
    [InlineData("""{"room":"","data":1}""", "room.invalid", 9)]
    [InlineData("""{"room":"a b","data":1}""", "room.invalid", 9)]
    [InlineData("""{"room":"é","data":1}""", "room.invalid", 9)]
    [InlineData("""{"room":"\ud800","data":1}""", "room.invalid", 9)]
    [InlineData("""{"rooms":["r",".."],"data":1}""", "room.invalid", 15)]
    [InlineData("""{"room":"r","event":"","data":1}""", "event.invalid", 21)]
    [InlineData("""{"room":"r","event":"a b","data":1}""", "event.invalid", 21)]
    [InlineData("""{"room":"r","event":"é","data":1}""", "event.invalid", 21)]
    [InlineData("""{"room":"r","event":"\udc00","data":1}""", "event.invalid", 21)]
    [InlineData("""{"room":"r","event":"open","data":1}""", "event.reserved", 21)]
    [InlineData("""{"room":"r","key":"","data":1}""", "key.invalid", 19)]
    [InlineData("""{"room":"r","key":"0123456789 0123456789 0123456789","data":1}""", "key.invalid", 19)]
    [InlineData("""{"room":"r","key":"order-17","data":1}""", "key.weak", 19)]
    [InlineData("""{"room":"r","data":}""", "data.json", 20)]
    [InlineData("""{"room":"r","data":[1,}""", "data.json", 23)]
    [InlineData("""{"room":"r","data":"a""", "data.json", 22)]
    [InlineData("""{"room":"r","data":1""", "data.json", 21)]
    [InlineData("""{"room":"r","data":["\ud83d"]}""", "data.surrogate", 22)]
    [InlineData("""{"room":"r","bytes":"A"}""", "data.base64", 21)]
    [InlineData("""{"room":"r","bytes":"AA"}""", "data.base64", 21)]
    [InlineData("""{"room":"r","bytes":"AAA= AA="}""", "data.base64", 21)]
    [InlineData("""{"room":"r","bytes":"AA-_"}""", "data.base64", 21)]
    [InlineData("""{"room":"r","bytes":"AB=="}""", "data.base64", 21)]
    [InlineData("""{"room":"r","bytes":"\ud800AA"}""", "data.base64", 21)]
    [InlineData("""{"room":"r","bytes":"===="}""", "data.base64", 21)]
    public async Task A_bad_line_is_answered_with_a_problem_and_does_not_stop_the_next(string line, string code, int octet)
    {
        await using RoomServer server = await RoomServer.StartAsync();
        const string good = """{"room":"good","data":1}""";
        Answer answer = await server.PostAsync(Path, $"{good}\n{line}\n{good}", Ndjson);
        string[] lines = Lines(answer);
        Assert.Equal((3, Stored, Stored), (lines.Length, lines[0], lines[2]));
        JsonElement problem = Problem(lines[1], ErrorCode.All.Single(known => known.Code == code));
        Assert.Equal(2, problem.GetProperty("line").GetInt64());
        Assert.Equal(octet, problem.TryGetProperty("byte", out JsonElement at) ? at.GetInt32() : 0);
        Assert.StartsWith(octet > 0 ? $"Line 2, byte {octet}: " : "Line 2: ", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.All(server.Broker.Appends, append => Assert.Equal("good", append.Room.ToString()));
    }

    [Fact]
    public async Task Octets_that_are_not_UTF_8_are_refused_where_they_stand()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        byte[] body = [.. "{\"room\":\"r\",\"data\":\"a"u8, 0xC3, .. "\"}\n{\"room\":\"r\",\"data\":1}"u8];
        string[] lines = Lines(await server.PostAsync(Path, body, Ndjson));
        Assert.Equal(22, Problem(lines[0], ErrorCode.DataUtf8).GetProperty("byte").GetInt32());
        Assert.Equal(Stored, lines[1]);
    }

    [Theory]
    [InlineData("data")]
    [InlineData("x")]
    public async Task A_field_may_be_nested_64_deep(string field)
    {
        await using RoomServer server = await RoomServer.StartAsync();
        string Line(int depth) => $$"""{"room":"r","bytes":{{(field == "data" ? "null" : "\"\"")}},"{{field}}":{{new string('[', depth)}}{{new string(']', depth)}}}""" + "\n";
        string[] lines = Lines(await server.PostAsync(Path, Line(64) + Line(65) + Line(5000) + Line(1), Ndjson));
        Assert.Equal((Stored, Stored), (lines[0], lines[3]));
        int begin = Line(0).IndexOf($"\"{field}\":", StringComparison.Ordinal) + field.Length + 4;
        Assert.Equal(begin + 64, Problem(lines[1], ErrorCode.DataDepth).GetProperty("byte").GetInt32());
        Assert.Equal(begin + 64, Problem(lines[2], ErrorCode.DataDepth).GetProperty("byte").GetInt32());
    }

    [Fact]
    public async Task Several_rooms_are_one_append_each_and_a_refusal_of_one_stands_in_its_place()
    {
        await using RoomServer server = await RoomServer.StartAsync(engine: options => options.Policies.Add(
            new RoomPolicy { Pattern = RoomPattern.Parse("small"), EntryBytes = 3 }));
        var outcomes = new Queue<AppendOutcome>([AppendOutcome.Stored, AppendOutcome.KeyReused, AppendOutcome.Duplicate]);
        server.Broker.Answer = () => outcomes.TryDequeue(out AppendOutcome outcome)
            ? Task.FromResult(new Appended(outcome, RecordingBroker.Position))
            : throw new BrokerUnavailableException("redis:6379", TimeSpan.FromMilliseconds(1200));
        Answer answer = await server.PostAsync(Path, $$"""{"rooms":["a","b","small","c","d"],"data":"long","key":"{{Key}}"}""", Ndjson);

        JsonElement rooms = JsonDocument.Parse(Assert.Single(Lines(answer))).RootElement.GetProperty("rooms");
        Assert.Equal(["a", "b", "small", "c", "d"], rooms.EnumerateObject().Select(room => room.Name));
        Assert.Equal(Stored, rooms.GetProperty("a").GetRawText());
        Assert.Contains("300 seconds", Problem(rooms.GetProperty("b"), ErrorCode.KeyReused).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Problem(rooms.GetProperty("small"), ErrorCode.EntryTooLarge);
        Assert.True(rooms.GetProperty("c").GetProperty("duplicate").GetBoolean());
        Assert.Equal(1200, Problem(rooms.GetProperty("d"), ErrorCode.StoreAway).GetProperty("retry").GetInt32());
        Assert.DoesNotContain("redis", answer.Body, StringComparison.Ordinal);
        Assert.Equal(["a", "b", "c", "d"], server.Broker.Appends.Select(append => append.Room.ToString()));
        Assert.All(server.Broker.Appends, append => Assert.Equal(new PublishKey("", Key), append.Key));
    }

    [Fact]
    public async Task A_line_has_up_to_100_rooms()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        string Line(int rooms) => $$"""{"data":1,"rooms":[{{string.Join(',', Enumerable.Range(0, rooms).Select(i => $"\"r{i}\""))}}]}""" + "\n";
        string[] lines = Lines(await server.PostAsync(Path, Line(101) + Line(100), Ndjson));
        Problem(lines[0], ErrorCode.LineInvalid);
        Assert.Equal(100, JsonDocument.Parse(lines[1]).RootElement.GetProperty("rooms").EnumerateObject().Count());
        Assert.Equal(100, server.Broker.Appends.Count);
    }

    [Fact]
    public async Task The_bound_of_the_room_holds_for_what_is_stored()
    {
        await using RoomServer server = await RoomServer.StartAsync(engine: options => options.Policies.Add(
            new RoomPolicy { Pattern = RoomPattern.Parse("small"), EntryBytes = 3 }));
        string[] lines = Lines(await server.PostAsync(Path, """
            {"room":"small","data":[  1  ]}
            {"room":"small","data":[12]}
            {"room":"small","bytes":"AAAA"}
            {"room":"small","bytes":"AAAAAA=="}
            """, Ndjson));
        Assert.Equal((Stored, Stored), (lines[0], lines[2]));
        Assert.Equal(2, Problem(lines[1], ErrorCode.EntryTooLarge).GetProperty("line").GetInt64());
        Problem(lines[3], ErrorCode.EntryTooLarge);
        Assert.Equal(2, server.Broker.Appends.Count);
    }

    [Fact]
    public async Task A_line_may_have_a_million_octets_and_a_longer_one_is_told_and_passed_over()
    {
        await using RoomServer server = await RoomServer.StartAsync(engine: options => options.Policies.Add(
            new RoomPolicy { Pattern = RoomPattern.Everything, EntryBytes = 1 << 20 }));
        const string head = "{\"room\":\"r\",\"data\":\"";
        string Line(int length) => head + new string('x', length - head.Length - 2) + "\"}\n";
        string[] lines = Lines(await server.PostAsync(Path, Line(1 << 20) + Line((1 << 20) + 1) + Line(3 << 20) + Line(50), Ndjson));
        Assert.Equal((4, Stored, Stored), (lines.Length, lines[0], lines[3]));
        Problem(lines[1], ErrorCode.BodyTooLarge);
        Assert.Equal(3, Problem(lines[2], ErrorCode.BodyTooLarge).GetProperty("line").GetInt64());
        Assert.Equal([(1 << 20) - head.Length, 50 - head.Length], server.Broker.Appends.Select(append => append.Content.Data.Length));
    }

    [Fact]
    public async Task A_failure_is_told_without_its_reason_logged_once_and_ends_the_stream()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        int count = 0;
        server.Broker.Answer = () => ++count == 2 ? throw new InvalidOperationException("secret") : Task.FromResult(new Appended(AppendOutcome.Stored, RecordingBroker.Position));
        const string line = """{"room":"r","data":1}""";
        Answer answer = await server.PostAsync(Path, $"{line}\n{line}\n{line}", Ndjson);
        string[] lines = Lines(answer);
        Assert.Equal((2, Stored), (lines.Length, lines[0]));
        Problem(lines[1], ErrorCode.Internal);
        Assert.DoesNotContain("secret", answer.Body, StringComparison.Ordinal);
        Assert.Equal("LineFailed", Assert.Single(server.Log.Lines).Event);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("application/json")]
    [InlineData("application/x-ndjson; charset=utf-16")]
    [InlineData("application/*")]
    public async Task Another_content_type_is_415_and_names_the_right_one(string? contentType)
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Answer answer = await server.PostAsync(Path, """{"room":"r","data":1}"""u8.ToArray(), contentType);
        answer.IsProblem(ErrorCode.MediaTypeUnsupported);
        Assert.Equal(Ndjson, answer["Accept"]);
        Assert.Empty(server.Broker.Appends);
    }

    [Theory]
    [InlineData("Application/X-NDJSON")]
    [InlineData("application/x-ndjson; charset=\"UTF-8\"")]
    public async Task The_content_type_may_be_written_in_other_ways(string contentType)
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync(Path, """{"room":"r","data":1}""", contentType)).Status);
        Assert.Single(server.Broker.Appends);
    }

    [Fact]
    public async Task The_path_takes_POST_alone_and_is_guarded_like_every_other()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Answer answer = await server.GetAsync(Path);
        answer.IsProblem(ErrorCode.MethodUnsupported);
        Assert.Equal("POST, OPTIONS", answer["Allow"]);
        Answer options = await server.SendAsync(HttpMethod.Options, Path);
        Assert.Equal((HttpStatusCode.NoContent, "POST, OPTIONS"), (options.Status, options["Allow"]));
        Assert.Equal(HttpStatusCode.NoContent, (await server.SendAsync(HttpMethod.Options, Path, null, ("Origin", "http://localhost:1"), ("Access-Control-Request-Method", "POST"))).Status);
        Answer page = await server.PostAsync(Path, """{"room":"r","data":1}""", Ndjson, ("Origin", "http://localhost:1"));
        Assert.Equal((HttpStatusCode.OK, "http://localhost:1"), (page.Status, page["Access-Control-Allow-Origin"]));
        (await server.PostAsync(Path, """{"room":"r","data":1}""", Ndjson, ("Origin", "https://evil.example"))).IsProblem(ErrorCode.AccessUnconfigured);
        Assert.Contains(Path, (await server.GetAsync("/rt/x")).IsProblem(ErrorCode.PathUnknown), StringComparison.Ordinal);
        Assert.Single(server.Broker.Appends);
    }

    private static string Data(EntryContent content) => Encoding.UTF8.GetString(content.Data);

    private static string[] Lines(Answer answer)
    {
        Assert.EndsWith("\n", answer.Body, StringComparison.Ordinal);
        return answer.Body[..^1].Split('\n');
    }

    private static JsonElement Problem(string line, ErrorCode code) => Problem(JsonDocument.Parse(line).RootElement, code);

    private static JsonElement Problem(JsonElement problem, ErrorCode code)
    {
        Assert.Equal((code.Code, code.Status, code.Title), (problem.GetProperty("code").GetString(), problem.GetProperty("status").GetInt32(), problem.GetProperty("title").GetString()));
        return problem;
    }
}
