using System.Text;
using CsCheck;
using Godwit.Protocol;

namespace Godwit.Brokers.Specification;

/// <summary>Members: a session is one for as long as anybody's lease for it lives, and whoever watches knows.</summary>
/// <remarks>Where a broker takes one server only, the second of a test is the first again, with leases of another holder.</remarks>
public abstract class PresenceSpecification : BrokerSpecification
{
    private const string Here = "here";
    private const string There = "there";

    private static readonly TimeSpan Life = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(1);
    private static readonly RoomName Other = RoomName.Parse("room:2");

    /// <summary>Whether several servers can be connected to one store.</summary>
    protected abstract bool TakesManyServers { get; }

    [Fact]
    public async Task A_session_is_a_member_until_its_lease_is_over()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync();
        await using var watcher = await Watcher.BeginAsync(broker, Room);
        Assert.Equal([LeaseOutcome.Member], await broker.RenewAsync(Here, [Renewal(1, state: "{\"at\":1}", user: "ann")], Cancel));

        Member member = Assert.Single((await broker.MembersAsync(Room, null, 10, Cancel)).Members);
        Assert.Equal(((UInt128)1, "ann", "{\"at\":1}"), (member.Session, member.User, Text(member)));
        await watcher.BecomesAsync("1 ann {\"at\":1}");

        await store.AdvanceAsync(Life - Late);
        Assert.Equal(1, (await broker.MembersAsync(Room, null, 10, Cancel)).Count);
        await store.AdvanceAsync(2 * Late);
        Assert.Equal(0, (await broker.MembersAsync(Room, null, 10, Cancel)).Count);
        await watcher.BecomesAsync();
    }

    [Fact]
    public async Task A_renewal_prolongs_a_life_and_shortens_none()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync();
        await broker.RenewAsync(Here, [Renewal(1), Renewal(2)], Cancel);
        await store.AdvanceAsync(Life / 2);
        await broker.RenewAsync(Here, [Renewal(1), Renewal(2) with { Life = Late }], Cancel);
        await store.AdvanceAsync((Life / 2) - Late);
        Assert.Equal("1, 2", await SessionsAsync(broker));
        await store.AdvanceAsync(2 * Late);
        Assert.Equal("1", await SessionsAsync(broker));
        await store.AdvanceAsync(Life / 2);
        Assert.Equal("", await SessionsAsync(broker));
    }

    [Fact]
    public async Task Who_renews_keeps_what_the_member_says_and_since_when_it_is_one()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync();
        await broker.RenewAsync(Here, [Renewal(1, "1")], Cancel);
        Member before = (await broker.MembersAsync(Room, null, 10, Cancel)).Members[0];
        await store.AdvanceAsync(Life / 2);
        await broker.RenewAsync(Here, [Renewal(1, "2")], Cancel);
        Member kept = (await broker.MembersAsync(Room, null, 10, Cancel)).Members[0];
        Assert.Equal(("1", before.Since), (Text(kept), kept.Since));

        await broker.RenewAsync(Here, [Renewal(1, "3", change: LeaseChange.Replace)], Cancel);
        Assert.Equal("3", Text((await broker.MembersAsync(Room, null, 10, Cancel)).Members[0]));
    }

    [Fact]
    public async Task An_update_changes_what_a_member_says_and_makes_none()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync();
        await using var watcher = await Watcher.BeginAsync(broker, Room);
        await broker.RenewAsync(Here, [Renewal(1, "1")], Cancel);
        Assert.Equal(
            [LeaseOutcome.Member, LeaseOutcome.Absent],
            await broker.RenewAsync(There, [Renewal(1, "2", change: LeaseChange.Update), Renewal(2, "2", change: LeaseChange.Update)], Cancel));
        await watcher.BecomesAsync("1  2");

        await store.AdvanceAsync(Life + Late);
        Assert.Equal("", await SessionsAsync(broker));
    }

    [Fact]
    public async Task A_session_stays_a_member_while_another_holder_has_a_lease()
    {
        (IBroker first, IBrokerStore store) = await StartAsync();
        IBroker second = TakesManyServers ? await store.ConnectAsync() : first;
        await using var watcher = await Watcher.BeginAsync(second, Room);
        await first.RenewAsync(Here, [Renewal(1)], Cancel);
        await second.RenewAsync(There, [Renewal(1)], Cancel);
        await first.ReleaseAsync(Here, Room, 1, TimeSpan.Zero, Cancel);
        Assert.Equal("1", await SessionsAsync(second));

        await second.ReleaseAsync(There, Room, 1, TimeSpan.Zero, Cancel);
        Assert.Equal("", await SessionsAsync(first));
        await watcher.BecomesAsync();
        Assert.Equal(["1 ", "-1"], watcher.Told);
    }

    [Fact]
    public async Task A_lease_that_is_released_lives_for_the_grace_at_the_most()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync();
        await broker.RenewAsync(Here, [Renewal(1), Renewal(2), Renewal(3) with { Life = Late }], Cancel);
        await broker.ReleaseAsync(Here, Room, 2, TimeSpan.Zero, Cancel);
        Assert.Equal("1, 3", await SessionsAsync(broker));
        await broker.ReleaseAsync(Here, Room, 1, 5 * Late, Cancel);
        await broker.ReleaseAsync(Here, Room, 3, Life, Cancel);
        await store.AdvanceAsync(2 * Late);
        Assert.Equal("1", await SessionsAsync(broker));
        await store.AdvanceAsync(4 * Late);
        Assert.Equal("", await SessionsAsync(broker));
    }

    [Fact]
    public async Task Who_comes_back_within_the_grace_never_left()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync();
        await using var watcher = await Watcher.BeginAsync(broker, Room);
        await broker.RenewAsync(Here, [Renewal(1)], Cancel);
        await broker.ReleaseAsync(Here, Room, 1, 5 * Late, Cancel);
        await store.AdvanceAsync(3 * Late);
        await broker.RenewAsync(There, [Renewal(1)], Cancel);
        await store.AdvanceAsync(Life - (5 * Late));
        Assert.Equal("1", await SessionsAsync(broker));
        await broker.RenewAsync(There, [Renewal(2)], Cancel);
        await watcher.BecomesAsync("1 ", "2 ");
        Assert.Equal(["1 ", "2 "], watcher.Told);
    }

    [Fact]
    public async Task A_full_room_takes_no_further_member_and_keeps_those_it_has()
    {
        (IBroker broker, _) = await StartAsync();
        LeaseOutcome[] outcomes = [.. await broker.RenewAsync(Here, [Renewal(1) with { Most = 2 }, Renewal(2) with { Most = 2 }, Renewal(3) with { Most = 2 }, Renewal(1) with { Most = 1 }, Renewal(3) with { Room = Other, Most = 2 }], Cancel)];
        Assert.Equal([LeaseOutcome.Member, LeaseOutcome.Member, LeaseOutcome.Full, LeaseOutcome.Member, LeaseOutcome.Member], outcomes);
        await broker.ReleaseAsync(Here, Room, 2, TimeSpan.Zero, Cancel);
        Assert.Equal([LeaseOutcome.Member], await broker.RenewAsync(Here, [Renewal(3) with { Most = 2 }], Cancel));
    }

    [Fact]
    public async Task Members_are_read_by_pages_in_the_order_of_their_sessions()
    {
        (IBroker broker, _) = await StartAsync();
        await broker.RenewAsync(Here, [.. new[] { 5, 3, 9, 1, 7 }.Select(session => Renewal(session))], Cancel);
        MemberPage first = await broker.MembersAsync(Room, null, 2, Cancel);
        MemberPage second = await broker.MembersAsync(Room, first.Members[^1].Session, 2, Cancel);
        await broker.ReleaseAsync(Here, Room, 7, TimeSpan.Zero, Cancel);
        MemberPage last = await broker.MembersAsync(Room, 7, 2, Cancel);
        Assert.Equal(("1, 3", true, 5), (Sessions(first), first.More, first.Count));
        Assert.Equal(("5, 7", true, 5), (Sessions(second), second.More, second.Count));
        Assert.Equal(("9", false, 4), (Sessions(last), last.More, last.Count));
        Assert.Equal((0, false), ((await broker.MembersAsync(Other, null, 2, Cancel)).Count, (await broker.MembersAsync(Other, 3, 2, Cancel)).More));
    }

    [Fact]
    public async Task Members_keep_no_record_of_a_room_and_stay_when_its_log_ends()
    {
        (IBroker broker, _) = await StartAsync();
        await broker.RenewAsync(Here, [Renewal(1)], Cancel);
        Assert.False(await broker.ExistsAsync(Room, Cancel));
        await PublishAsync(broker, Room, 1);
        await broker.EndAsync(Room, Cancel);
        Assert.Equal("1", await SessionsAsync(broker));
    }

    [Fact]
    public async Task A_watch_that_has_ended_is_told_nothing()
    {
        (IBroker broker, _) = await StartAsync();
        var ended = await Watcher.BeginAsync(broker, Room);
        await using var going = await Watcher.BeginAsync(broker, Room);
        await ended.DisposeAsync();
        await broker.RenewAsync(Here, [Renewal(1)], Cancel);
        await going.BecomesAsync("1 ");
        Assert.Empty(ended.Told);
    }

    [Fact]
    public async Task Whoever_watches_while_members_come_and_go_knows_who_is_there()
    {
        (IBroker first, IBrokerStore store) = await StartAsync();
        IBroker second = TakesManyServers ? await store.ConnectAsync() : first;
        Task[] changing =
        [
            .. new[] { (Broker: first, Holder: Here), (Broker: second, Holder: There) }.Select(server => Task.Run(
                async () =>
                {
                    for (int i = 0; i < 300; i++)
                    {
                        int session = (i * 7) % 10;
                        await server.Broker.RenewAsync(server.Holder, [Renewal(session, $"{i}", change: LeaseChange.Replace)], Cancel);
                        await server.Broker.ReleaseAsync(server.Holder, Room, (UInt128)((i * 3) % 10), TimeSpan.Zero, Cancel);
                    }
                },
                Cancel)),
        ];
        var watchers = new List<Watcher>();
        for (int i = 0; i < 20; i++)
        {
            watchers.Add(await Watcher.BeginAsync(i % 2 == 0 ? first : second, Room));
        }

        await Task.WhenAll(changing);
        string[] there = [.. (await first.MembersAsync(Room, null, 100, Cancel)).Members.Select(Told)];
        foreach (Watcher watcher in watchers)
        {
            await watcher.BecomesAsync(there);
            await watcher.DisposeAsync();
        }
    }

    [Fact]
    public async Task Whatever_is_renewed_and_released_the_members_are_those_whose_leases_live()
    {
        Gen<(int Kind, int Holder, int Session, int Seconds)[]> steps = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 1], Gen.Int[1, 4], Gen.Int[2, 40]).Array[1, 40];
        await steps.SampleAsync(
            async script =>
            {
                // Both end with the sample, also where it fails: another may be waiting for the store.
                (IBroker broker, IBrokerStore store) = await StartAsync();
                await using IBrokerStore ending = store;
                await using IBroker endingFirst = broker;
                await using var watcher = await Watcher.BeginAsync(broker, Room);
                var model = new Dictionary<(int Session, int Holder), int>();
                int now = 0;
                foreach ((int kind, int holder, int session, int seconds) in script)
                {
                    string name = holder == 0 ? Here : There;
                    (int, int) key = (session, holder);
                    switch (kind)
                    {
                        case 0:
                            await broker.RenewAsync(name, [Renewal(session) with { Life = TimeSpan.FromSeconds(seconds + 0.5) }], Cancel);
                            model[key] = Math.Max(model.GetValueOrDefault(key), now + seconds);
                            break;
                        case 1:
                            int grace = seconds - 2;
                            await broker.ReleaseAsync(name, Room, (UInt128)session, TimeSpan.FromSeconds(grace == 0 ? 0 : grace + 0.5), Cancel);
                            model[key] = grace == 0 ? 0 : Math.Min(model.GetValueOrDefault(key), now + grace);
                            break;
                        default:
                            // By more than what a lease may end late, from which every end keeps half a second.
                            await store.AdvanceAsync(TimeSpan.FromSeconds(seconds));
                            await store.AdvanceAsync(TimeSpan.FromMilliseconds(100));
                            now += seconds;
                            break;
                    }

                    int[] expected = [.. model.Where(lease => lease.Value > now).Select(static lease => lease.Key.Session).Distinct().Order()];
                    int[] may = [.. model.Where(lease => lease.Value >= now - 1 && lease.Value > 0).Select(static lease => lease.Key.Session).Distinct().Order()];
                    int[] found = [.. (await broker.MembersAsync(Room, null, 100, Cancel)).Members.Select(static member => (int)member.Session)];
                    Assert.Empty(expected.Except(found));
                    Assert.Empty(found.Except(may));
                    await watcher.BecomesAsync([.. found.Select(static session => $"{session} ")]);
                }
            },
            iter: 60,
            threads: 1);
    }

    private static LeaseRenewal Renewal(int session, string state = "", string? user = null, LeaseChange change = LeaseChange.Keep) =>
        new(Room, (UInt128)session, user, Encoding.UTF8.GetBytes(state), change, Life, 1000);

    private static async Task<string> SessionsAsync(IBroker broker) => Sessions(await broker.MembersAsync(Room, null, 1000, Cancel));

    private static string Sessions(MemberPage page) => string.Join(", ", page.Members.Select(static member => member.Session));

    private static string Text(Member member) => Encoding.UTF8.GetString(member.State.Span);

    private static string Told(Member member) => $"{member.Session} {member.User}{(member.State.IsEmpty ? "" : " " + Text(member))}";

    private sealed class Watcher : IMemberWatcher, IAsyncDisposable
    {
        private readonly Lock _lock = new();
        private readonly SortedDictionary<UInt128, Member> _members = [];
        private readonly List<string> _told = [];
        private IAsyncDisposable? _watch;
        private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string[] Told
        {
            get
            {
                lock (_lock)
                {
                    return [.. _told];
                }
            }
        }

        public static async Task<Watcher> BeginAsync(IBroker broker, RoomName room)
        {
            var watcher = new Watcher();
            watcher._watch = await broker.WatchMembersAsync(room, watcher, Cancel);
            return watcher;
        }

        public void OnMembers(IReadOnlyList<Member> members) => Change(() =>
        {
            _members.Clear();
            foreach (Member member in members)
            {
                _members.Add(member.Session, member);
            }
        });

        public void OnMember(Member member) => Change(() =>
        {
            _members[member.Session] = member;
            _told.Add(PresenceSpecification.Told(member));
        });

        public void OnLeft(UInt128 session) => Change(() =>
        {
            Assert.True(_members.Remove(session), "Who was no member has left.");
            _told.Add($"-{session}");
        });

        /// <summary>Completes when the members are these.</summary>
        public async Task BecomesAsync(params string[] members)
        {
            while (true)
            {
                Task changed;
                string[] there;
                lock (_lock)
                {
                    changed = _changed.Task;
                    there = [.. _members.Values.Select(PresenceSpecification.Told)];
                }

                if (members.SequenceEqual(there))
                {
                    return;
                }

                try
                {
                    await changed.WaitAsync(TimeSpan.FromSeconds(90), Cancel);
                }
                catch (TimeoutException)
                {
                    Assert.Equal(members, there);
                }
            }
        }

        public ValueTask DisposeAsync() => _watch!.DisposeAsync();

        private void Change(Action change)
        {
            lock (_lock)
            {
                change();
                _changed.TrySetResult();
                _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}
