using Godwit.Access;
using Godwit.Rooms;

namespace Godwit.Tests.Sessions;

/// <summary>What a session does with the rights of its caller.</summary>
public sealed class SessionAccessTests
{
    private const string Short = """{"op":"publish","room":"chat","data":1,"key":"order-17"}""";

    [Fact]
    public void A_short_key_is_taken_of_a_user_and_refused_of_someone_unknown()
    {
        using var known = new SessionClient(caller: User(Rights.Publish));
        Assert.Equal("reply", SessionClient.Op(known.Hello().Ask(Short)));

        using var open = new SessionClient(caller: Caller.Unchecked);
        Assert.Equal("key.weak", SessionClient.Code(open.Hello().Ask(Short)));
    }

    [Theory]
    [InlineData("""{"op":"join","room":"chat"}""", Rights.Read)]
    [InlineData("""{"op":"join","room":"chat","last":1}""", Rights.Read | Rights.History)]
    [InlineData("""{"op":"publish","room":"chat","data":1}""", Rights.Publish)]
    [InlineData("""{"op":"read","room":"chat","last":1}""", Rights.Read | Rights.History)]
    [InlineData("""{"op":"members","room":"chat"}""", Rights.Presence)]
    [InlineData("""{"op":"members","room":"team:1","state":1}""", Rights.Presence)]
    [InlineData("""{"op":"join","room":"team:1","present":true}""", Rights.Read | Rights.Presence)]
    [InlineData("""{"op":"join","room":"team:1","present":false}""", Rights.Read | Rights.Presence)]
    [InlineData("""{"op":"request","room":"chat","event":"e"}""", Rights.Publish)]
    public void A_frame_takes_its_rights_and_no_other(string frame, Rights need)
    {
        using var without = new SessionClient(caller: User(Rights.All & ~need));
        Assert.Equal("access.denied", SessionClient.Code(without.Hello().Ask(frame)));

        using var with = new SessionClient(caller: User(need));
        List<System.Text.Json.JsonElement> answers = with.Hello().Send(frame);
        Assert.DoesNotContain(answers, static answer => SessionClient.Op(answer) == "error" && SessionClient.Code(answer) == "access.denied");
    }

    [Fact]
    public void A_member_says_whose_session_it_is()
    {
        using var client = new SessionClient(caller: User(Rights.All));
        System.Text.Json.JsonElement members = client.Hello().Send("""{"op":"join","room":"team:1","present":true}""").Single(static frame => SessionClient.Op(frame) == "members");

        Assert.Equal("alice", members.GetProperty("members")[0].GetProperty("user").GetString());
    }

    [Fact]
    public void Without_the_right_a_member_is_told_so_is_none_any_more_and_reads_on()
    {
        using var client = new SessionClient(caller: User(Rights.All));
        client.Hello().Join(true);
        client.Connection.Become(User(Rights.Read | Rights.Publish), client.Access);

        System.Text.Json.JsonElement told = Assert.Single(client.Receive());
        Assert.Equal(("access.denied", "team:1"), (SessionClient.Code(told), told.GetProperty("room").GetString()));
        Assert.Equal(0, client.Rooms.Attendances.Count);
        Assert.Equal(0, client.Presence.Rosters);
        Assert.Contains(client.Send("""{"op":"publish","room":"team:1","data":1}"""), static frame => SessionClient.Op(frame) == "entry");
    }

    [Fact]
    public void An_entry_says_who_published_it()
    {
        using var client = new SessionClient(caller: User(Rights.All));
        client.Hello().Send("""{"op":"join","room":"chat"}""");

        List<System.Text.Json.JsonElement> frames = client.Send("""{"op":"publish","room":"chat","data":1}""");

        Assert.Equal("alice", frames.Single(static frame => SessionClient.Op(frame) == "entry").GetProperty("from").GetString());
    }

    [Fact]
    public void Without_the_right_to_the_past_a_position_that_proves_nothing_leads_to_the_newest_entry()
    {
        using var client = new SessionClient(caller: User(Rights.Read | Rights.Publish));
        client.Hello();
        string joined = client.Ask("""{"op":"join","room":"chat"}""").GetProperty("position").GetString()!;
        string second = "";
        for (int i = 1; i <= 3; i++)
        {
            second = client.Send($$"""{"op":"publish","room":"chat","data":{{i}}}""").First(static frame => SessionClient.Op(frame) == "entry").GetProperty("position").GetString()!;
        }

        // That before the first entry has no mark that was drawn, so anybody who knows the epoch could write it.
        System.Text.Json.JsonElement made = client.Ask($$"""{"op":"join","room":"chat","after":"{{joined}}"}""");
        Assert.Equal("gap", made.GetProperty("verdict").GetString());
        Assert.Equal(3, made.GetProperty("missing").GetProperty("to").GetInt64());
        Assert.Equal(second, made.GetProperty("position").GetString());

        System.Text.Json.JsonElement proved = client.Ask($$"""{"op":"join","room":"chat","after":"{{second}}"}""");
        Assert.Equal("ok", proved.GetProperty("verdict").GetString());
    }

    private static Caller User(Rights rights) => new()
    {
        Kind = CallerKind.Token,
        User = "alice",
        Grants = new Grants([new Grant(RoomPattern.Everything, rights)]),
    };
}
