using Godwit.Brokers;
using Godwit.Brokers.Memory;
using Godwit.Protocol;
using Godwit.Rooms;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Brokers;

/// <summary>Measures the heap, so nothing may run beside it.</summary>
[CollectionDefinition(nameof(HeapMeasurements), DisableParallelization = true)]
public sealed class HeapMeasurements;

/// <summary>What rooms, entries and calls cost.</summary>
[Collection(nameof(HeapMeasurements))]
public sealed class MemoryBrokerCostTests
{
    private static readonly RoomPolicies Defaults = new([]);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_idle_room_with_a_name_of_20_letters_costs_at_most_250_octets(bool wasPublishedTo)
    {
        const int Rooms = 100_000;
        var time = new FakeTimeProvider();
        await using var broker = new MemoryBroker(Defaults, time, 1L << 30);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < Rooms; i++)
        {
            RoomName room = RoomName.Parse($"room-with-name{i:000000}");
            if (wasPublishedTo)
            {
                await broker.AppendAsync(room, new EntryContent(EventName.Default, "1"u8.ToArray(), false, null), new PublishKey("", "k"), Cancel);
            }
            else
            {
                await broker.ReadAsync(room, ReadFrom.Now, default, Cancel);
            }
        }

        time.Advance(TimeSpan.FromHours(2));
        long each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Rooms;
        TestContext.Current.TestOutputHelper?.WriteLine($"{each} octets a room");
        Assert.Equal(Rooms, broker.RoomCount);
        Assert.InRange(each, 1, 250);
    }

    [Fact]
    public async Task The_memory_that_is_counted_is_the_memory_that_is_taken()
    {
        await using var broker = new MemoryBroker(Defaults, new FakeTimeProvider(), 1L << 30);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 20_000; i++)
        {
            RoomName room = RoomName.Parse($"room{i % 100}");
            PublishKey? key = i % 4 == 0 ? new PublishKey("", $"key-of-22-characters-{i}") : null;
            await broker.AppendAsync(room, new EntryContent(EventName.Default, new byte[50 + (i % 300)], true, null), key, Cancel);
        }

        double taken = GC.GetTotalMemory(forceFullCollection: true) - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"{broker.MemoryUsed} counted, {taken} taken");
        Assert.InRange(broker.MemoryUsed / taken, 0.9, 1.15);
    }

    [Fact]
    public async Task An_append_allocates_the_entry_and_little_else()
    {
        const int Appends = 20_000;
        await using var broker = new MemoryBroker(new RoomPolicies([new RoomPolicy { Pattern = RoomPattern.Everything, Retention = new Retention { Entries = 100 } }]), new FakeTimeProvider(), 1L << 30);
        RoomName room = RoomName.Parse("room");
        var content = new EntryContent(EventName.Default, new byte[100], true, null);
        Append(1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Append(Appends);
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Appends, 72, 96);

        void Append(int count)
        {
            for (int i = 0; i < count; i++)
            {
                Assert.True(broker.AppendAsync(room, content, null, Cancel).IsCompletedSuccessfully);
            }
        }
    }

    [Fact]
    public async Task Idle_rooms_cause_no_work_until_something_is_due()
    {
        var time = new TimerCounter();
        await using var broker = new MemoryBroker(Defaults, time, 1L << 30);
        time.Advance(TimeSpan.FromDays(30));
        Assert.Equal(0, time.Fired);
        for (int i = 0; i < 1000; i++)
        {
            await broker.ReadAsync(RoomName.Parse($"room{i}"), ReadFrom.Now, default, Cancel);
        }

        time.Advance(TimeSpan.FromHours(23));
        Assert.Equal(0, time.Fired);
        await broker.AppendAsync(RoomName.Parse("room1"), new EntryContent(EventName.Default, [], true, null), null, Cancel);
        time.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(0, time.Fired);
        time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(1, broker.RoomCount);
        Assert.InRange(time.Fired, 1, 3);
    }

    private sealed class TimerCounter : FakeTimeProvider
    {
        public int Fired { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => base.CreateTimer(
            inner =>
            {
                Fired++;
                callback(inner);
            },
            state,
            dueTime,
            period);
    }
}
