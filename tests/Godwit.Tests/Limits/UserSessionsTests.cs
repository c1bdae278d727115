using Godwit.Access;
using Godwit.Limits;
using Godwit.Tests.Feeds;
using Godwit.Tests.Sessions;

namespace Godwit.Tests.Limits;

/// <summary>The sessions that one user has live.</summary>
public sealed class UserSessionsTests
{
    [Fact]
    public void A_user_has_so_many_sessions_and_any_number_of_connections_of_each()
    {
        var sessions = new UserSessions(2);
        Assert.True(sessions.TryEnter(User("alice"), 1, out LiveSession? one, out _));
        Assert.True(sessions.TryEnter(User("alice"), 2, out _, out _));
        Assert.True(sessions.TryEnter(User("alice"), 1, out LiveSession? again, out _));
        Assert.True(sessions.TryEnter(User("bob"), 3, out _, out _));

        Assert.False(sessions.TryEnter(User("alice"), 4, out LiveSession? none, out AccessRefusal refusal));
        Assert.Null(none);
        Assert.Equal("sessions.limit", refusal.Code.Code);
        Assert.InRange(refusal.Retry!.Value.TotalSeconds, 5, 10);

        one!.Dispose();
        one.Dispose();
        Assert.False(sessions.TryEnter(User("alice"), 4, out _, out _));
        again!.Dispose();
        Assert.True(sessions.TryEnter(User("alice"), 4, out _, out _));
        Assert.Equal(3, sessions.Count);
    }

    [Fact]
    public void Whoever_has_no_name_is_not_counted_and_without_a_limit_nobody_is()
    {
        var sessions = new UserSessions(1);
        Assert.All(Enumerable.Range(0, 10), i => Assert.True(sessions.TryEnter(Caller.Nobody, (UInt128)i, out _, out _)));
        Assert.All(Enumerable.Range(0, 10), i => Assert.True(sessions.TryEnter(new Caller { Kind = CallerKind.ApiKey, KeyName = "k" }, (UInt128)i, out _, out _)));
        Assert.Equal(0, sessions.Count);

        var off = new UserSessions(null);
        Assert.All(Enumerable.Range(0, 10), i => Assert.True(off.TryEnter(User("alice"), (UInt128)i, out _, out _)));
    }

    [Fact]
    public void A_connection_of_a_session_too_many_is_told_so_and_closed_and_comes_in_when_another_has_gone()
    {
        using var rooms = new LiveRooms(limits: new LimitOptions { Sessions = 1 });
        var one = new SessionClient(rooms: rooms, caller: User("alice"));
        one.Hello();
        var two = new SessionClient(rooms: rooms, caller: User("alice"));
        var frames = two.Send("""{"op":"hello","id":7}""");
        Assert.Equal("sessions.limit", SessionClient.Code(frames[0]));
        Assert.Equal(7, frames[0].GetProperty("id").GetInt32());
        Assert.Equal(4019, frames[1].GetProperty("code").GetInt32());
        Assert.False(two.IsOpen);

        one.Stop();
        var three = new SessionClient(rooms: rooms, caller: User("alice"));
        three.Hello();
        three.Stop();
        Assert.Equal(0, rooms.Limits.Sessions.Count);
    }

    private static Caller User(string name) => new() { Kind = CallerKind.Token, User = name, Grants = Grants.Everything };
}
