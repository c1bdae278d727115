using System.Text.Json;
using Godwit.Access;
using Godwit.Protocol;

namespace Godwit.Tests.Access;

public sealed class GrantsTests
{
    [Theory]
    [InlineData("chat:lobby", "alice", Rights.Read | Rights.Publish)]
    [InlineData("chat:a:b", "alice", Rights.None)]
    [InlineData("user:alice", "alice", Rights.Read)]
    [InlineData("user:bob", "alice", Rights.None)]
    [InlineData("user:alice", null, Rights.None)]
    [InlineData("chat:own", "alice", Rights.Read | Rights.Publish | Rights.History)]
    public void A_room_has_the_rights_of_every_pattern_that_matches_it(string room, string? user, Rights rights) =>
        Assert.Equal(rights, Read("""{"chat:*":["read","publish"],"user:{user}":["read"],"chat:own":["history"]}""").In(Room(room), user));

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"chat:*":"read"}""")]
    [InlineData("""{"chat:*":["write"]}""")]
    [InlineData("""{"chat:*":["Read"]}""")]
    [InlineData("""{"chat:*":[1]}""")]
    [InlineData("""{"chat lobby":["read"]}""")]
    [InlineData("""{"":["read"]}""")]
    [InlineData("""{"\ud800":["read"]}""")]
    [InlineData("""{"a":["\ud800"]}""")]
    public void What_is_no_grants_is_refused_as_a_whole(string json)
    {
        Assert.False(Grants.TryRead(JsonDocument.Parse(json).RootElement, out _, out string? wrong));
        Assert.NotEmpty(wrong);
    }

    [Fact]
    public void More_patterns_than_128_are_refused()
    {
        string json = $"{{{string.Join(',', Enumerable.Range(0, 129).Select(static i => $"\"r{i}\":[\"read\"]"))}}}";

        Assert.False(Grants.TryRead(JsonDocument.Parse(json).RootElement, out _, out _));
    }

    [Fact]
    public void They_are_written_as_they_are_read()
    {
        const string json = """{"chat:*":["read","publish"],"user:{user}":["read","history"]}""";
        using var written = new MemoryStream();
        using (var writer = new Utf8JsonWriter(written))
        {
            Read(json).WriteTo(writer);
        }

        Assert.Equal(json, System.Text.Encoding.UTF8.GetString(written.ToArray()));
    }

    private static Grants Read(string json)
    {
        Assert.True(Grants.TryRead(JsonDocument.Parse(json).RootElement, out Grants? grants, out string? wrong), wrong);
        return grants;
    }

    private static RoomName Room(string name) => RoomName.TryParse(name, out RoomName room) ? room : throw new ArgumentException(name);
}
