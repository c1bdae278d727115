using Godwit.Rooms;

namespace Godwit.Server.Tests.Configuration;

public class PolicyTests
{
    [Fact]
    public void What_a_policy_does_not_set_is_as_it_is_set_for_every_room()
    {
        // The policies stand first in the file: order does not matter.
        IList<RoomPolicy> policies = Policies("""
            {
              "policies": [{ "pattern": "chat:*", "retention": { "entries": 5 } }],
              "retention": { "age": "2h", "bytes": "1MiB" }, "keyWindow": "9s"
            }
            """);

        Assert.Equal(2, policies.Count);
        Assert.Equal(new Retention { Age = TimeSpan.FromHours(2), Bytes = 1 << 20, Entries = 5 }, policies[0].Retention);
        Assert.Equal(TimeSpan.FromSeconds(9), policies[0].KeyWindow);
        Assert.Equal(new Retention { Age = TimeSpan.FromHours(2), Bytes = 1 << 20 }, policies[1].Retention);
        Assert.Equal("**", policies[1].Pattern.ToString());
    }

    [Fact]
    public void A_policy_for_all_rooms_at_the_end_is_the_last_one()
    {
        RoomPolicy policy = Assert.Single(Policies("""{ "policies": [{ "pattern": "**", "entryBytes": "9B" }] }"""));

        Assert.Equal(9, policy.EntryBytes);
    }

    [Theory]
    [InlineData("""{ "policies": [{ "pattern": "a", "retention": { "age": "48h" } }] }""", 48)]
    [InlineData("""{ "policies": [{ "pattern": "a", "retention": { "age": "48h" }, "recordAge": "72h" }] }""", 72)]
    [InlineData("""{ "policies": [{ "pattern": "a" }], "retention": { "age": "48h" } }""", 48)]
    [InlineData("""{ "policies": [{ "pattern": "a", "retention": { "age": "4h" } }], "recordAge": "2h" }""", 4)]
    [InlineData("""{ "policies": [{ "pattern": "a" }], "recordAge": "2h" }""", 2)]
    [InlineData("""{ "policies": [{ "pattern": "a" }] }""", 24)]
    public void A_record_age_that_is_not_set_follows_the_retention_age(string content, int hours)
    {
        Assert.Equal(TimeSpan.FromHours(hours), Policies(content)[0].RecordAge);
    }

    [Theory]
    [InlineData("""{ "policies": [{ "pattern": "a", "delivery": "latest" }] }""", 1100)]
    [InlineData("""{ "policies": [{ "pattern": "a", "delivery": "latest" }], "entryBytes": "256KiB" }""", 1100)]
    [InlineData("""{ "policies": [{ "pattern": "a", "delivery": "latest" }], "entryBytes": "512B" }""", 512)]
    [InlineData("""{ "policies": [{ "pattern": "a", "delivery": "latest", "entryBytes": "1KiB" }] }""", 1024)]
    [InlineData("""{ "policies": [{ "pattern": "a" }], "delivery": "latest" }""", 1100)]
    [InlineData("""{ "policies": [{ "pattern": "a", "delivery": "all" }], "delivery": "latest" }""", 65536)]
    public void Where_only_the_newest_entry_matters_entries_are_as_small_as_a_packet_takes_them(string content, int octets)
    {
        Assert.Equal(octets, Policies(content)[0].EntryBytes);
    }

    [Theory]
    [InlineData("""{ "policies": [{ "pattern": "a", "delivery": "latest", "entryBytes": "2KiB" }] }""", "policies[0].entryBytes: where delivery is latest")]
    [InlineData("""{ "delivery": "latest", "entryBytes": "2KiB" }""", "entryBytes: where delivery is latest")]
    [InlineData("""{ "recordAge": "59m" }""", "file:1:16: recordAge: it is below the retention age")]
    [InlineData("""{ "policies": [{ "pattern": "a", "recordAge": "59m" }] }""", "file:1:47: policies[0].recordAge: it is below")]
    [InlineData("""{ "policies": [{ "retention": { "age": "1h" } }] }""", "file:1:16: policies[0]: it has no pattern")]
    [InlineData("""{ "policies": [{ "pattern": "a b" }] }""", "is not a pattern of room names")]
    [InlineData("""{ "policies": [{ "pattern": "user:{users}" }] }""", "is not a pattern of room names")]
    [InlineData("""{ "policies": [{ "pattern": "a", "users": ["write"] }] }""", "policies[0].users[0]: \"write\" is no right")]
    [InlineData("""{ "policies": [{ "pattern": "a" }, { "pattern": "a" }] }""", "policies[1].pattern: no room gets as far")]
    [InlineData("""{ "policies": [{ "pattern": "**" }, { "pattern": "a" }] }""", "policies[1].pattern: no room gets as far")]
    [InlineData("""{ "policies": [{ "pattern": "a", "mount": "/x" }] }""", "policies[0].mount: there is no such setting")]
    public void A_policy_that_cannot_hold_is_a_fault(string content, string expected)
    {
        Assert.Contains(expected, Loading.Fault(content), StringComparison.Ordinal);
    }

    private static IList<RoomPolicy> Policies(string content) => Loading.Settings(content).Engine.Policies;
}
