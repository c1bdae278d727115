using System.Text.Json;
using Godwit.Access;
using Godwit.AspNetCore.Access.Tokens;
using Godwit.Protocol;

namespace Godwit.Server.Tests.Access;

/// <summary>Tokens that grant the same share what they grant.</summary>
public sealed class KnownGrantsTests
{
    private readonly KnownGrants _known = new();

    [Fact]
    public void The_same_text_is_the_same_object_and_means_the_same_for_each_user()
    {
        Grants first = Read("""{"user:{user}":["read"]}"""), second = Read("""{"user:{user}":["read"]}""");
        Assert.Same(first, second);
        Assert.Equal(Rights.Read, first.In(RoomName.Parse("user:ann"), "ann"));
        Assert.Equal(Rights.None, second.In(RoomName.Parse("user:ann"), "ben"));
    }

    [Fact]
    public void Another_text_is_read_by_itself()
    {
        Assert.Equal(Rights.Read, Read("""{"a":["read"]}""").In(RoomName.Parse("a"), null));
        Assert.Equal(Rights.Read | Rights.Publish, Read("""{"a":["read","publish"]}""").In(RoomName.Parse("a"), null));
    }

    [Fact]
    public void What_is_wrong_is_wrong_each_time()
    {
        for (int i = 0; i < 2; i++)
        {
            Assert.False(_known.TryRead(JsonDocument.Parse("""{"a":["fly"]}""").RootElement, out Grants? grants, out string? wrong));
            Assert.Null(grants);
            Assert.Equal(Grants.Rule, wrong);
        }
    }

    [Fact]
    public void Octets_that_are_no_text_are_no_grants()
    {
        using JsonDocument json = JsonDocument.Parse((byte[])[.. "{\"a\":[\"rea"u8, 0x8E, .. "\"]}"u8]);
        Assert.False(_known.TryRead(json.RootElement, out _, out string? wrong));
        Assert.Equal(Grants.Rule, wrong);
    }

    [Fact]
    public void It_holds_so_many_and_keeps_those_that_come_again()
    {
        Grants common = Read("""{"common":["read"]}""");
        for (int i = 0; i < 10 * KnownGrants.HalfSize; i++)
        {
            Read($$"""{"room-{{i}}":["read"]}""");
            Assert.Same(common, Read("""{"common":["read"]}"""));
        }

        Assert.InRange(_known.Count, 1, 2 * KnownGrants.HalfSize);
    }

    [Fact]
    public void A_long_text_is_not_kept()
    {
        string text = $$"""{"{{new string('a', 200)}}":["read"],"{{new string('b', 200)}}":["read"],"{{new string('c', 200)}}":["read"]}""";
        Assert.NotSame(Read(text), Read(text));
        Assert.Equal(0, _known.Count);
    }

    private Grants Read(string json)
    {
        Assert.True(_known.TryRead(JsonDocument.Parse(json).RootElement, out Grants? grants, out string? wrong), wrong);
        return grants;
    }
}
