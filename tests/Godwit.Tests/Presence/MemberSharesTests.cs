using System.Net;
using Godwit.Access;
using Godwit.Presence;
using Godwit.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Presence;

/// <summary>A caller has so many memberships, by whatever keeps them, and others have their own.</summary>
public class MemberSharesTests
{
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(60);
    private static readonly RoomName Room = RoomName.Parse("team:a");

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_user_has_so_many_wherever_it_calls_from_and_another_has_its_own()
    {
        var shares = new MemberShares(150, _time);
        Assert.All(Enumerable.Range(0, 150), i => Assert.True(shares.TryPoll(User("ann", "192.0.2.1"), Of(i), 1, 10_000, Life)));
        Assert.False(shares.TryPoll(User("ann", "192.0.2.2"), Of(150), 1, 10_000, Life));
        Assert.False(shares.TryEnter(User("ann", "192.0.2.1"), Of(150), 1, 10_000));
        Assert.True(shares.TryPoll(User("bob", "192.0.2.1"), Of(150), 1, 10_000, Life));
        Assert.True(shares.TryPoll(User("ann", "192.0.2.1"), Of(7), 1, 10_000, Life), "One that it has goes on.");

        Assert.True(shares.TryPoll(Anonymous("2001:db8::1"), Of(0), 2, 10_000, Life));
        Assert.All(Enumerable.Range(1, 149), i => Assert.True(shares.TryPoll(Anonymous("2001:db8::2"), Of(i), 2, 10_000, Life)));
        Assert.False(shares.TryPoll(Anonymous("2001:db8::3"), Of(150), 2, 10_000, Life));
        Assert.True(shares.TryPoll(Anonymous("2001:db8:0:1::1"), Of(150), 2, 10_000, Life));
    }

    [Theory]
    [InlineData(10_000, 1_000)]
    [InlineData(500, 100)]
    [InlineData(10, 100)]
    public void Of_one_room_it_has_a_tenth_of_the_places_and_at_least_a_hundred(int places, int most)
    {
        var shares = new MemberShares(5_000, _time);
        Caller ann = User("ann", "192.0.2.1");
        Assert.All(Enumerable.Range(1, most), i => Assert.True(shares.TryPoll(ann, Room, (UInt128)i, places, Life)));
        Assert.False(shares.TryPoll(ann, Room, (UInt128)most + 1, places, Life));
        Assert.True(shares.TryPoll(ann, Of(1), 1, places, Life));
    }

    [Fact]
    public void What_is_over_makes_room()
    {
        var shares = new MemberShares(2, _time);
        Caller ann = User("ann", "192.0.2.1");
        Assert.True(shares.TryPoll(ann, Room, 1, 10_000, Life));
        Assert.True(shares.TryEnter(ann, Room, 2, 10_000));
        Assert.True(shares.TryEnter(ann, Room, 2, 10_000));
        _time.Advance(Life);
        Assert.True(shares.TryPoll(ann, Room, 3, 10_000, Life));
        Assert.False(shares.TryPoll(ann, Room, 4, 10_000, Life));

        shares.Leave(ann, Room, 2, TimeSpan.FromSeconds(5));
        Assert.False(shares.TryPoll(ann, Room, 4, 10_000, Life));
        shares.Leave(ann, Room, 2, TimeSpan.FromSeconds(5));
        Assert.False(shares.TryPoll(ann, Room, 4, 10_000, Life));
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(shares.TryPoll(ann, Room, 4, 10_000, Life));

        shares.StopPolling(ann, Room, 3);
        shares.StopPolling(ann, Room, 4);
        Assert.Equal(0, shares.Count);
    }

    [Fact]
    public void Backends_and_whoever_calls_from_this_machine_have_no_limit_and_callers_that_have_gone_are_forgotten()
    {
        var shares = new MemberShares(1, _time);
        Caller[] free = [Caller.Unchecked, new Caller { Kind = CallerKind.ApiKey, KeyName = "backend" }, Anonymous("127.0.0.1")];
        Assert.All(free, caller => Assert.All(Enumerable.Range(1, 200), i => Assert.True(shares.TryEnter(caller, Room, (UInt128)i, 10_000))));
        Assert.Equal(0, shares.Count);

        Assert.All(Enumerable.Range(0, 1_024), i => Assert.True(shares.TryPoll(User($"user-{i}", "192.0.2.1"), Room, (UInt128)i, 10_000, Life)));
        _time.Advance(Life);
        Assert.True(shares.TryPoll(User("last", "192.0.2.1"), Room, 1, 10_000, Life));
        Assert.Equal(1, shares.Count);
    }

    private static RoomName Of(int number) => RoomName.Parse($"team:{number}");

    private static Caller User(string name, string address) => new() { Kind = CallerKind.Token, User = name, Address = IPAddress.Parse(address) };

    private static Caller Anonymous(string address) => new() { Address = IPAddress.Parse(address) };
}
