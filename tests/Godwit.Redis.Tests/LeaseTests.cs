using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Redis.Presence;

namespace Godwit.Redis.Tests;

/// <summary>Leases as they are kept: many of them, of any content, and none for ever.</summary>
public sealed class LeaseTests(RedisClock clock) : SharedMembers(clock)
{
    [Fact]
    public async Task Members_leave_a_store_without_memory_and_others_are_refused()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync();
        RedisBroker broker = await ConnectAsync(redis);
        await using var watcher = await MemberRecorder.BeginAsync(broker, Room);
        await broker.RenewAsync(Here, [Renewal(1), Renewal(2), Renewal(3)], Cancel);
        await broker.RenewAsync(There, [Renewal(3)], Cancel);
        await watcher.BecomesAsync("1", "2", "3");
        await broker.ReleaseAsync(Here, Room, 1, TimeSpan.FromSeconds(1), Cancel);
        await redis.CommandAsync("CONFIG", "SET", "maxmemory", "1");
        Assert.Equal([LeaseOutcome.Full, LeaseOutcome.Full], await broker.RenewAsync(Here, [Renewal(4), Renewal(5)], Cancel));
        await broker.ReleaseAsync(Here, Room, 2, TimeSpan.Zero, Cancel);
        await broker.ReleaseAsync(Here, Room, 3, TimeSpan.Zero, Cancel);
        await watcher.BecomesAsync("3");
        Assert.Equal(["3"], await MembersAsync(broker));
        await redis.CommandAsync("CONFIG", "SET", "maxmemory", "0");
        await broker.RenewAsync(Here, [Renewal(4)], Cancel);
        await watcher.BecomesAsync("3", "4");
    }

    [Fact]
    public async Task As_many_leases_as_end_at_once_are_over_for_whoever_asks_then()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        await using var watcher = await MemberRecorder.BeginAsync(broker, Room);
        await broker.RenewAsync(Here, [.. Enumerable.Range(1, 1000).Select(static i => Renewal(i))], Cancel);
        await broker.RenewAsync(There, [Renewal(500) with { Life = 2 * Life }], Cancel);
        Clock.Set(Begin + Life);
        Assert.Equal(["500"], await MembersAsync(broker));
        await watcher.BecomesAsync("500");
        Assert.Equal([LeaseOutcome.Member], await broker.RenewAsync(Here, [Renewal(1) with { Most = 2 }], Cancel));
    }

    [Fact]
    public async Task A_thousand_renewals_of_many_rooms_have_their_outcomes_in_the_order_given()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        LeaseRenewal[] renewals = [.. Enumerable.Range(0, 1000).Select(static i => Renewal(1 + (i / 20), $"{i}", i % 10 == 3 ? LeaseChange.Update : LeaseChange.Keep) with
        {
            Room = RoomName.Parse($"room:{i % 20}"),
            Most = i % 20 == 5 ? 7 : 1000,
        })];
        IReadOnlyList<LeaseOutcome> outcomes = await broker.RenewAsync(Here, renewals, Cancel);
        LeaseOutcome[] expected = [.. Enumerable.Range(0, 1000).Select(static i => i % 10 == 3 ? LeaseOutcome.Absent : i % 20 == 5 && i / 20 >= 7 ? LeaseOutcome.Full : LeaseOutcome.Member)];
        Assert.Equal(expected, outcomes);
        Assert.Equal(7, (await broker.MembersAsync(RoomName.Parse("room:5"), null, 100, Cancel)).Count);
        Assert.Equal(50, (await broker.MembersAsync(RoomName.Parse("room:6"), null, 100, Cancel)).Count);
    }

    [Fact]
    public async Task More_renewals_of_one_room_than_a_script_is_given_are_carried_out_in_turn()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        LeaseRenewal[] renewals = [.. Enumerable.Range(0, 900).Select(static i => Renewal(1 + (i % 3), $"{i}", LeaseChange.Replace))];
        Assert.All(await broker.RenewAsync(Here, renewals, Cancel), static outcome => Assert.Equal(LeaseOutcome.Member, outcome));
        Assert.Equal(["1 897", "2 898", "3 899"], await MembersAsync(broker));
    }

    [Fact]
    public async Task What_members_say_and_who_they_are_may_be_any_octets()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        await using var watcher = await MemberRecorder.BeginAsync(broker, Room);
        byte[] state = [.. Enumerable.Range(0, 70_000).Select(static i => (byte)i)];
        UInt128[] sessions = [UInt128.One << 120, 0x0A0D_2000_3A00, UInt128.MaxValue, UInt128.MaxValue - 1];
        string?[] users = ["", null, "ä 12 ö\n+\0", "-"];
        await broker.RenewAsync(Here, [.. sessions.Select((session, i) => Renewal(1) with { Session = session, User = users[i], State = state })], Cancel);
        await broker.RenewAsync(Here, [.. sessions.Select((session, i) => Renewal(1) with { Session = session, State = new byte[] { (byte)i }, Change = LeaseChange.Update })], Cancel);

        MemberPage page = await broker.MembersAsync(Room, null, 10, Cancel);
        Assert.Equal(sessions.Order(), page.Members.Select(static member => member.Session));
        foreach (Member member in page.Members)
        {
            int i = Array.IndexOf(sessions, member.Session);
            Assert.Equal((users[i], Begin.ToUnixTimeMilliseconds()), (member.User, member.Since));
            Assert.Equal([(byte)i], member.State.ToArray());
        }

        await broker.RenewAsync(Here, [Renewal(1) with { Session = sessions[2], State = state, Change = LeaseChange.Replace }], Cancel);
        Assert.Equal(state, (await broker.MembersAsync(Room, sessions[3], 1, Cancel)).Members[0].State.ToArray());
    }

    [Fact]
    public async Task A_page_ends_where_it_is_long_enough_and_the_next_goes_on_there()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        await broker.RenewAsync(Here, [.. Enumerable.Range(1, 300).Select(static i => Renewal(i, new string('x', 1000)))], Cancel);
        var leases = new StoredLeases(broker.Connection);
        var sessions = new List<UInt128>();
        UInt128? after = null;
        LeasePage page;
        do
        {
            page = await leases.PageAsync(Room, after, 1000, 10_000, Cancel);
            Assert.InRange(page.Members.Count, 1, 10);
            Assert.Equal(300, page.Count);
            sessions.AddRange(page.Members.Select(static member => member.Session));
            after = sessions[^1];
        }
        while (page.IsMore);

        Assert.Equal(Enumerable.Range(1, 300).Select(static i => (UInt128)i), sessions);
    }

    [Fact]
    public async Task What_is_not_of_this_system_is_refused_or_passed_over()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        await using var watcher = await MemberRecorder.BeginAsync(broker, Room);
        string[] foreign = ["", "1", "1 2 3", "1 2 3\n+", "1 2 3\n+99:x", "1 2 3\n-short", "0 1 -1\n+20:0123456789abcdef1 9 ", "0 9999999999999999 -1\n+-1:x"];
        foreach (string message in foreign)
        {
            await Redis.CommandAsync("PUBLISH", "godwit:{room:1}:members", message);
        }

        await broker.RenewAsync(Here, [Renewal(1)], Cancel);
        await watcher.BecomesAsync("1");
        await Redis.CommandAsync("ZADD", "godwit:{room:1}:list", "0", "foreign");
        await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await broker.MembersAsync(Room, null, 10, Cancel));
        await Redis.CommandAsync("SET", "godwit:{other}:leases", "foreign");
        await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await broker.RenewAsync(Here, [Renewal(1) with { Room = RoomName.Parse("other") }], Cancel));
        await Redis.CommandAsync("DEL", "godwit:{other}:leases");
        await broker.RenewAsync(Here, [Renewal(1) with { Room = RoomName.Parse("other") }], Cancel);
    }

    [Fact]
    public async Task Nothing_of_members_is_kept_for_ever()
    {
        RedisBroker broker = await ConnectAsync(Redis);
        await broker.RenewAsync(Here, [Renewal(1), Renewal(2)], Cancel);
        await broker.RenewAsync(There, [Renewal(1, "a", LeaseChange.Replace) with { Life = 3 * Life }], Cancel);
        await broker.ReleaseAsync(Here, Room, 2, TimeSpan.Zero, Cancel);
        Assert.Equal(["godwit:layout"], await LastingKeysAsync(Redis), StringComparer.Ordinal);
        Clock.Set(Begin + (3 * Life) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(["1 a"], await MembersAsync(broker));
        Clock.Set(Begin + (3 * Life) + TimeSpan.FromMinutes(11));
        Assert.Equal("*0\r\n", await Redis.CommandAsync("KEYS", "*{room:1}*"));
    }
}
