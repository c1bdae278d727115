using Godwit.Protocol;
using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Probes;

/// <summary>What a probe takes from a session and what it does not look past.</summary>
public sealed class SessionFramesTests
{
    private const string Welcome = """{"op":"welcome","session":"s","resumed":false,"heartbeat":25000}""";
    private const string P = "AAAAAAAAAAB-3-00000c";
    private const string Q = "AAAAAAAAAAB-4-00000d";

    [Fact]
    public void A_welcome_is_kept_and_the_rooms_frames_are_handed_out()
    {
        SessionFrames frames = Frames();
        Assert.Null(frames.Read(Welcome, 0));
        Assert.Equal(new SessionWelcome("s", false), frames.Welcome);
        Assert.Equal("a", frames.Read(Joined("a"), 0)?.Room);
        Assert.Equal(4, frames.Read(Entry("a"), 0)?.Offset);
        Assert.Equal("b", frames.Read(Joined("b"), 0)?.Room);
        ProbeFrame reply = frames.Read($$"""{"op":"reply","id":"x","position":"{{P}}","duplicate":true}""", 0)!;
        Assert.Equal((ProbeFrameKind.Reply, "\"x\"", P, true), (reply.Kind, reply.Id, reply.Position, reply.Duplicate));
    }

    [Fact]
    public void Frames_that_come_out_of_turn_are_told()
    {
        Assert.Throws<ContractException>(() => Frames().Read(Joined("a"), 0));
        AssertBreach(Welcome, Welcome);
        AssertBreach(Welcome, Entry("a"));
        AssertBreach(Welcome, Joined("c"));
        AssertBreach(Welcome, Joined("a"), Joined("a"));
        AssertBreach(Welcome, Joined("b"), Entry("a"));
        AssertBreach(Welcome, """{"op":"surprise"}""");
    }

    [Theory]
    [InlineData("""{"op":"welcome","session":"","resumed":false,"heartbeat":1}""")]
    [InlineData("""{"op":"welcome","session":"a b","resumed":false,"heartbeat":1}""")]
    [InlineData("""{"op":"welcome","session":"s","heartbeat":1}""")]
    [InlineData("""{"op":"welcome","session":"s","resumed":"no","heartbeat":1}""")]
    [InlineData("""{"op":"welcome","session":"s","resumed":false}""")]
    [InlineData("""{"op":"welcome","session":"s","resumed":false,"heartbeat":0}""")]
    [InlineData("""{"op":"welcome","session":"s","resumed":false,"heartbeat":1,"expires":"soon"}""")]
    public void A_welcome_that_breaks_the_contract_is_told(string raw)
    {
        Assert.Throws<ContractException>(() => Frames().Read(raw, 0));
    }

    [Fact]
    public void An_answer_is_a_verdict_for_each_room_and_then_entries()
    {
        SessionAnswer answer = Read(Answer($"{Joined("a")},{Joined("b")},{Entry("a")}", $$"""{"a":"{{Q}}","b":"{{P}}"}"""));
        Assert.Equal(
            [(ProbeFrameKind.Answer, "a"), (ProbeFrameKind.Answer, "b"), (ProbeFrameKind.Entry, "a")],
            answer.Frames.Select(frame => (frame.Kind, frame.Room)));
        Assert.Equal(($$"""{"a":"{{Q}}","b":"{{P}}"}""", new SessionWelcome("s", true)), (answer.Rooms, answer.Welcome));
    }

    [Fact]
    public void A_room_that_cannot_be_read_has_its_error_and_no_position()
    {
        const string error = """{"op":"error","room":"a","code":"store.away","title":"t"}""";
        SessionAnswer answer = Read(Answer($"{error},{Joined("b")}", $$"""{"b":"{{P}}"}"""));
        Assert.Equal([ErrorCode.StoreAway.Code, null], answer.Frames.Select(frame => frame.Code));
    }

    [Fact]
    public void A_room_that_cannot_be_read_may_keep_the_position_that_was_presented()
    {
        const string error = """{"op":"error","room":"a","code":"token.revoked","title":"t"}""";
        string raw = Answer($"{error},{Joined("b")}", $$"""{"a":"{{P}}","b":"{{P}}"}""");
        Assert.Equal(2, SessionAnswer.Read(raw, $$"""{"a":"{{P}}","b":"now"}""", 0, first: false).Frames.Count);
        Assert.Throws<ContractException>(() => SessionAnswer.Read(raw, $$"""{"a":"{{Q}}","b":"now"}""", 0, first: false));
    }

    [Fact]
    public void An_answer_that_breaks_the_contract_is_told()
    {
        string both = $$"""{"a":"{{P}}","b":"{{P}}"}""";

        // A verdict that is not there, one in another place, an entry before the verdicts, one of another room.
        AssertBreach(Joined("a"), $$"""{"a":"{{P}}"}""");
        AssertBreach($"{Joined("b")},{Joined("a")}", both);
        AssertBreach($"{Joined("a")},{Entry("a")},{Joined("b")}", $$"""{"a":"{{Q}}","b":"{{P}}"}""");
        AssertBreach($"{Joined("a")},{Joined("b")},{Entry("c")}", both);

        // Positions that are not those of the frames.
        AssertBreach($"{Joined("a")},{Joined("b")},{Entry("a")}", both);
        AssertBreach($"{Joined("a")},{Joined("b")}", $$"""{"a":"{{P}}"}""");
        AssertBreach($"{Joined("a")},{Joined("b")}", $$"""{"a":"{{P}}","b":"{{P}}","c":"{{P}}"}""");

        static void AssertBreach(string frames, string rooms) => Assert.Throws<ContractException>(() => Read(Answer(frames, rooms)));
    }

    [Fact]
    public void An_entry_of_a_channel_of_its_own_may_overtake_all_but_is_of_a_room_that_was_asked_for()
    {
        var frames = new SessionFrames(Rooms, mayOvertake: true);
        Assert.Equal(4, frames.Read(Entry("a"), 0)?.Offset);
        Assert.Throws<ContractException>(() => frames.Read(Entry("c"), 0));
        Assert.Throws<ContractException>(() => frames.Read(Joined("a"), 0));
    }

    [Fact]
    public void Rooms_are_asked_for_with_the_delivery_latest_wherever_they_begin()
    {
        var rooms = new SessionRooms([new("a", ProbeStart.Now), new("b", ProbeStart.Last(2)), new("c", ProbeStart.Unsaid), new("d", ProbeStart.After(P))]);
        Assert.Equal(
            $$$"""{"a":{"after":"now","delivery":"latest"},"b":{"last":2,"delivery":"latest"},"c":{"delivery":"latest"},"d":{"after":"{{{P}}}","delivery":"latest"}}""",
            rooms.Latest);
    }

    private static SessionRooms Rooms => new([new("a", ProbeStart.Now), new("b", ProbeStart.Now)]);

    private static SessionFrames Frames() => new(new SessionRooms([new("a", ProbeStart.Now), new("b", ProbeStart.Now)]));

    private static string Joined(string room) => $$"""{"op":"joined","room":"{{room}}","position":"{{P}}","verdict":"ok"}""";

    private static string Entry(string room) => $$"""{"op":"entry","room":"{{room}}","position":"{{Q}}","offset":4,"event":"message","data":1,"time":5}""";

    private static string Answer(string frames, string rooms) => $$"""{"session":"s","resumed":true,"rooms":{{rooms}},"replies":[],"frames":[{{frames}}]}""";

    private static SessionAnswer Read(string raw) => SessionAnswer.Read(raw, """{"a":"now","b":"now"}""", 0, first: false);

    private static void AssertBreach(params string[] texts)
    {
        SessionFrames frames = Frames();
        foreach (string text in texts[..^1])
        {
            frames.Read(text, 0);
        }

        Assert.Throws<ContractException>(() => frames.Read(texts[^1], 0));
    }
}
