using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Transports;

/// <summary>What a session that asks for a room wrongly gets: the same code over every transport, and no room is harmed by another.</summary>
public sealed class SessionRefusalTests(SharedServer shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<Via, string, string> Starts()
    {
        (string After, string Code)[] starts =
        [
            ("17", "position.invalid"),
            ("", "position.invalid"),
            ("\0", "position.invalid"),
            ("AAAAAAAAAAB-01-000000", "position.invalid"),
            ("AAAAAAAAAAB-9007199254740992-000000", "position.invalid"),
            ("NOW", "position.invalid"),
        ];
        var data = new TheoryData<Via, string, string>();
        int turn = 0;
        foreach ((string after, string code) in starts)
        {
            foreach (Via via in Over.Turn(turn++).Where(via => via.Probe().IsSession()))
            {
                data.Add(via, after, code);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Starts))]
    public async Task A_position_that_is_none_is_refused_with_its_code(Via via, string after, string code)
    {
        await using ReaderProbe reader = via.Open(shared.Room(), ProbeStart.After(after));
        await AssertRefusedAsync(reader, code);
    }

    [Theory]
    [MemberData(nameof(Over.Sessions), MemberType = typeof(Over))]
    public async Task A_last_that_is_out_of_range_is_refused(Via via)
    {
        foreach (int last in (int[])[0, -1, 1001])
        {
            await using ReaderProbe reader = via.Open(shared.Room(), ProbeStart.Last(last));
            await AssertRefusedAsync(reader, "last.invalid");
        }
    }

    [Theory]
    [MemberData(nameof(Over.Sessions), MemberType = typeof(Over))]
    public async Task A_name_that_is_none_is_refused(Via via)
    {
        foreach (string name in (string[])["a b", "a/b", "größe", new string('x', 201), "a+b", "a\u0001b", "a%41", "", ".", ".."])
        {
            await using ReaderProbe reader = via.Open(shared.Room() with { Room = name }, ProbeStart.Unsaid);
            await AssertRefusedAsync(reader, "room.invalid");
        }
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Tls)]
    [InlineData(Carrier.H2c)]
    public async Task A_hello_that_asks_for_one_room_wrongly_is_not_carried_out_and_another_one_is(Carrier carrier)
    {
        ProbeTarget target = shared.Room();
        var rooms = new SessionRooms([new(target.Room, ProbeStart.Now), new(shared.Room().Room, ProbeStart.Last(0))]);
        await using var reader = (SessionWebSocketReader)Via.SessionWebSocket.Over(carrier).Open(target, rooms);
        Assert.Equal("last.invalid", (await reader.NextAsync(ProbeFrameKind.Error)).Code);
        Assert.Null(reader.Welcome);

        await reader.SendAsync($"{{\"op\":\"hello\",\"rooms\":{{\"{target.Room}\":\"start\"}}}}", Cancel);

        Assert.Equal(target.Room, (await reader.JoinAsync()).Room);
        await reader.AssertNothingElseAsync();
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Tls)]
    [InlineData(Carrier.H2c)]
    public async Task A_handshake_that_offers_other_subprotocols_alone_is_refused(Carrier carrier)
    {
        ProbeTarget target = shared.Room().Over(carrier);
        using var connection = new ProbeConnection(target);
        (WebSocketWire? wire, HttpResponseMessage answer) = await WebSocketHandshake.ConnectAsync(connection, target.SessionAddress, target.Carrier, "godwit.v0", Cancel);
        using HttpResponseMessage refusal = answer;
        Assert.Null(wire);
        ProbeFrame problem = ProbeFrameParser.Problem(await ProbeConnection.TextAsync(refusal, Cancel), (int)refusal.StatusCode, refusal.Content.Headers.ContentType?.MediaType, 0);
        Assert.Equal((400, "handshake.subprotocol"), (problem.Status, problem.Code));
    }

    [Theory]
    [MemberData(nameof(Over.Sessions), MemberType = typeof(Over))]
    public async Task A_token_that_is_forged_begins_a_session_and_a_good_one_resumes_it_over_every_transport(Via via)
    {
        ProbeTarget target = shared.Room();
        await using ReaderProbe first = via.Open(target with { Session = "forged" }, ProbeStart.Now);
        await first.JoinAsync();
        SessionWelcome begun = ((ISessionReader)first).Welcome!;
        Assert.False(begun.Resumed);

        foreach (Via next in Over.Turn((int)via).Where(next => next.Probe().IsSession()))
        {
            await using ReaderProbe reader = next.Open(target with { Session = begun.Session }, ProbeStart.Now);
            await reader.JoinAsync();
            Assert.True(((ISessionReader)reader).Welcome!.Resumed);
        }
    }

    /// <summary>On a WebSocket and a data channel the <c>hello</c> is not carried out and the connection lives; an exchange is 400 as a whole.</summary>
    private static async Task AssertRefusedAsync(ReaderProbe reader, string code)
    {
        ProbeFrame refusal = await reader.NextAsync(ProbeFrameKind.Error);
        Assert.Equal(code, refusal.Code);
        if (reader is ISessionSender session)
        {
            await session.SendAsync("{\"op\":\"hello\"}", Cancel);
            await session.SendAsync("{\"op\":\"publish\",\"id\":7,\"room\":\"a\",\"data\":1}", Cancel);
            Assert.Equal("7", (await reader.NextAsync(ProbeFrameKind.Reply)).Id);
        }
        else
        {
            Assert.Equal(400, refusal.Status);
            await reader.NextAsync(ProbeFrameKind.End);
        }
    }
}
