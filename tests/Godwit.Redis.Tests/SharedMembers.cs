using System.Text;
using Godwit.Brokers;

namespace Godwit.Redis.Tests;

/// <summary>Servers that share one Redis, and members of a room.</summary>
public abstract class SharedMembers(RedisClock clock) : SharedRedis, IClassFixture<RedisClock>, IAsyncLifetime
{
    protected const string Here = "here";
    protected const string There = "there";

    protected static readonly DateTimeOffset Begin = new(2001, 1, 1, 0, 0, 0, TimeSpan.Zero);
    protected static readonly TimeSpan Life = TimeSpan.FromMinutes(1);

    /// <summary>A Redis with a clock of the tests' own.</summary>
    protected RedisServerProcess Redis => Clock.Server;

    /// <summary>Its clock.</summary>
    protected RedisClock Clock => clock;

    public async ValueTask InitializeAsync()
    {
        Clock.Set(Begin);
        await Redis.CommandAsync("FLUSHALL");
    }

    protected static LeaseRenewal Renewal(int session, string state = "", LeaseChange change = LeaseChange.Keep) =>
        new(Room, (UInt128)session, null, Encoding.UTF8.GetBytes(state), change, Life, 1000);

    /// <summary>The members, and what they say.</summary>
    protected static async Task<string[]> MembersAsync(IBroker broker)
    {
        MemberPage page = await broker.MembersAsync(Room, null, 10_000, Cancel);
        Assert.Equal(page.Count, page.Members.Count);
        return [.. page.Members.Select(static member => $"{member.Session} {Encoding.UTF8.GetString(member.State.Span)}".TrimEnd())];
    }
}
