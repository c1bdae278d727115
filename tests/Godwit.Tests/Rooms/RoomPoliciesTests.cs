using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Tests.Rooms;

public sealed class RoomPoliciesTests
{
    [Theory]
    [InlineData("chat:lobby", 1)]
    [InlineData("chat:a:b", 2)]
    [InlineData("chatter", 3)]
    public void The_first_policy_that_matches_is_the_rooms(string room, int entries)
    {
        var policies = new RoomPolicies([Policy("chat:*", 1), Policy("chat:**", 2), Policy("**", 3)]);
        Assert.Equal(entries, policies.For(RoomName.Parse(room)).Retention.Entries);
    }

    [Fact]
    public void A_policy_behind_one_that_matches_everything_is_never_a_rooms()
    {
        var policies = new RoomPolicies([Policy("**", 1), Policy("chat:*", 2)]);
        Assert.Equal(1, policies.For(RoomName.Parse("chat:a")).Retention.Entries);
    }

    [Fact]
    public void A_room_that_none_matches_has_the_defaults()
    {
        var policies = new RoomPolicies([Policy("chat:*", 1)]);
        Assert.Equal(new RoomPolicy { Pattern = RoomPattern.Everything }, policies.For(RoomName.Parse("other")));
        Assert.Equal(10_000, new RoomPolicies([]).For(RoomName.Parse("other")).Retention.Entries);
    }

    private static RoomPolicy Policy(string pattern, long entries) => new() { Pattern = RoomPattern.Parse(pattern), Retention = new Retention { Entries = entries } };
}
