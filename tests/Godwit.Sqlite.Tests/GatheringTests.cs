using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Rooms;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Sqlite.Tests;

/// <summary>Writes that wait for one another, so that they share a sync.</summary>
public sealed class GatheringTests : IDisposable
{
    private const int Publishers = 16;
    private const int Each = 25;
    private const int Hang = 60_000;

    private static readonly RoomName Room = RoomName.Parse("room");

    private readonly TestDirectory _directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact(Timeout = Hang)]
    public async Task Publishers_that_wait_for_their_answers_all_get_them_however_long_the_disk_seems_to_take()
    {
        await using SqliteBroker broker = await OpenAsync();
        long[][] offsets = await Task.WhenAll(Enumerable.Range(0, Publishers).Select(_ => Task.Run(() => PublishAsync(broker, Each), TestContext.Current.CancellationToken)));
        Assert.All(offsets, static own => Assert.Equal(own.Order(), own));
        Assert.Equal(Enumerable.Range(1, Publishers * Each).Select(static offset => (long)offset), offsets.SelectMany(static own => own).Order());
    }

    [Fact(Timeout = Hang)]
    public async Task A_publisher_that_is_left_alone_is_answered_without_those_who_came_with_it_before()
    {
        await using SqliteBroker broker = await OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, Publishers).Select(_ => Task.Run(() => PublishAsync(broker, 1), TestContext.Current.CancellationToken)));
        long[] alone = await PublishAsync(broker, 2);
        Assert.Equal([Publishers + 1, Publishers + 2], alone);
    }

    [Fact(Timeout = Hang)]
    public async Task A_store_that_is_closed_stores_what_waits_for_others()
    {
        Task<Appended>[] waiting;
        await using (SqliteBroker broker = await OpenAsync())
        {
            await PublishAsync(broker, 3);
            waiting = [.. Enumerable.Range(0, Publishers).Select(_ => broker.AppendAsync(Room, RestartTests.Content("1"), null, TestContext.Current.CancellationToken).AsTask())];
        }

        Assert.Equal(Enumerable.Range(4, Publishers).Select(static offset => (long)offset), (await Task.WhenAll(waiting)).Select(static one => one.Position.Offset));
    }

    private static async Task<long[]> PublishAsync(SqliteBroker broker, int count)
    {
        var offsets = new List<long>();
        for (int i = 0; i < count; i++)
        {
            offsets.Add((await broker.AppendAsync(Room, RestartTests.Content("1"), null, Cancel)).Position.Offset);
        }

        return [.. offsets];
    }

    private async Task<SqliteBroker> OpenAsync()
    {
        var broker = new SqliteBroker(new SqliteBrokerOptions { Directory = _directory.Path, Sync = DataSync.Normal, DiskTime = new FakeTimeProvider() }, new RoomPolicies([]), new UnevenTime());
        await broker.OpenAsync(Cancel);
        return broker;
    }

    /// <summary>
    /// A clock that goes on by 0 to 6 ms whenever it is asked, so that a disk seems fast at one time and slow at another. Its timers never
    /// fire, so nothing else wakes a writer that was not told of a write.
    /// </summary>
    private sealed class UnevenTime : TimeProvider
    {
        private readonly Random _steps = new(7);
        private long _now;

        public override long TimestampFrequency => 1_000_000;

        public override long GetTimestamp()
        {
            lock (_steps)
            {
                return _now += _steps.Next(6_000);
            }
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new SilentTimer();
    }

    private sealed class SilentTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
