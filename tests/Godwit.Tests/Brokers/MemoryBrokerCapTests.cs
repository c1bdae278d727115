using Godwit.Brokers;
using Godwit.Brokers.Memory;
using Godwit.Protocol;
using Godwit.Rooms;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Brokers;

/// <summary>The cap on the memory of all logs together.</summary>
public sealed class MemoryBrokerCapTests
{
    private const int Cap = 100_000;
    private static readonly ReadLimits All = new(1_000_000, int.MaxValue);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Above_the_cap_the_oldest_entries_of_the_least_recently_published_room_go_and_its_readers_see_a_gap()
    {
        await using MemoryBroker broker = Create(Cap);
        Position first = (await ReadAsync(broker, "a")).Head;
        await PublishAsync(broker, "a", 30);
        await PublishAsync(broker, "b", 30);
        _time.Advance(TimeSpan.FromSeconds(2));
        await PublishAsync(broker, "c", 45);

        Assert.InRange(broker.MemoryUsed, Cap - 2_000, Cap);
        LogPage a = await broker.ReadAsync(RoomName.Parse("a"), ReadFrom.After(first), All, Cancel);
        Assert.Equal(Verdict.Gap, a.Verdict);
        Assert.Equal(new OffsetRange(1, 30 - a.Entries.Count), a.Missing);
        Assert.InRange(a.Entries.Count, 1, 29);
        Assert.Equal(30, (await ReadAsync(broker, "b")).Entries.Count);
        Assert.Equal(45, (await ReadAsync(broker, "c")).Entries.Count);
    }

    [Fact]
    public async Task A_room_that_is_published_to_again_is_no_longer_the_first_to_give_way()
    {
        await using MemoryBroker broker = Create(Cap);
        foreach (string room in new[] { "a", "b", "a", "c" })
        {
            await PublishAsync(broker, room, room == "c" ? 40 : 20);
            _time.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.Equal(40, (await ReadAsync(broker, "a")).Entries.Count);
        Assert.InRange((await ReadAsync(broker, "b")).Entries.Count, 0, 19);
    }

    [Fact]
    public async Task A_room_that_gave_up_everything_keeps_its_position()
    {
        await using MemoryBroker broker = Create(Cap);
        await PublishAsync(broker, "a", 3);
        Position head = (await ReadAsync(broker, "a")).Head;
        _time.Advance(TimeSpan.FromSeconds(2));
        await PublishAsync(broker, "b", 200);
        LogPage page = await broker.ReadAsync(RoomName.Parse("a"), ReadFrom.After(head), All, Cancel);
        Assert.Equal(Verdict.Ok, page.Verdict);
        Assert.Equal(head, page.Head);
        Assert.Equal(head, page.Oldest);
        await PublishAsync(broker, "a", 1);
        page = await broker.ReadAsync(RoomName.Parse("a"), ReadFrom.After(head), All, Cancel);
        Assert.Equal(Verdict.Ok, page.Verdict);
        Assert.Equal(4, Assert.Single(page.Entries).Offset);
    }

    [Fact]
    public async Task A_room_that_is_alone_above_the_cap_loses_its_oldest_entries_but_never_its_newest()
    {
        await using MemoryBroker broker = Create(Cap);
        for (int i = 1; i <= 200; i++)
        {
            await PublishAsync(broker, "a", 1);
            LogPage page = await ReadAsync(broker, "a");
            Assert.Equal(i, page.Entries[^1].Offset);
            Assert.InRange(broker.MemoryUsed, 0, Cap);
        }

        Assert.InRange((await ReadAsync(broker, "a")).Entries.Count, 60, 100);
        await broker.AppendAsync(RoomName.Parse("a"), new EntryContent(EventName.Default, new byte[2 * Cap], true, null), null, Cancel);
        Assert.Equal(201, Assert.Single((await ReadAsync(broker, "a")).Entries).Offset);
        await PublishAsync(broker, "a", 1);
        Assert.Equal(202, Assert.Single((await ReadAsync(broker, "a")).Entries).Offset);
        Assert.InRange(broker.MemoryUsed, 0, Cap);
    }

    [Fact]
    public async Task Many_rooms_of_one_entry_give_way_in_the_order_of_publishing()
    {
        await using MemoryBroker broker = Create(Cap);
        for (int i = 0; i < 500; i++)
        {
            await PublishAsync(broker, $"r{i}", 1);
        }

        Assert.InRange(broker.MemoryUsed, Cap - 3_000, Cap);
        var kept = new List<bool>();
        for (int i = 0; i < 500; i++)
        {
            kept.Add((await ReadAsync(broker, $"r{i}")).Entries.Count == 1);
        }

        Assert.True(kept[^1]);
        Assert.Equal(kept.Order(), kept);
        Assert.False(kept[0]);
    }

    [Fact]
    public async Task Keys_count_towards_the_memory_until_their_window_has_passed()
    {
        await using MemoryBroker broker = Create(Cap, keyWindow: TimeSpan.FromMinutes(5));
        for (int i = 0; i < 200; i++)
        {
            await broker.AppendAsync(RoomName.Parse("a"), Content(10), new PublishKey("ann", $"key-{i:0000}"), Cancel);
        }

        long withKeys = broker.MemoryUsed;
        _time.Advance(TimeSpan.FromMinutes(5) + ExpiryCalendar.Grid);
        Assert.InRange(withKeys - broker.MemoryUsed, 200 * 100, 200 * 400);
        Assert.Equal(200, (await ReadAsync(broker, "a")).Entries.Count);
    }

    [Fact]
    public async Task The_memory_of_keys_that_come_and_go_does_not_grow()
    {
        await using MemoryBroker broker = new(
            new RoomPolicies([new RoomPolicy { Pattern = RoomPattern.Everything, Retention = new Retention { Entries = 10 }, KeyWindow = TimeSpan.FromMinutes(1) }]), _time, 1L << 30);
        long afterTwoWindows = 0;
        for (int i = 0; i < 1200; i++)
        {
            await broker.AppendAsync(RoomName.Parse("a"), Content(10), new PublishKey("ann", $"key-{i:0000}"), Cancel);
            _time.Advance(TimeSpan.FromSeconds(1));
            afterTwoWindows = i == 120 ? broker.MemoryUsed : afterTwoWindows;
        }

        Assert.InRange(broker.MemoryUsed, 1, afterTwoWindows * 3 / 2);
    }

    [Fact]
    public async Task Keys_push_entries_out_but_are_remembered()
    {
        await using MemoryBroker broker = Create(Cap);
        for (int i = 0; i < 1000; i++)
        {
            await broker.AppendAsync(RoomName.Parse("a"), Content(10), new PublishKey("ann", $"key-{i:0000}"), Cancel);
        }

        Assert.Equal(1000, Assert.Single((await ReadAsync(broker, "a")).Entries).Offset);
        for (int i = 0; i < 1000; i++)
        {
            Appended again = await broker.AppendAsync(RoomName.Parse("a"), Content(10), new PublishKey("ann", $"key-{i:0000}"), Cancel);
            Assert.Equal((AppendOutcome.Duplicate, i + 1L), (again.Outcome, again.Position.Offset));
        }
    }

    [Fact]
    public async Task When_everything_has_gone_no_memory_is_counted_and_no_room_known()
    {
        await using MemoryBroker broker = Create(Cap, keyWindow: TimeSpan.FromMinutes(1), recordAge: 2 * Hour);
        var random = new Random(1);
        for (int i = 0; i < 3000; i++)
        {
            PublishKey? key = random.Next(3) == 0 ? new PublishKey("ann", $"{random.Next(300)}") : null;
            await broker.AppendAsync(RoomName.Parse($"r{random.Next(40)}"), Content(random.Next(3000)), key, Cancel);
            _time.Advance(TimeSpan.FromMilliseconds(random.Next(3000)));
            Assert.InRange(broker.MemoryUsed, 1, Cap);
        }

        _time.Advance(Hour + ExpiryCalendar.Grid);
        Assert.Equal(0, broker.MemoryUsed);
        Assert.NotEqual(0, broker.RoomCount);
        _time.Advance(Hour);
        Assert.Equal(0, broker.RoomCount);
    }

    [Fact]
    public async Task Concurrent_publishers_to_many_rooms_end_within_the_cap()
    {
        await using MemoryBroker broker = Create(Cap);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(publisher => Task.Run(async () =>
        {
            var random = new Random(publisher);
            for (int i = 0; i < 2000; i++)
            {
                await PublishAsync(broker, $"r{random.Next(20)}", 1);
            }
        })));

        Assert.InRange(broker.MemoryUsed, Cap / 2, Cap);
        _time.Advance(Hour + ExpiryCalendar.Grid);
        Assert.Equal(0, broker.MemoryUsed);
    }

    private MemoryBroker Create(long cap, TimeSpan? keyWindow = null, TimeSpan? recordAge = null) => new(
        new RoomPolicies([new RoomPolicy { Pattern = RoomPattern.Everything, KeyWindow = keyWindow ?? Hour, RecordAge = recordAge ?? 24 * Hour }]), _time, cap);

    private static EntryContent Content(int octets) => new(EventName.Default, new byte[octets], IsBytes: true, From: null);

    private static async Task PublishAsync(MemoryBroker broker, string room, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await broker.AppendAsync(RoomName.Parse(room), Content(1000), null, Cancel);
        }
    }

    private static async Task<LogPage> ReadAsync(MemoryBroker broker, string room) => await broker.ReadAsync(RoomName.Parse(room), ReadFrom.Start, All, Cancel);
}
