using System.Text.Json;
using Godwit.Protocol;
using static Godwit.Tests.Sessions.SessionClient;

namespace Godwit.Tests.Sessions;

public sealed class SessionTests
{
    [Fact]
    public void Hello_is_welcomed_before_each_of_its_rooms_is_joined()
    {
        using var client = new SessionClient();
        List<JsonElement> frames = client.Send("""{"op":"hello","id":7,"rooms":{"b":"now","a":{"last":3}}}""");
        Assert.Equal(["welcome", "joined", "joined"], frames.Select(Op));
        Assert.Equal(7, frames[0].GetProperty("id").GetInt32());
        Assert.False(frames[0].GetProperty("resumed").GetBoolean());
        Assert.Equal(25_000, frames[0].GetProperty("heartbeat").GetInt32());
        Assert.Equal(["b", "a"], frames[1..].Select(frame => frame.GetProperty("room").GetString()));
        Assert.All(frames[1..], frame => Assert.False(frame.TryGetProperty("id", out _)));
    }

    [Fact]
    public void A_session_that_is_presented_again_goes_on()
    {
        using var client = new SessionClient();
        string token = client.Send("""{"op":"hello"}""")[0].GetProperty("session").GetString()!;
        using var again = new SessionClient(rooms: client.Rooms);
        Assert.True(again.Send($$"""{"op":"hello","session":"{{token}}"}""")[0].GetProperty("resumed").GetBoolean());
        using var forged = new SessionClient(rooms: client.Rooms);
        Assert.False(forged.Send($$"""{"op":"hello","session":"{{token[..^2]}}xx"}""")[0].GetProperty("resumed").GetBoolean());
    }

    [Theory]
    [InlineData("""{"op":"ping","id":1}""")]
    [InlineData("""{"op":"join","id":1,"room":"lobby"}""")]
    public void Whatever_comes_before_hello_is_unexpected_and_the_connection_lives(string frame)
    {
        using var client = new SessionClient();
        JsonElement error = client.Ask(frame);
        Assert.Equal("op.unexpected", Code(error));
        Assert.Equal(1, error.GetProperty("id").GetInt32());
        Assert.Equal("op", error.GetProperty("field").GetString());
        client.Hello();
    }

    [Fact]
    public void A_second_hello_is_unexpected()
    {
        using SessionClient client = new SessionClient().Hello();
        Assert.Equal("op.unexpected", Code(client.Ask("""{"op":"hello"}""")));
    }

    [Fact]
    public void A_client_that_does_not_say_hello_within_5_seconds_is_closed()
    {
        using var client = new SessionClient();
        client.Rooms.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Empty(client.Receive());
        client.Rooms.Advance(TimeSpan.FromSeconds(0.3));
        JsonElement close = Assert.Single(client.Receive());
        Assert.Equal(ErrorCode.HelloTimeout.Close, close.GetProperty("code").GetInt32());
        Assert.Equal("hello.timeout", close.GetProperty("reason").GetString());
    }

    [Fact]
    public void Who_said_hello_is_not_closed_for_it()
    {
        using SessionClient client = new SessionClient().Hello();
        client.Rooms.Advance(TimeSpan.FromSeconds(10));
        Assert.Empty(client.Receive());
    }

    [Fact]
    public async Task Who_said_hello_in_time_is_not_closed_because_the_store_takes_long_over_the_keys()
    {
        using var client = new SessionClient();
        var keys = new TaskCompletionSource();
        client.Rooms.Store.BeforeKeys = () => keys.Task;
        Task<bool> hello = client.Begin("""{"op":"hello"}""");
        client.Rooms.Queue.RunAll();
        client.Rooms.Advance(TimeSpan.FromSeconds(6));
        Assert.Empty(client.Receive());
        keys.SetResult();
        Assert.True(await hello);
        Assert.Equal("welcome", Op(Assert.Single(client.Receive())));
    }

    [Fact]
    public void Entries_of_every_joined_room_arrive_and_those_of_others_do_not()
    {
        using SessionClient client = new SessionClient().Hello(""","rooms":{"a":"now","b":"now"}""");
        client.Rooms.Publish(RoomName.Parse("a"));
        client.Rooms.Publish(RoomName.Parse("c"));
        client.Rooms.Publish(RoomName.Parse("b"));
        Assert.Equal(["a", "b"], client.Receive().Select(frame => frame.GetProperty("room").GetString()).Order());
    }

    [Fact]
    public void A_client_that_was_slow_gets_the_newest_entry_alone_of_rooms_that_it_joined_so_or_whose_policy_says_so()
    {
        using SessionClient client = new SessionClient().Hello(""","rooms":{"price:a":"now","b":{"after":"now","delivery":"latest"},"price:c":{"after":"now","delivery":"all"}}""");
        client.Outlet.Take = static _ => 3;
        for (int i = 0; i < 5; i++)
        {
            foreach (string room in new[] { "price:a", "b", "price:c" })
            {
                client.Rooms.Publish(RoomName.Parse(room));
            }
        }

        client.Rooms.Queue.RunAll();
        foreach (string room in new[] { "price:a", "b", "price:c" })
        {
            client.Rooms.Publish(RoomName.Parse(room), 20);
        }

        client.Outlet.Take = null;
        client.Outlet.Let();
        ILookup<string, long> offsets = client.Receive().ToLookup(static frame => frame.GetProperty("room").GetString()!, static frame => frame.GetProperty("offset").GetInt64());
        Assert.Equal(25, offsets["price:a"].Last());
        Assert.Equal(25, offsets["b"].Last());
        Assert.InRange(offsets["price:a"].Count(), 1, 2);
        Assert.InRange(offsets["b"].Count(), 1, 2);
        Assert.Equal(Enumerable.Range(1, 25).Select(static i => (long)i), offsets["price:c"]);
    }

    [Fact]
    public void However_many_rooms_there_are_only_those_with_something_to_send_are_looked_at()
    {
        using SessionClient client = new SessionClient(maxRooms: 500).Hello();
        for (int i = 0; i < 500; i++)
        {
            client.Ask($$"""{"op":"join","room":"r{{i}}"}""");
        }

        client.Rooms.Publish(RoomName.Parse("r7"));
        client.Receive();
        client.Rooms.Publish(RoomName.Parse("r7"));
        Assert.Equal("r7", Assert.Single(client.Receive()).GetProperty("room").GetString());
        Assert.InRange(client.Connection.DueRooms, 0, 1);
    }

    [Fact]
    public void After_left_no_entry_of_the_room_comes()
    {
        using SessionClient client = new SessionClient().Hello(""","rooms":{"a":"now"}""");
        JsonElement left = client.Ask("""{"op":"leave","id":"x","room":"a"}""");
        Assert.Equal("""{"op":"left","id":"x","room":"a"}""", left.GetRawText());
        client.Rooms.Publish(RoomName.Parse("a"));
        Assert.Empty(client.Receive());
        Assert.Equal("room.not_joined", Code(client.Ask("""{"op":"leave","room":"a"}""")));
    }

    [Fact]
    public void Joining_a_joined_room_moves_its_reader()
    {
        using SessionClient client = new SessionClient().Hello();
        Position[] positions = client.Rooms.Publish(RoomName.Parse("a"), count: 3);
        Assert.Equal(["joined", "entry", "entry", "entry"], client.Send("""{"op":"join","room":"a","after":"start"}""").Select(Op));
        List<JsonElement> again = client.Send($$"""{"op":"join","id":2,"room":"a","after":"{{positions[1]}}"}""");
        Assert.Equal(["joined", "entry"], again.Select(Op));
        Assert.Equal(2, again[0].GetProperty("id").GetInt32());
        client.Rooms.Publish(RoomName.Parse("a"));
        Assert.Equal(4, Assert.Single(client.Receive()).GetProperty("offset").GetInt64());
    }

    [Fact]
    public void A_join_above_the_limit_is_refused_and_the_others_stay()
    {
        using SessionClient client = new SessionClient(maxRooms: 2).Hello(""","rooms":{"a":"now","b":"now"}""");
        JsonElement error = client.Ask("""{"op":"join","id":3,"room":"c"}""");
        Assert.Equal("rooms.limit", Code(error));
        Assert.Equal(3, error.GetProperty("id").GetInt32());
        Assert.Equal("joined", Op(client.Ask("""{"op":"join","room":"b"}""")));
        client.Send("""{"op":"leave","room":"a"}""");
        Assert.Equal("joined", Op(client.Ask("""{"op":"join","room":"c"}""")));
    }

    [Fact]
    public void A_publish_is_answered_with_its_position()
    {
        using SessionClient client = new SessionClient().Hello();
        const string once = """{"op":"publish","id":"p","room":"a","data":{"n":1},"key":"0123456789012345678901"}""";
        JsonElement reply = client.Ask(once);
        Assert.Equal("p", reply.GetProperty("id").GetString());
        Assert.False(reply.GetProperty("duplicate").GetBoolean());
        JsonElement repeated = client.Ask(once);
        Assert.True(repeated.GetProperty("duplicate").GetBoolean());
        Assert.Equal(reply.GetProperty("position").GetString(), repeated.GetProperty("position").GetString());
        Assert.Equal("key.reused", Code(client.Ask(once.Replace("1}", "2}", StringComparison.Ordinal))));
        Assert.Equal("entry.too_large", Code(client.Ask("""{"op":"publish","room":"small:a","data":"0123456789"}""")));
    }

    [Fact]
    public void A_read_pages_either_way_without_joining()
    {
        using SessionClient client = new SessionClient().Hello();
        Position[] positions = client.Rooms.Publish(RoomName.Parse("a"), count: 5);
        Assert.Equal("1 2 more", Read(client, $$"""{"op":"read","room":"a","after":"start","limit":2}"""));
        Assert.Equal("3 4 5", Read(client, $$"""{"op":"read","room":"a","after":"{{positions[1]}}"}"""));
        Assert.Equal("4 5", Read(client, """{"op":"read","room":"a","last":2}"""));
        Assert.Equal("3 4 more", Read(client, $$"""{"op":"read","room":"a","before":"{{positions[4]}}","limit":2}"""));
        Assert.Equal("1 2", Read(client, $$"""{"op":"read","room":"a","before":"{{positions[2]}}","limit":2}"""));
        Assert.Equal("1 2 3 4 5", Read(client, """{"op":"read","room":"a"}"""));
        client.Rooms.Publish(RoomName.Parse("a"));
        Assert.Empty(client.Receive());
    }

    [Fact]
    public void What_nothing_here_answers_is_said_to_be_so()
    {
        using SessionClient client = new SessionClient().Hello();
        Assert.Equal("request.unhandled", Code(client.Ask("""{"op":"request","id":1,"room":"a","event":"roll","data":6}""")));
        Assert.Equal("presence.off", Code(client.Ask("""{"op":"members","id":2,"room":"a"}""")));
        Assert.Equal("""{"op":"reply","id":3}""", client.Ask("""{"op":"refresh","id":3,"token":"t"}""").GetRawText());
        Assert.Equal("""{"op":"pong","id":4}""", client.Ask("""{"op":"ping","id":4}""").GetRawText());
    }

    [Fact]
    public void Ten_broken_frames_in_a_row_end_the_connection()
    {
        using SessionClient client = new SessionClient().Hello();
        for (int i = 0; i < 9; i++)
        {
            Assert.Equal("op.unknown", Code(client.Ask("""{"op":"fly"}""")));
        }

        client.Ask("""{"op":"ping"}""");
        for (int i = 0; i < 9; i++)
        {
            Assert.Equal("data.json", Code(client.Ask("""{"op":""")));
        }

        Assert.True(client.IsOpen);
        List<JsonElement> last = client.Send("""{"op":"fly"}""");
        Assert.Equal(["error", "close"], last.Select(Op));
        Assert.Equal("protocol", last[1].GetProperty("reason").GetString());
        Assert.False(client.IsOpen);
    }

    [Fact]
    public void What_a_room_refuses_breaks_nothing()
    {
        using SessionClient client = new SessionClient().Hello();
        for (int i = 0; i < 30; i++)
        {
            Assert.Equal("room.not_joined", Code(client.Ask("""{"op":"leave","room":"a"}""")));
        }
    }

    [Fact]
    public void A_client_that_takes_no_answers_is_not_listened_to()
    {
        using SessionClient client = new SessionClient().Hello();
        client.Outlet.Take = static _ => 0;
        var waiting = new List<Task<bool>>();
        for (int i = 0; i < 20 && waiting.TrueForAll(static task => task.IsCompleted); i++)
        {
            waiting.Add(client.Begin("""{"op":"ping"}"""));
            client.Rooms.Queue.RunAll();
        }

        Assert.InRange(waiting.Count, 1, 8);
        Assert.False(waiting[^1].IsCompleted);
        client.Outlet.Take = null;
        client.Outlet.Let();
        Assert.Equal(waiting.Count, client.Receive().Count);
    }

    [Fact]
    public void While_the_store_is_away_a_join_says_so_and_the_session_lives()
    {
        using SessionClient client = new SessionClient().Hello();
        client.Rooms.Store.IsAway = true;
        JsonElement error = client.Ask("""{"op":"join","id":1,"room":"a"}""");
        Assert.Equal("store.away", Code(error));
        Assert.True(error.GetProperty("retry").GetInt64() > 0);
        Assert.Equal("store.away", Code(client.Ask("""{"op":"publish","room":"a","data":1}""")));
        Assert.Equal("store.away", Code(client.Ask("""{"op":"read","room":"a"}""")));
        client.Rooms.Store.IsAway = false;
        Assert.Equal("joined", Op(client.Ask("""{"op":"join","room":"a"}""")));
    }

    private static string Read(SessionClient client, string frame)
    {
        JsonElement reply = client.Ask(frame);
        Assert.Equal("reply", Op(reply));
        string offsets = string.Join(' ', reply.GetProperty("entries").EnumerateArray().Select(static entry => entry.GetProperty("offset").GetInt64()));
        return reply.TryGetProperty("more", out _) ? offsets + " more" : offsets;
    }
}
