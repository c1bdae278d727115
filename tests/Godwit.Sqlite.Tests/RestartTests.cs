using Godwit.Brokers;
using Godwit.Brokers.Specification;
using Godwit.Protocol;
using Godwit.Rooms;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Sqlite.Tests;

/// <summary>What is there when the store is opened again.</summary>
public sealed class RestartTests : IDisposable
{
    private static readonly RoomName Room = RoomName.Parse("room");
    private static readonly ReadLimits All = new(1000, int.MaxValue);
    private static readonly TimeSpan Age = TimeSpan.FromMinutes(10);

    private readonly TestDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Entries_positions_and_keys_are_as_they_were()
    {
        var key = new PublishKey("ann", "k");
        Position head;
        await using (SqliteBroker broker = await OpenAsync())
        {
            await PublishAsync(broker, 3);
            head = (await broker.AppendAsync(Room, Content("4"), key, Cancel)).Position;
        }

        await using SqliteBroker again = await OpenAsync();
        LogPage page = await again.ReadAsync(Room, ReadFrom.After(head), All, Cancel);
        Assert.Equal((Verdict.Ok, head), (page.Verdict, page.Head));
        Assert.Equal(4, (await again.ReadAsync(Room, ReadFrom.Start, All, Cancel)).Entries.Count);
        Assert.Equal(new Appended(AppendOutcome.Duplicate, head), await again.AppendAsync(Room, Content("4"), key, Cancel));
        Assert.Equal(AppendOutcome.KeyReused, (await again.AppendAsync(Room, Content("5"), key, Cancel)).Outcome);
    }

    [Fact]
    public async Task A_gap_names_exactly_what_is_gone_and_the_last_entry_dropped_is_still_judged_by_its_mark()
    {
        Position[] known;
        await using (SqliteBroker broker = await OpenAsync())
        {
            known = await PublishAsync(broker, 5);
            _time.Advance(Age);
            known = [.. known, .. await PublishAsync(broker, 2)];
            _time.Advance(TimeSpan.FromSeconds(10));
            await broker.CatchUpAsync();
        }

        await using SqliteBroker again = await OpenAsync();
        LogPage gap = await again.ReadAsync(Room, ReadFrom.After(known[1]), All, Cancel);
        Assert.Equal((Verdict.Gap, new OffsetRange(3, 5)), (gap.Verdict, gap.Missing!.Value));
        Assert.Equal(Verdict.Ok, (await again.ReadAsync(Room, ReadFrom.After(known[4]), All, Cancel)).Verdict);
        Position other = known[4] with { Mark = known[4].Mark ^ 1 };
        Assert.Equal(Verdict.Reset, (await again.ReadAsync(Room, ReadFrom.After(other), All, Cancel)).Verdict);
    }

    [Fact]
    public async Task Time_goes_on_while_no_server_runs()
    {
        await using (SqliteBroker broker = await OpenAsync())
        {
            await PublishAsync(broker, 3);
        }

        _time.Advance(Age + TimeSpan.FromSeconds(10));
        await using SqliteBroker again = await OpenAsync();
        await again.CatchUpAsync();
        LogPage page = await again.ReadAsync(Room, ReadFrom.Start, All, Cancel);
        Assert.Empty(page.Entries);
        Assert.Equal(3, page.Head.Offset);
    }

    [Fact]
    public async Task A_clock_that_was_set_back_drops_nothing_and_keeps_nothing_for_ever()
    {
        await using (SqliteBroker broker = await OpenAsync())
        {
            await PublishAsync(broker, 1);
        }

        var earlier = new FakeTimeProvider(_time.GetUtcNow() - TimeSpan.FromDays(400));
        await using SqliteBroker again = await OpenAsync(earlier);
        await PublishAsync(again, 1);
        earlier.Advance(Age - TimeSpan.FromSeconds(1));
        await again.CatchUpAsync();
        Assert.Equal(2, (await again.ReadAsync(Room, ReadFrom.Start, All, Cancel)).Entries.Count);
        earlier.Advance(TimeSpan.FromSeconds(11));
        await again.CatchUpAsync();
        Assert.Empty((await again.ReadAsync(Room, ReadFrom.Start, All, Cancel)).Entries);
    }

    [Fact]
    public async Task Tickets_orders_session_keys_and_members_are_as_they_were()
    {
        KeyRing ring;
        await using (SqliteBroker broker = await OpenAsync())
        {
            await broker.AddTicketAsync("ticket", new byte[] { 1 }, Age, Cancel);
            await broker.AddOrderAsync("key", new byte[] { 2 }, Age, Cancel);
            ring = await broker.KeysAsync("session", Age, Cancel);
            await broker.RenewAsync("here", [new LeaseRenewal(Room, 7, "ann", "{}"u8.ToArray(), LeaseChange.Keep, Age, 10)], Cancel);
        }

        await using SqliteBroker again = await OpenAsync();
        Assert.Equal([1], (await again.TakeTicketAsync("ticket", Cancel))!.Value.ToArray());
        Assert.Equal(ring.Newest.Id, (await again.KeysAsync("session", Age, Cancel)).Newest.Id);
        var orders = new Orders();
        await using (await again.WatchOrdersAsync(orders, Cancel))
        {
            Assert.Equal([2], orders.Told);
        }

        Member member = Assert.Single((await again.MembersAsync(Room, null, 10, Cancel)).Members);
        Assert.Equal(((UInt128)7, "ann"), (member.Session, member.User));
        _time.Advance(Age + TimeSpan.FromSeconds(1));
        Assert.Empty((await again.MembersAsync(Room, null, 10, Cancel)).Members);
    }

    [Fact]
    public async Task A_room_that_was_watched_until_the_server_ended_has_not_aged_meanwhile()
    {
        TimeSpan recordAge = TimeSpan.FromHours(1);
        Position head;
        await using (SqliteBroker broker = await OpenAsync(recordAge: recordAge))
        {
            head = (await PublishAsync(broker, 1))[^1];
            await broker.WatchAsync(Room, new RecordingWatcher(), Cancel);
            _time.Advance(3 * recordAge);
            await broker.CatchUpAsync();
        }

        await using SqliteBroker again = await OpenAsync(recordAge: recordAge);
        _time.Advance(recordAge - TimeSpan.FromSeconds(1));
        await again.CatchUpAsync();
        Assert.Equal(Verdict.Ok, (await again.ReadAsync(Room, ReadFrom.After(head), All, Cancel)).Verdict);
    }

    [Fact]
    public async Task A_log_that_was_ended_leaves_nothing_behind_and_the_file_shrinks()
    {
        long before, after;
        await using (SqliteBroker broker = await OpenAsync())
        {
            for (int i = 0; i < 600; i++)
            {
                await broker.AppendAsync(Room, new EntryContent("x", new byte[20_000], true, null), null, Cancel);
            }
        }

        before = new FileInfo(_directory["godwit.db"]).Length;
        await using (SqliteBroker broker = await OpenAsync())
        {
            await broker.EndAsync(Room, Cancel);
            await broker.CatchUpAsync();
        }

        after = new FileInfo(_directory["godwit.db"]).Length;
        Assert.True(after < before / 2, $"{before} octets became {after}");
        var faults = new List<string>();
        Assert.Equal((1, 0, 0), Data.DataCheck.Run(_directory.Path, faults.Add));
        Assert.Empty(faults);
    }

    internal static EntryContent Content(string json) => new(EventName.Default, System.Text.Encoding.UTF8.GetBytes(json), false, null);

    private static async Task<Position[]> PublishAsync(SqliteBroker broker, int count)
    {
        var positions = new List<Position>();
        for (int i = 0; i < count; i++)
        {
            positions.Add((await broker.AppendAsync(Room, Content("1"), null, Cancel)).Position);
        }

        return [.. positions];
    }

    private async Task<SqliteBroker> OpenAsync(TimeProvider? time = null, TimeSpan? recordAge = null)
    {
        var policy = new RoomPolicy { Pattern = RoomPattern.Everything, Retention = new Retention { Age = Age, Bytes = 1 << 30 }, RecordAge = recordAge ?? TimeSpan.FromHours(24) };
        var broker = new SqliteBroker(new SqliteBrokerOptions { Directory = _directory.Path, Sync = DataSync.Normal, DiskTime = new FakeTimeProvider() }, new RoomPolicies([policy]), time ?? _time);
        await broker.OpenAsync(Cancel);
        return broker;
    }

    private sealed class Orders : IOrderWatcher
    {
        public List<int> Told { get; } = [];

        public void OnOrder(long number, ReadOnlyMemory<byte> content) => Told.Add(content.Span[0]);
    }
}
