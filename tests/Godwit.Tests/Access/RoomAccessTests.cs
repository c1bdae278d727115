using Godwit.Access;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Tests.Access;

public sealed class RoomAccessTests
{
    private readonly RoomAccess _access = new(new RoomPolicies(
    [
        new RoomPolicy { Pattern = RoomPattern.Parse("user:{user}"), Users = Rights.Read | Rights.History },
        new RoomPolicy { Pattern = RoomPattern.Parse("news:*"), Anonymous = Rights.Read },
        new RoomPolicy { Pattern = RoomPattern.Parse("chat:*"), Users = Rights.Read | Rights.Publish },
    ]));

    [Fact]
    public void Nobody_has_a_right_that_nothing_gives()
    {
        Assert.Equal(Rights.None, _access.Of(new Caller(), Room("lobby")));
        Assert.Equal(Rights.None, _access.Of(User("alice"), Room("lobby")));
    }

    [Fact]
    public void What_everyone_may_users_may_too()
    {
        Assert.Equal(Rights.Read, _access.Of(new Caller(), Room("news:today")));
        Assert.Equal(Rights.Read, _access.Of(User("alice"), Room("news:today")));
    }

    [Fact]
    public void A_room_of_a_user_is_that_users_alone()
    {
        Assert.Equal(Rights.Read | Rights.History, _access.Of(User("alice"), Room("user:alice")));
        Assert.Equal(Rights.None, _access.Of(User("bob"), Room("user:alice")));
        Assert.Equal(Rights.None, _access.Of(new Caller(), Room("user:alice")));
    }

    [Fact]
    public void Grants_add_to_what_the_policy_allows() =>
        Assert.Equal(Rights.Read | Rights.Publish | Rights.Presence, _access.Of(User("alice", "chat:**", Rights.Presence), Room("chat:a")));

    [Fact]
    public void An_api_key_has_what_it_is_granted_and_nothing_else()
    {
        var key = new Caller { Kind = CallerKind.ApiKey, KeyName = "backend", Grants = new Grants([new Grant(RoomPattern.Parse("jobs:*"), Rights.Publish)]) };

        Assert.Equal(Rights.Publish, _access.Of(key, Room("jobs:1")));
        Assert.Equal(Rights.None, _access.Of(key, Room("news:today")));
    }

    [Fact]
    public void Bounds_take_away_and_never_give()
    {
        var ticket = new Caller { Kind = CallerKind.Ticket, User = "alice", Bounds = new Grants([new Grant(RoomPattern.Parse("**"), Rights.Publish | Rights.Presence)]) };

        Assert.Equal(Rights.Publish, _access.Of(ticket, Room("chat:a")));
        Assert.Equal(Rights.None, _access.Of(ticket, Room("user:alice")));
    }

    [Fact]
    public void Who_is_not_known_is_asked_for_a_credential_and_who_is_known_is_refused()
    {
        Assert.True(_access.Refuses(new Caller(), Room("chat:a"), Rights.Read, out AccessRefusal unknown));
        Assert.Equal(ErrorCode.CredentialMissing, unknown.Code);
        Assert.True(_access.Refuses(User("alice"), Room("news:a"), Rights.Read | Rights.Publish, out AccessRefusal known));
        Assert.Equal(ErrorCode.AccessDenied, known.Code);
        Assert.Contains("publish in the room news:a", known.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("read", known.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void To_begin_in_the_past_takes_the_right_to_it_and_to_resume_does_not()
    {
        foreach (ReadFrom past in (ReadFrom[])[ReadFrom.Start, ReadFrom.Last(1), ReadFrom.Before(default)])
        {
            ReadFrom from = past;
            Assert.True(_access.RefusesRead(User("alice"), Room("chat:a"), ref from, out AccessRefusal refusal));
            Assert.Contains("history", refusal.Detail, StringComparison.Ordinal);
        }

        ReadFrom resume = ReadFrom.After(default);
        Assert.False(_access.RefusesRead(User("alice"), Room("chat:a"), ref resume, out _));
        Assert.True(resume.IsWithoutPast);
        ReadFrom free = ReadFrom.After(default);
        Assert.False(_access.RefusesRead(User("alice"), Room("user:alice"), ref free, out _));
        Assert.False(free.IsWithoutPast);
    }

    private static Caller User(string user, string? rooms = null, Rights rights = Rights.None) => new()
    {
        Kind = CallerKind.Token,
        User = user,
        Grants = rooms is null ? Grants.None : new Grants([new Grant(RoomPattern.Parse(rooms), rights)]),
    };

    private static RoomName Room(string name) => RoomName.TryParse(name, out RoomName room) ? room : throw new ArgumentException(name);
}
