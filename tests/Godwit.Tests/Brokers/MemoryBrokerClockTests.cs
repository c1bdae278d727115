using Godwit.Brokers;
using Godwit.Brokers.Memory;
using Godwit.Protocol;
using Godwit.Rooms;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Brokers;

/// <summary>Setting the wall clock changes the times that entries carry and nothing else.</summary>
public sealed class MemoryBrokerClockTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(400)]
    [InlineData(-400)]
    public async Task A_step_of_the_wall_clock_neither_drops_entries_nor_keeps_them(int days)
    {
        var time = new SteppedWallClock();
        await using var broker = new MemoryBroker(new RoomPolicies([]), time, 1L << 30);
        RoomName room = RoomName.Parse("room");
        var content = new EntryContent(EventName.Default, "1"u8.ToArray(), false, null);
        await broker.AppendAsync(room, content, null, Cancel);
        time.Step = TimeSpan.FromDays(days);
        await broker.AppendAsync(room, content, null, Cancel);
        time.Advance(TimeSpan.FromMinutes(59));
        LogPage page = await broker.ReadAsync(room, ReadFrom.Start, new ReadLimits(10, 100), Cancel);
        Assert.Equal([1, 2], page.Entries.Select(entry => entry.Offset));
        Assert.Equal(TimeSpan.FromDays(days).TotalMilliseconds, page.Entries[1].Time - page.Entries[0].Time);

        time.Advance(TimeSpan.FromMinutes(1) + ExpiryCalendar.Grid);
        page = await broker.ReadAsync(room, ReadFrom.Start, new ReadLimits(10, 100), Cancel);
        Assert.Empty(page.Entries);
    }

    // AdjustTime of FakeTimeProvider moves its monotonic timestamp too, which a step of a real wall clock does not.
    private sealed class SteppedWallClock : TimeProvider
    {
        private readonly FakeTimeProvider _inner = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

        public TimeSpan Step { get; set; }

        public override long TimestampFrequency => _inner.TimestampFrequency;

        public void Advance(TimeSpan span) => _inner.Advance(span);

        public override DateTimeOffset GetUtcNow() => _inner.GetUtcNow() + Step;

        public override long GetTimestamp() => _inner.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => _inner.CreateTimer(callback, state, dueTime, period);
    }
}
