using System.Text;
using System.Text.Json;
using CsCheck;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Sessions.Frames;

namespace Godwit.Tests.Sessions;

public class ClientFrameReaderTests
{
    private const string P = "3kQ9xLm0aZ_-42-03fK9a";
    private const string Key = "8e03978e-40d5-43e8-bc93-6894a57f9324";

    /// <summary>For each op a frame that is whole, and those of its fields that it cannot do without.</summary>
    private static readonly (string Op, string[] Fields, string[] Needed)[] Ops =
    [
        ("hello", ["\"token\":\"t\"", "\"session\":\"s\"", "\"rooms\":{\"a\":\"now\"}"], []),
        ("join", ["\"room\":\"a\"", $"\"after\":\"{P}\"", "\"delivery\":\"all\"", "\"present\":false"], ["room"]),
        ("join", ["\"room\":\"a\"", "\"last\":3"], ["room"]),
        ("leave", ["\"room\":\"a\""], ["room"]),
        ("publish", ["\"room\":\"a\"", "\"event\":\"e\"", "\"data\":1", $"\"key\":\"{Key}\""], ["room", "data"]),
        ("publish", ["\"room\":\"a\"", "\"bytes\":\"AAE=\""], ["room", "bytes"]),
        ("read", ["\"room\":\"a\"", $"\"before\":\"{P}\"", "\"limit\":3"], ["room"]),
        ("read", ["\"room\":\"a\"", $"\"after\":\"{P}\""], ["room"]),
        ("read", ["\"room\":\"a\"", "\"last\":3"], ["room"]),
        ("request", ["\"room\":\"a\"", "\"event\":\"e\"", "\"data\":1"], ["room", "event"]),
        ("members", ["\"room\":\"a\""], ["room"]),
        ("refresh", ["\"ticket\":\"t\""], ["ticket"]),
        ("ping", [], []),
    ];

    [Fact]
    public void The_order_of_fields_has_no_meaning() => Gen.Shuffle(Ops).Sample(static ops =>
    {
        foreach ((string op, string[] fields, _) in ops)
        {
            string[] all = [$"\"op\":\"{op}\"", "\"id\":7", .. fields];
            foreach (string[] ordered in new[] { all, [.. all.Reverse()] })
            {
                ClientFrame frame = Read("{" + string.Join(',', ordered) + "}");
                Assert.Equal(op, frame.GetType().Name[..^"Frame".Length].ToLowerInvariant());
                Assert.Equal("7", Text(frame.Id.Json.Span));
            }
        }
    }, iter: 5);

    [Fact]
    public void What_is_read_is_what_was_sent()
    {
        HelloFrame hello = Assert.IsType<HelloFrame>(Read($$$$"""{"op":"hello","session":"abc~","rooms":{"b":"start","a":"{{{{P}}}}","c":{"last":1000,"delivery":"latest"},"d":null,"e":{}}}"""));
        Assert.Equal("abc~", hello.Session);
        Assert.True(hello.Id.IsNone);
        Assert.Equal(
            [
                new RoomJoin(RoomName.Parse("b"), ReadFrom.Start, null),
                new RoomJoin(RoomName.Parse("a"), ReadFrom.After(At(P)), null),
                new RoomJoin(RoomName.Parse("c"), ReadFrom.Last(1000), Delivery.Latest),
                new RoomJoin(RoomName.Parse("d"), ReadFrom.Now, null),
                new RoomJoin(RoomName.Parse("e"), ReadFrom.Now, null),
            ],
            hello.Rooms);

        Assert.Equal(new RoomJoin(RoomName.Parse("x:1"), ReadFrom.Now, null), Assert.IsType<JoinFrame>(Read("""{"op":"join","room":"x:1"}""")).Join);
        Assert.Equal(new RoomJoin(RoomName.Parse("x"), ReadFrom.Last(10), Delivery.All), Assert.IsType<JoinFrame>(Read("""{"op":"join","room":"\u0078","last":1e1,"delivery":"all"}""")).Join);

        PublishFrame publish = Assert.IsType<PublishFrame>(Read($$$"""{"data": { "a" : [ 1.50 ] } , "event":"alert", "room":"x", "key":"{{{Key}}}", "op":"publish"}"""));
        Assert.Equal(("x", "alert", """{"a":[1.50]}""", false, Key), (publish.Room.ToString(), publish.Content.Event, Text(publish.Content.Data), publish.Content.IsBytes, publish.Key));
        publish = Assert.IsType<PublishFrame>(Read("""{"op":"publish","room":"x","bytes":"AAE="}"""));
        Assert.Equal(("message", true, null), (publish.Content.Event, publish.Content.IsBytes, publish.Key));
        Assert.Equal([0, 1], publish.Content.Data);
        Assert.Equal("null", Text(Assert.IsType<PublishFrame>(Read("""{"op":"publish","room":"x","data":null,"bytes":null}""")).Content.Data));

        Assert.Equal((ReadFrom.Last(100), 100), Page("""{"op":"read","room":"x"}"""));
        Assert.Equal((ReadFrom.Last(7), 7), Page("""{"op":"read","room":"x","limit":7}"""));
        Assert.Equal((ReadFrom.Before(At(P)), 100), Page($$"""{"op":"read","room":"x","before":"{{P}}"}"""));
        Assert.Equal((ReadFrom.Now, 100), Page("""{"op":"read","room":"x","after":"now"}"""));

        RequestFrame request = Assert.IsType<RequestFrame>(Read("""{"op":"request","room":"x","event":"e"}"""));
        Assert.Equal(("e", "null"), (request.Event, Text(request.Data)));

        static (ReadFrom, int) Page(string text)
        {
            ReadFrame read = Assert.IsType<ReadFrame>(Read(text));
            return (read.From, read.Limit);
        }
    }

    [Fact]
    public void Unknown_fields_and_those_of_other_ops_are_ignored_whatever_they_are()
    {
        string noise = string.Concat(new[] { "after", "last", "before", "limit", "delivery", "present", "event", "data", "bytes", "key", "token", "ticket", "session", "rooms", "send", "wait", "x", "st\\ud800" }
            .Select(static name => $",\"{name}\":[\"\\ud800\"],\"{name}\":{{}}"));
        Assert.IsType<LeaveFrame>(Read($$"""{"op":"leave","room":"a"{{noise}}}"""));
        Assert.IsType<PingFrame>(Read($$"""{"op":"ping"{{noise}},"room":3,"room":4}"""));
    }

    [Fact]
    public void A_field_that_is_missing_null_given_twice_or_of_the_wrong_type_is_named()
    {
        foreach ((string op, string[] fields, string[] needed) in Ops)
        {
            foreach (string field in fields.Append($"\"op\":\"{op}\"").Append("\"id\":\"q\""))
            {
                string name = field[1..field.IndexOf('"', 1)];
                string[] others = [.. fields.Append($"\"op\":\"{op}\"").Append("\"id\":\"q\"").Where(other => other != field)];
                bool isNeeded = name == "op" || needed.Contains(name);
                string? alone = name is "data" or "bytes" or "ticket" ? null : name;
                foreach (string absent in (string[])["\"x\":1", .. name == "data" ? (string[])[] : [$"\"{name}\":null"]])
                {
                    string text = "{" + string.Join(',', [.. others, absent]) + "}";
                    if (isNeeded)
                    {
                        Expect(text, ErrorCode.FrameInvalid, alone, name != "id");
                    }
                    else
                    {
                        Read(text);
                    }
                }

                Expect("{" + string.Join(',', [.. others, field, field]) + "}", ErrorCode.FrameInvalid, name, name != "id");
                if (name != "data")
                {
                    Expect("{" + string.Join(',', [.. others, $"\"{name}\":[1]"]) + "}", ErrorCode.FrameInvalid, name, name != "id");
                    Read("{" + string.Join(',', [.. others, field, $"\"{name}\":null"]) + "}");
                }
            }
        }
    }

    [Theory]
    [InlineData("10")]
    [InlineData("10.0")]
    [InlineData("1e1")]
    [InlineData("0.1E+2")]
    public void A_count_is_taken_in_any_way_in_which_JSON_writes_it(string ten)
    {
        Assert.True(ClientFrameReader.TryRead(Encoding.UTF8.GetBytes($$"""{"op":"read","room":"a","last":{{ten}},"limit":{{ten}}}"""), out ClientFrame? frame, out _));
        var read = Assert.IsType<ReadFrame>(frame);
        Assert.Equal((10, 10), (read.From.Count, read.Limit));
    }

    [Theory]
    [InlineData("""{"op":"hi"}""", "op.unknown", "op")]
    [InlineData("""{"op":"Ping"}""", "op.unknown", "op")]
    [InlineData("""{"op":""}""", "op.unknown", "op")]
    [InlineData("""{"op":"a name of more octets than any op has"}""", "op.unknown", "op")]
    [InlineData("""{"op":"\ud800"}""", "op.unknown", "op")]
    [InlineData("""{"id":5}""", "frame.invalid", "op")]
    [InlineData("[]", "frame.invalid", null)]
    [InlineData("1", "frame.invalid", null)]
    [InlineData("\"ping\"", "frame.invalid", null)]
    [InlineData("null", "frame.invalid", null)]
    [InlineData("", "data.json", null)]
    [InlineData("{", "data.json", null)]
    [InlineData("""{"op":"ping"} 1""", "data.json", null)]
    [InlineData("""{"op":"ping",}""", "data.json", null)]
    [InlineData("""{"op":"publish","room":"a","data":{"a":x}}""", "data.json", null)]
    [InlineData("""{"op":"ping","id":""}""", "frame.invalid", "id")]
    [InlineData("""{"op":"ping","id":true}""", "frame.invalid", "id")]
    [InlineData("""{"op":"ping","id":"\ud800"}""", "data.surrogate", "id")]
    [InlineData("""{"op":"join","room":"a b"}""", "room.invalid", "room")]
    [InlineData("""{"op":"join","room":""}""", "room.invalid", "room")]
    [InlineData("""{"op":"join","room":".."}""", "room.invalid", "room")]
    [InlineData("""{"op":"join","room":"\ud800"}""", "room.invalid", "room")]
    [InlineData("""{"op":"join","room":"é"}""", "room.invalid", "room")]
    [InlineData("""{"op":"join","room":"a","after":"12"}""", "position.invalid", "after")]
    [InlineData("""{"op":"join","room":"a","after":"NOW"}""", "position.invalid", "after")]
    [InlineData("""{"op":"join","room":"a","after":""}""", "position.invalid", "after")]
    [InlineData("""{"op":"join","room":"a","after":"now","last":1}""", "parameter.conflict", null)]
    [InlineData("""{"op":"join","room":"a","last":0}""", "last.invalid", "last")]
    [InlineData("""{"op":"join","room":"a","last":1001}""", "last.invalid", "last")]
    [InlineData("""{"op":"join","room":"a","last":1.5}""", "last.invalid", "last")]
    [InlineData("""{"op":"join","room":"a","last":-1}""", "last.invalid", "last")]
    [InlineData("""{"op":"join","room":"a","last":1e99}""", "last.invalid", "last")]
    [InlineData("""{"op":"join","room":"a","last":10.5}""", "last.invalid", "last")]
    [InlineData("""{"op":"join","room":"a","last":"1"}""", "frame.invalid", "last")]
    [InlineData("""{"op":"join","room":"a","delivery":"some"}""", "parameter.invalid", "delivery")]
    [InlineData("""{"op":"join","room":"a","present":1}""", "frame.invalid", "present")]
    [InlineData("""{"op":"join","room":"a","state":{}}""", "frame.invalid", "state")]
    [InlineData("""{"op":"join","room":"a","present":false,"state":{}}""", "frame.invalid", "state")]
    [InlineData("""{"op":"join","room":"a","present":true,"state":1,"state":2}""", "frame.invalid", "state")]
    [InlineData("""{"op":"join","room":"a","present":true,"state":"\ud800"}""", "data.surrogate", "state")]
    [InlineData("""{"op":"members","room":"a","cursor":7}""", "frame.invalid", "cursor")]
    [InlineData("""{"op":"members","room":"a","cursor":"7"}""", "parameter.invalid", "cursor")]
    [InlineData("""{"op":"members","room":"a","cursor":"+00000000000000000000000000000ff"}""", "parameter.invalid", "cursor")]
    [InlineData("""{"op":"members","room":"a","state":1,"cursor":"000000000000000000000000000000ff"}""", "parameter.conflict", null)]
    [InlineData("""{"op":"read","room":"a","before":"now"}""", "position.invalid", "before")]
    [InlineData("""{"op":"read","room":"a","before":"3kQ9xLm0aZ_-42-03fK9a","last":1}""", "parameter.conflict", null)]
    [InlineData("""{"op":"read","room":"a","limit":0}""", "limit.invalid", "limit")]
    [InlineData("""{"op":"publish","room":"a"}""", "frame.invalid", null)]
    [InlineData("""{"op":"publish","room":"a","data":1,"bytes":""}""", "frame.invalid", null)]
    [InlineData("""{"op":"publish","room":"a","bytes":"A"}""", "data.base64", "bytes")]
    [InlineData("""{"op":"publish","room":"a","data":1,"event":"a b"}""", "event.invalid", "event")]
    [InlineData("""{"op":"publish","room":"a","data":1,"event":"open"}""", "event.reserved", "event")]
    [InlineData("""{"op":"publish","room":"a","data":1,"key":"a b"}""", "key.invalid", "key")]
    [InlineData("""{"op":"publish","room":"a","data":["\udc00"]}""", "data.surrogate", "data")]
    [InlineData("""{"op":"request","room":"a","event":"e","data":"\udc00"}""", "data.surrogate", "data")]
    [InlineData("""{"op":"hello","token":"a","ticket":"b"}""", "parameter.conflict", null)]
    [InlineData("""{"op":"hello","rooms":[]}""", "frame.invalid", "rooms")]
    [InlineData("""{"op":"hello","rooms":{"a":1}}""", "frame.invalid", "rooms.a")]
    [InlineData("""{"op":"hello","rooms":{"a":[]}}""", "frame.invalid", "rooms.a")]
    [InlineData("""{"op":"hello","rooms":{"a":"now","a":"now"}}""", "frame.invalid", "rooms.a")]
    [InlineData("""{"op":"hello","rooms":{"a":"later"}}""", "position.invalid", "rooms.a")]
    [InlineData("""{"op":"hello","rooms":{"a b":"now"}}""", "room.invalid", "rooms.a b")]
    [InlineData("""{"op":"hello","rooms":{"\ud800":"now"}}""", "room.invalid", "rooms")]
    [InlineData("""{"op":"hello","rooms":{"a":{"after":"12"}}}""", "position.invalid", "rooms.a.after")]
    [InlineData("""{"op":"hello","rooms":{"a":{"last":"12"}}}""", "frame.invalid", "rooms.a.last")]
    [InlineData("""{"op":"hello","rooms":{"a":{"last":1,"last":1}}}""", "frame.invalid", "rooms.a.last")]
    [InlineData("""{"op":"hello","rooms":{"a":{"after":"now","last":1}}}""", "parameter.conflict", null)]
    public void A_fault_has_its_code_and_its_field(string text, string code, string? field)
    {
        Assert.False(ClientFrameReader.TryRead(Encoding.UTF8.GetBytes(text), out ClientFrame? frame, out FrameFault fault));
        Assert.Null(frame);
        Assert.Equal((code, field), (fault.Code.Code, fault.Field));
        Assert.EndsWith(".", fault.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"op\":\"ping\",\n\"id\":\"a\" x", "Line 2, byte 10: 'x' cannot stand here.", "\"a\"", null)]
    [InlineData("{\"room\":\"lobby\",\"id\":-1.50e3,\"op\":\"x\"}", null, "-1.50e3", "lobby")]
    [InlineData("{\"room\":\"lobby\",\"id\":\"\\u00e9\\/é\",\"op\":\"publish\"}", null, "\"\\u00e9\\/é\"", "lobby")]
    [InlineData("{\"id\":1,\"op\":\"publish\",\n \"data\":\"\\udc00\",\"room\":\"a b\"}", null, "1", null)]
    [InlineData("{\"id\":1,\"op\":\"publish\",\n \"data\":\"\\udc00\",\"room\":\"b\"}", "Line 2, byte 10: the escape \\udc00 is half of a surrogate pair.", "1", "b")]
    [InlineData("{\"id\":1,\"id\":2,\"op\":\"ping\"}", "'id' may be given once.", "", null)]
    public void Id_and_room_come_back_as_far_as_they_can_be_read(string text, string? detail, string id, string? room)
    {
        Assert.False(ClientFrameReader.TryRead(Encoding.UTF8.GetBytes(text), out _, out FrameFault fault));
        Assert.Equal((id, room), (Text(fault.Id.Json.Span), fault.Room));
        if (detail is not null)
        {
            Assert.Equal(detail, fault.Detail);
        }

        using var frame = JsonDocument.Parse(fault.ToFrame());
        Assert.Equal(id.Length > 0, frame.RootElement.TryGetProperty("id", out JsonElement echoed));
        if (id.Length > 0)
        {
            Assert.Equal(id, echoed.GetRawText());
        }
    }

    [Fact]
    public void An_id_has_up_to_sixty_four_characters()
    {
        foreach (string character in (string[])["x", "é", "\\u00e9", "\\\""])
        {
            Read($$"""{"op":"ping","id":"{{Repeat(character, 64)}}"}""");
            Expect($$"""{"op":"ping","id":"{{Repeat(character, 65)}}"}""", ErrorCode.FrameInvalid, "id", hasId: false);
        }

        Read($$"""{"op":"ping","id":"{{Repeat("\ud83d\ude00", 32)}}"}""");
        Expect($$"""{"op":"ping","id":"{{Repeat("\ud83d\ude00", 33)}}"}""", ErrorCode.FrameInvalid, "id", hasId: false);
        Read($$"""{"op":"ping","id":{{Repeat("1", 64)}}}""");
        Expect($$"""{"op":"ping","id":{{Repeat("1", 65)}}}""", ErrorCode.FrameInvalid, "id", hasId: false);
    }

    [Theory]
    [InlineData("publish", "data")]
    [InlineData("ping", "x")]
    [InlineData("ping", "rooms")]
    public void A_frame_is_sixty_four_levels_deep_below_itself(string op, string field)
    {
        Read($$"""{"op":"{{op}}","room":"a","{{field}}":{{Repeat("[", 64)}}{{Repeat("]", 64)}}}""");
        Expect($$"""{"id":1,"op":"{{op}}","room":"a","{{field}}":{{Repeat("[", 65)}}{{Repeat("]", 65)}}}""", ErrorCode.DataDepth, field == "x" ? null : field, hasId: true);
    }

    [Fact]
    public void Octets_that_are_not_UTF8_are_refused()
    {
        byte[] text = Encoding.UTF8.GetBytes("""{"op":"ping","x":"?"}""");
        text[18] = 0xff;
        Assert.False(ClientFrameReader.TryRead(text, out _, out FrameFault fault));
        Assert.Equal((ErrorCode.DataUtf8, "Line 1, byte 19: what begins here is not UTF-8."), (fault.Code, fault.Detail));
    }

    [Fact]
    public void A_session_that_cannot_be_one_is_none()
    {
        Assert.Null(Session("a b"));
        Assert.Null(Session(""));
        Assert.Null(Session("\\ud800"));
        Assert.Null(Session(Repeat("x", 513)));
        Assert.Equal(Repeat("x", 512), Session(Repeat("x", 512)));

        static string? Session(string text) => Assert.IsType<HelloFrame>(Read($$"""{"op":"hello","session":"{{text}}"}""")).Session;
    }

    [Fact]
    public void Many_rooms_keep_their_order_and_none_comes_twice()
    {
        string[] names = [.. Enumerable.Range(0, 300).Select(static i => $"\"r{i}\":\"now\"")];
        HelloFrame hello = Assert.IsType<HelloFrame>(Read($$$"""{"op":"hello","rooms":{{{{string.Join(',', names)}}}}}"""));
        Assert.Equal(Enumerable.Range(0, 300).Select(static i => $"r{i}"), hello.Rooms.Select(static join => join.Room.ToString()));
        foreach (int again in (int[])[0, 5, 8, 299])
        {
            Expect($$$"""{"op":"hello","rooms":{{{{string.Join(',', [.. names, names[again]])}}}}}""", ErrorCode.FrameInvalid, $"rooms.r{again}", hasId: false);
        }
    }

    [Fact]
    public void Whatever_is_sent_is_a_frame_or_a_fault_that_can_be_told()
    {
        Gen<byte[]> frames = Gen.OneOf([.. Ops.Select(static op => Encoding.UTF8.GetBytes($$$"""{"op":"{{{op.Op}}}","id":"\u0041é",{{{string.Join(',', op.Fields.Append("\"x\":{\"a\":[1,\"\\ud83d\\ude00\"]}"))}}}}"""))]);
        Gen<(int At, int Cut, byte[] With)[]> changes = Gen.Select(Gen.Int[0, 400], Gen.Int[0, 3], Gen.OneOf(Gen.Byte.Array[0, 3], Gen.OneOf("\"", "{", "}", ":", ",", "\\u", "\\ud800", "null", "rooms", "[", "1e9").Select(Encoding.UTF8.GetBytes))).Array[1, 6];
        Gen.Select(frames, changes).Sample(static (frame, changes) =>
        {
            byte[] text = frame;
            foreach ((int at, int cut, byte[] with) in changes)
            {
                int start = at % (text.Length + 1);
                text = [.. text[..start], .. with, .. text[Math.Min(text.Length, start + cut)..]];
            }

            if (!ClientFrameReader.TryRead(text, out ClientFrame? read, out FrameFault fault))
            {
                using var told = JsonDocument.Parse(fault.ToFrame());
                return read is null && told.RootElement.GetProperty("code").GetString() == fault.Code.Code;
            }

            return read is not null;
        }, iter: 30_000);
    }

    private static ClientFrame Read(string text)
    {
        Assert.True(ClientFrameReader.TryRead(Encoding.UTF8.GetBytes(text), out ClientFrame? frame, out FrameFault fault), $"{text}: {fault}");
        return frame!;
    }

    private static void Expect(string text, ErrorCode code, string? field, bool hasId)
    {
        Assert.False(ClientFrameReader.TryRead(Encoding.UTF8.GetBytes(text), out _, out FrameFault fault), text);
        Assert.Equal((text, code.Code, field), (text, fault.Code.Code, fault.Field));
        Assert.Equal((text, hasId), (text, !fault.Id.IsNone));
    }

    private static Position At(string text) => Position.TryParse(text, out Position position) ? position : throw new ArgumentException(text);

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    private static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);
}
