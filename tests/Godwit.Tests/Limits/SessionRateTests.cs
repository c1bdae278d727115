using System.Net;
using System.Text.Json;
using Godwit.Access;
using Godwit.Limits;
using Godwit.Protocol;
using Godwit.Tests.Feeds;
using Godwit.Tests.Sessions;

namespace Godwit.Tests.Limits;

/// <summary>The rates of callers, as a session tells them.</summary>
public sealed class SessionRateTests
{
    private const string Publish = """{"op":"publish","id":1,"room":"chat","data":1}""";

    private static readonly LimitOptions Few = new() { Publishes = new Rate(1, 2), NewRooms = new Rate(1, 2), RoomPublishes = null };

    [Fact]
    public void Above_the_rate_a_publish_is_refused_with_a_time_to_try_again_and_then_it_is_taken()
    {
        using var client = Start(Alice, Few);
        Assert.Equal(["reply", "reply"], [SessionClient.Op(client.Ask(Publish)), SessionClient.Op(client.Ask(Publish))]);

        JsonElement refused = client.Ask(Publish);
        Assert.Equal("publish.rate", SessionClient.Code(refused));
        Assert.Equal("chat", refused.GetProperty("room").GetString());
        Assert.InRange(refused.GetProperty("retry").GetDouble(), 1, 1000);

        client.Rooms.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("reply", SessionClient.Op(client.Ask(Publish)));
    }

    [Fact]
    public void A_user_has_one_rate_on_all_its_connections_and_another_user_has_its_own()
    {
        using var one = Start(Alice, Few);
        using var two = new SessionClient(rooms: one.Rooms, caller: Alice);
        two.Hello();
        one.Ask(Publish);
        two.Ask(Publish);
        Assert.Equal("publish.rate", SessionClient.Code(one.Ask(Publish)));
        Assert.Equal("publish.rate", SessionClient.Code(two.Ask(Publish)));

        using var other = new SessionClient(rooms: one.Rooms, caller: Alice.As("bob"));
        Assert.Equal("reply", SessionClient.Op(other.Hello().Ask(Publish)));
    }

    [Fact]
    public void Whoever_has_no_name_shares_the_rate_of_its_address()
    {
        using var one = Start(Anonymous("192.0.2.1"), Few);
        using var two = new SessionClient(rooms: one.Rooms, caller: Anonymous("192.0.2.1"));
        using var elsewhere = new SessionClient(rooms: one.Rooms, caller: Anonymous("192.0.2.2"));
        two.Hello();
        one.Ask(Publish);
        two.Ask(Publish);
        Assert.Equal("publish.rate", SessionClient.Code(one.Ask(Publish)));
        Assert.Equal("reply", SessionClient.Op(elsewhere.Hello().Ask(Publish)));
    }

    [Fact]
    public void A_room_has_a_rate_whoever_publishes()
    {
        using var one = Start(Alice, new LimitOptions { RoomPublishes = new Rate(1, 2) });
        using var two = new SessionClient(rooms: one.Rooms, caller: Alice.As("bob"));
        two.Hello();
        one.Ask(Publish);
        two.Ask(Publish);
        Assert.Equal("room.rate", SessionClient.Code(one.Ask(Publish)));
        Assert.Equal("reply", SessionClient.Op(one.Ask(Publish.Replace("chat", "other", StringComparison.Ordinal))));
    }

    [Fact]
    public void API_keys_and_local_requests_have_no_rate_and_use_up_nobodys()
    {
        var limits = new LimitOptions { Publishes = new Rate(1, 1), NewRooms = new Rate(1, 1), RoomPublishes = new Rate(1, 1) };
        using var local = Start(Caller.Unchecked, limits);
        using var key = new SessionClient(rooms: local.Rooms, caller: new Caller { Kind = CallerKind.ApiKey, KeyName = "backend", Grants = Grants.Everything });
        key.Hello();
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal("reply", SessionClient.Op(local.Ask(Publish)));
            Assert.Equal("reply", SessionClient.Op(key.Ask(Publish)));
            Assert.Equal("joined", SessionClient.Op(local.Ask($$"""{"op":"join","room":"a:{{i}}"}""")));
            Assert.Equal("joined", SessionClient.Op(key.Ask($$"""{"op":"join","room":"b:{{i}}"}""")));
        }

        using var user = new SessionClient(rooms: local.Rooms, caller: Alice);
        Assert.Equal("reply", SessionClient.Op(user.Hello().Ask(Publish)));
    }

    [Fact]
    public void Without_limits_nothing_is_refused()
    {
        using var client = Start(Alice, new LimitOptions { Publishes = null, NewRooms = null, RoomPublishes = null });
        for (int i = 0; i < 500; i++)
        {
            Assert.Equal("reply", SessionClient.Op(client.Ask(Publish)));
        }
    }

    [Fact]
    public void Rooms_that_reading_would_make_have_a_rate_and_rooms_that_are_there_have_none()
    {
        using var client = Start(Alice, Few);
        client.Rooms.Publish(RoomName.Parse("there"));
        Assert.Equal(["joined", "joined"], [SessionClient.Op(client.Ask(Join("a"))), SessionClient.Op(client.Ask("""{"op":"read","room":"b"}""").As("joined"))]);

        JsonElement refused = client.Ask(Join("c"));
        Assert.Equal("rooms.rate", SessionClient.Code(refused));
        Assert.InRange(refused.GetProperty("retry").GetDouble(), 1, 1000);
        Assert.Equal("rooms.rate", SessionClient.Code(client.Ask("""{"op":"read","room":"c"}""")));
        Assert.False(LiveRooms.Get(client.Rooms.Store.ExistsAsync(RoomName.Parse("c"), CancellationToken.None)));

        // There already: by a publish, by a read, and by being joined.
        Assert.Equal("joined", SessionClient.Op(client.Ask(Join("there"))));
        Assert.Equal("joined", SessionClient.Op(client.Ask(Join("b"))));
        Assert.Equal("joined", SessionClient.Op(client.Ask(Join("a"))));
        client.Rooms.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("joined", SessionClient.Op(client.Ask(Join("c"))));
    }

    [Fact]
    public void Whoever_goes_on_for_all_the_refusals_is_closed_with_the_code_of_the_rate()
    {
        using var client = Start(Alice, Few);
        int refused = 0;
        while (client.IsOpen)
        {
            foreach (JsonElement frame in client.Send(Publish))
            {
                if (SessionClient.Op(frame) == "close")
                {
                    Assert.Equal(4010, frame.GetProperty("code").GetInt32());
                }
                else
                {
                    refused += SessionClient.Op(frame) == "error" ? 1 : 0;
                }
            }
        }

        Assert.Equal(201, refused);
    }

    [Fact]
    public void Whoever_is_refused_now_and_then_is_never_closed()
    {
        using var client = Start(Alice, Few);
        for (int second = 0; second < 100; second++)
        {
            client.Rooms.Time.Advance(TimeSpan.FromSeconds(1));
            for (int i = 0; i < 15; i++)
            {
                client.Send(Publish);
            }
        }

        Assert.True(client.IsOpen);
    }

    private static Caller Alice => new() { Kind = CallerKind.Token, User = "alice", Grants = Grants.Everything };

    private static Caller Anonymous(string address) => new() { Grants = Grants.Everything, Address = IPAddress.Parse(address) };

    private static string Join(string room) => $$"""{"op":"join","room":"{{room}}"}""";

    private static SessionClient Start(Caller caller, LimitOptions limits) => new SessionClient(rooms: new LiveRooms(limits: limits), caller: caller).Hello();
}

internal static class Callers
{
    public static Caller As(this Caller caller, string user) => new() { Kind = caller.Kind, User = user, Grants = caller.Grants };

    /// <summary>A reply, told as something else for a comparison.</summary>
    public static JsonElement As(this JsonElement reply, string op)
    {
        Assert.Equal("reply", SessionClient.Op(reply));
        return JsonDocument.Parse($$"""{"op":"{{op}}"}""").RootElement;
    }
}
