using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.Brokers;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Godwit.Server.Tests.Http;

public class RoomQueryTests
{
    private static readonly string P = RecordingBroker.Position.ToString();
    private static readonly string Q = (RecordingBroker.Position with { Offset = 7 }).ToString();

    [Fact]
    public void Without_parameters_a_poll_gets_the_newest_entries_and_a_stream_begins_now()
    {
        Assert.Equal(ReadFrom.Last(100), Read("").From);
        Assert.Equal(ReadFrom.Last(7), Read("?limit=7").From);
        Assert.Equal(ReadFrom.Now, Read("", TransportKind.ServerSentEvents).From);
        Assert.Equal(ReadFrom.Now, Read("?limit=7", TransportKind.HttpStreaming).From);
        Assert.Equal(ReadFrom.Now, Read("", TransportKind.WebSocket).From);
    }

    [Theory]
    [InlineData("?wait=0", 0.0)]
    [InlineData("?wait=0.25", 0.25)]
    [InlineData("?wait=30", 30.0)]
    [InlineData("?wait=55.001", 55.0)]
    [InlineData("?wait=99999999999999999999999999", 55.0)]
    public void With_wait_a_poll_begins_now_and_is_held_up_to_the_cap(string query, double seconds)
    {
        RoomRequest asked = Read(query);
        Assert.Equal(ReadFrom.Now, asked.From);
        Assert.Equal(TimeSpan.FromSeconds(seconds), asked.Wait);
        Assert.Equal("&" + query[1..], asked.LinkParameters);
    }

    [Fact]
    public void After_is_a_position_or_now_or_start()
    {
        Assert.Equal(ReadFrom.After(RecordingBroker.Position), Read($"?after={P}").From);
        Assert.Equal(ReadFrom.Now, Read("?after=now").From);
        Assert.Equal(ReadFrom.Start, Read("?after=start&wait=1").From);
        Assert.Null(Read("?after=now").Wait);
    }

    [Fact]
    public void Last_and_before_are_read()
    {
        Assert.Equal(ReadFrom.Last(1000), Read("?last=1000").From);
        RoomRequest page = Read($"?before={P}&limit=20");
        Assert.Equal(ReadFrom.Before(RecordingBroker.Position), page.From);
        Assert.True(page.Backwards);
        Assert.Equal(20, page.Limit);
        Assert.Equal("&limit=20", page.LinkParameters);
    }

    [Fact]
    public void Links_repeat_limit_and_wait_as_they_were_given_and_nothing_else() =>
        Assert.Equal("&limit=010&wait=00.50", Read($"?after={P}&wait=00.50&x=1&full&limit=010").LinkParameters);

    [Theory]
    [InlineData("?full&text", true)]
    [InlineData("?full=&text=", true)]
    [InlineData("?full=1&text=true", true)]
    [InlineData("?full=0&text=false", false)]
    [InlineData("", false)]
    public void Flags_may_stand_alone(string query, bool expected)
    {
        RoomRequest asked = Read(query, TransportKind.WebSocket);
        Assert.Equal((expected, expected), (asked.Full, asked.Text));
    }

    [Fact]
    public void Names_and_values_are_percent_decoded_and_unknown_parameters_ignored() =>
        Assert.Equal(ReadFrom.After(RecordingBroker.Position), Read($"?a=1&a=2&b=&%61fter={P.Replace("-", "%2D", StringComparison.Ordinal)}&After=x").From);

    [Theory]
    [InlineData("?after=x", "position.invalid")]
    [InlineData("?after=NOW", "position.invalid")]
    [InlineData("?before=now", "position.invalid")]
    [InlineData("?last=0", "last.invalid")]
    [InlineData("?last=1001", "last.invalid")]
    [InlineData("?last=-1", "last.invalid")]
    [InlineData("?last=1.0", "last.invalid")]
    [InlineData("?limit=0", "limit.invalid")]
    [InlineData("?limit=1001", "limit.invalid")]
    [InlineData("?limit=1%00", "limit.invalid")] // It would stand in the link to the next page.
    [InlineData("?last=1%00%00", "last.invalid")]
    [InlineData("?wait=1%00", "wait.invalid")]
    [InlineData("?limit=99999999999", "limit.invalid")]
    [InlineData("?limit=%201", "limit.invalid")]
    [InlineData("?wait=-1", "wait.invalid")]
    [InlineData("?wait=1e3", "wait.invalid")]
    [InlineData("?wait=.5", "wait.invalid")]
    [InlineData("?wait=5.", "wait.invalid")]
    [InlineData("?wait=1,5", "wait.invalid")]
    [InlineData("?wait=NaN", "wait.invalid")]
    [InlineData("?wait=30s", "wait.invalid")]
    [InlineData("?full=yes", "parameter.invalid")]
    [InlineData("?after=", "parameter.empty")]
    [InlineData("?after", "parameter.empty")]
    [InlineData("?wait=", "parameter.empty")]
    [InlineData("?limit", "parameter.empty")]
    [InlineData("?wait=1&wait=1", "parameter.repeated")]
    [InlineData("?full&full", "parameter.repeated")]
    [InlineData("?after=now&last=1", "parameter.conflict")]
    public void What_breaks_a_rule_is_refused_by_its_code(string query, string code)
    {
        Problem problem = Refused(query);
        Assert.Equal(code, problem.Code.Code);
        Assert.NotNull(problem.Detail);
    }

    [Fact]
    public void Before_excludes_other_beginnings_waiting_and_streams()
    {
        Assert.Equal("parameter.conflict", Refused($"?before={P}&after={Q}").Code.Code);
        Assert.Equal("parameter.conflict", Refused($"?before={P}&last=1").Code.Code);
        Assert.Equal("parameter.conflict", Refused($"?before={P}&wait=0").Code.Code);
        Assert.Equal("parameter.conflict", Refused($"?before={P}", TransportKind.ServerSentEvents).Code.Code);
        Assert.Equal("parameter.conflict", Refused($"?before={P}", TransportKind.HttpStreaming).Code.Code);
        Assert.Equal("parameter.conflict", Refused($"?before={P}", TransportKind.WebSocket).Code.Code);
        Assert.Equal("parameter.conflict", Refused($"?before={P}", TransportKind.ServerSentEvents, Q).Code.Code);
    }

    [Fact]
    public void Last_Event_ID_wins_on_an_event_stream_alone()
    {
        ReadFrom there = ReadFrom.After(RecordingBroker.Position with { Offset = 7 });
        Assert.Equal(there, Read("", TransportKind.ServerSentEvents, Q).From);
        Assert.Equal(there, Read($"?after={P}", TransportKind.ServerSentEvents, Q).From);
        Assert.Equal(there, Read("?last=5", TransportKind.ServerSentEvents, Q).From);
        Assert.Equal(ReadFrom.Last(5), Read("?last=5", TransportKind.ServerSentEvents, "").From);
        Assert.Equal(ReadFrom.Last(5), Read("?last=5", TransportKind.HttpStreaming, Q).From);
        Assert.Equal(ReadFrom.Last(5), Read("?last=5", TransportKind.Polling, "x").From);
        Assert.Equal("position.invalid", Refused("", TransportKind.ServerSentEvents, "now").Code.Code);
        Assert.Equal("position.invalid", Refused("", TransportKind.ServerSentEvents, new StringValues([Q, Q])).Code.Code);
    }

    private static RoomRequest Read(string query, TransportKind transport = TransportKind.Polling, StringValues lastEventId = default)
    {
        Assert.True(TryRead(query, transport, lastEventId, out RoomRequest? asked, out Problem problem), problem.Detail);
        Assert.Equal((RoomName.Parse("lobby"), transport), (asked!.Room, asked.Transport));
        return asked;
    }

    private static Problem Refused(string query, TransportKind transport = TransportKind.Polling, StringValues lastEventId = default)
    {
        Assert.False(TryRead(query, transport, lastEventId, out RoomRequest? asked, out Problem problem));
        Assert.Null(asked);
        return problem;
    }

    private static bool TryRead(string query, TransportKind transport, StringValues lastEventId, out RoomRequest? asked, out Problem problem)
    {
        var context = new DefaultHttpContext();
        context.Request.QueryString = new QueryString(query);
        if (lastEventId.Count > 0)
        {
            context.Request.Headers["Last-Event-ID"] = lastEventId;
        }

        return RoomQuery.TryRead(context.Request, RoomName.Parse("lobby"), transport, TimeSpan.FromSeconds(55), out asked, out problem);
    }
}
