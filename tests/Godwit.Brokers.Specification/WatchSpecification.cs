using Godwit.Protocol;

namespace Godwit.Brokers.Specification;

/// <summary>Watching: every entry is told once, in order, from the acknowledgement on.</summary>
public abstract class WatchSpecification : BrokerSpecification
{
    [Fact]
    public async Task Entries_are_told_in_order_each_with_the_mark_before_it()
    {
        (IBroker broker, _) = await StartAsync();
        var watcher = new RecordingWatcher();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        Position[] known = await PublishAsync(broker, Room, 20);
        await watcher.ReachedAsync(20, Cancel);
        Assert.Equal(Offsets(1, 20), watcher.Told.Select(told => told.Entry.Offset));
        Assert.All(watcher.Told, told =>
        {
            Assert.Equal(known[0].Epoch, told.Epoch);
            Assert.Equal(known[told.Entry.Offset - 1].Mark, told.PreviousMark);
            Assert.Equal(known[told.Entry.Offset].Mark, told.Entry.Mark);
        });
        Assert.Equal(0, watcher.Uncertain);
    }

    [Fact]
    public async Task A_watch_begins_with_the_entries_after_it()
    {
        (IBroker broker, _) = await StartAsync();
        Position[] known = await PublishAsync(broker, Room, 3);
        var watcher = new RecordingWatcher();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        await PublishAsync(broker, Room, 1);
        await watcher.ReachedAsync(4, Cancel);
        Assert.Equal([4], watcher.Told.Where(told => told.Entry.Offset > 3).Select(told => told.Entry.Offset));
        Assert.Equal(known[3].Mark, watcher.Told[^1].PreviousMark);
    }

    [Fact]
    public async Task The_mark_chain_goes_on_after_everything_has_aged_out()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(age: TimeSpan.FromMinutes(1)));
        var watcher = new RecordingWatcher();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        Position[] known = await PublishAsync(broker, Room, 2);
        await store.AdvanceAsync(TimeSpan.FromMinutes(1) + Slack);
        await PublishAsync(broker, Room, 1);
        await watcher.ReachedAsync(3, Cancel);
        Assert.Equal((known[2].Mark, 3L), (watcher.Told[2].PreviousMark, watcher.Told[2].Entry.Offset));
    }

    [Fact]
    public async Task Neither_a_repeated_publish_nor_another_rooms_entry_is_told()
    {
        (IBroker broker, _) = await StartAsync();
        var watcher = new RecordingWatcher();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        var key = new PublishKey("ann", "k");
        await broker.AppendAsync(Room, Content("1"), key, Cancel);
        await broker.AppendAsync(Room, Content("1"), key, Cancel);
        await broker.AppendAsync(Room, Content("2"), key, Cancel);
        await PublishAsync(broker, RoomName.Parse("other"), 5);
        await broker.AppendAsync(Room, Content("2"), null, Cancel);
        await watcher.ReachedAsync(2, Cancel);
        Assert.Equal([1, 2], watcher.Told.Select(told => told.Entry.Offset));
    }

    [Fact]
    public async Task Every_watcher_is_told_and_none_after_its_watch_was_disposed()
    {
        (IBroker broker, _) = await StartAsync();
        RecordingWatcher[] watchers = [new(), new(), new()];
        var watches = new List<IAsyncDisposable>();
        foreach (RecordingWatcher watcher in watchers)
        {
            watches.Add(await broker.WatchAsync(Room, watcher, Cancel));
        }

        for (int ended = 0; ended < watchers.Length; ended++)
        {
            await PublishAsync(broker, Room, 1);
            foreach (RecordingWatcher watcher in watchers[ended..])
            {
                await watcher.ReachedAsync(ended + 1, Cancel);
            }

            await watches[ended].DisposeAsync();
            await watches[ended].DisposeAsync();
        }

        await PublishAsync(broker, Room, 1);
        for (int i = 0; i < watchers.Length; i++)
        {
            Assert.Equal(Offsets(1, i + 1), watchers[i].Told.Select(told => told.Entry.Offset));
        }
    }

    [Fact]
    public async Task A_watcher_that_ends_the_other_watches_from_inside_a_call_is_the_last_to_be_told()
    {
        (IBroker broker, _) = await StartAsync();
        var watches = new List<IAsyncDisposable>();
        int told = 0;
        for (int i = 0; i < 3; i++)
        {
            watches.Add(await broker.WatchAsync(Room, new EndingWatcher(() =>
            {
                told++;
                watches.ForEach(watch => Assert.True(watch.DisposeAsync().IsCompletedSuccessfully));
            }), Cancel));
        }

        var last = new RecordingWatcher();
        await using IAsyncDisposable lastWatch = await broker.WatchAsync(Room, last, Cancel);
        await PublishAsync(broker, Room, 2);
        await last.ReachedAsync(2, Cancel);
        Assert.Equal(1, told);
    }

    [Fact]
    public async Task No_call_begins_after_dispose_while_others_publish()
    {
        (IBroker broker, _) = await StartAsync();
        using var stop = new CancellationTokenSource();
        Task publisher = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await broker.AppendAsync(Room, Content("1"), null, Cancel);
            }
        }, Cancel);
        for (int round = 0; round < 50; round++)
        {
            long head = (await HeadAsync(broker, Room)).Head.Offset;
            var watcher = new RecordingWatcher();
            IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
            await watcher.ReachedAsync(head + 1, Cancel);
            await watch.DisposeAsync();
            int told = watcher.Told.Count;
            await broker.AppendAsync(Room, Content("1"), null, Cancel);
            Assert.Equal(told, watcher.Told.Count);
        }

        await stop.CancelAsync();
        await publisher;
    }

    [Fact]
    public async Task Nothing_is_lost_between_acknowledgement_and_read()
    {
        const int Publishers = 4, Each = 400;
        (IBroker broker, _) = await StartAsync();
        Task[] publishers = [.. Enumerable.Range(0, Publishers).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < Each; i++)
            {
                await broker.AppendAsync(Room, Content("1"), null, Cancel);
            }
        }))];
        Task[] readers = [.. Enumerable.Range(0, Publishers).Select(_ => Task.Run(async () =>
        {
            for (int round = 0; round < 25; round++)
            {
                // As a feed starts: watch first, then read; what both give is dropped from what was told.
                var watcher = new RecordingWatcher();
                await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
                LogPage page = await HeadAsync(broker, Room);
                if (page.Head.Offset < Publishers * Each)
                {
                    await watcher.ReachedAsync(page.Head.Offset + 1, Cancel);
                    (Epoch epoch, uint previousMark, Entry entry) = watcher.Told.First(told => told.Entry.Offset > page.Head.Offset);
                    Assert.Equal(page.Head, new Position(epoch, entry.Offset - 1, previousMark));
                }

                long[] offsets = [.. watcher.Told.Select(told => told.Entry.Offset)];
                Assert.Equal(offsets.Length == 0 ? [] : Offsets(offsets[0], offsets[^1]), offsets);
                Assert.False(watcher.Overlapped);
            }
        }))];
        await Task.WhenAll([.. publishers, .. readers]);
    }

    [Fact]
    public async Task Watching_a_room_that_nobody_wrote_to_makes_no_difference_to_what_follows()
    {
        (IBroker broker, _) = await StartAsync();
        var watcher = new RecordingWatcher();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        Position zero = (await HeadAsync(broker, Room)).Head;
        await PublishAsync(broker, Room, 1);
        await watcher.ReachedAsync(1, Cancel);
        Assert.Equal((zero.Epoch, 0u, 1L), (watcher.Told[0].Epoch, watcher.Told[0].PreviousMark, watcher.Told[0].Entry.Offset));
    }

    [Fact]
    public async Task Calls_after_dispose_say_so_and_a_watch_may_still_be_disposed()
    {
        (IBroker broker, _) = await StartAsync();
        var watcher = new RecordingWatcher();
        IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        await broker.DisposeAsync();
        await watch.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await broker.AppendAsync(Room, Content("1"), null, Cancel));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await ReadAsync(broker, Room, ReadFrom.Start));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await broker.WatchAsync(Room, watcher, Cancel));
        await broker.DisposeAsync();
    }

    private sealed class EndingWatcher(Action told) : IRoomWatcher
    {
        public void OnEntry(Epoch epoch, uint previousMark, Entry entry) => told();

        public void OnTrimmed()
        {
        }

        public void OnUncertain()
        {
        }

        public void OnDegraded()
        {
        }

        public void OnRestored()
        {
        }
    }
}
