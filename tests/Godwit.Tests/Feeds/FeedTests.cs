using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Tests.Feeds;

public sealed class FeedTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Entries_told_during_the_start_are_kept_and_those_that_the_head_covers_dropped()
    {
        using var rooms = new LiveRooms();
        rooms.Publish(2);
        rooms.Store.BeforeRead = _ =>
        {
            rooms.Store.BeforeRead = null;
            rooms.Publish(2);
            return Task.CompletedTask;
        };
        rooms.Store.Answer = (_, page) =>
        {
            rooms.Store.Answer = null;
            rooms.Publish(3);
            return page;
        };
        using FeedLease lease = rooms.Open();

        Assert.Equal(7, lease.Feed.Head);
        Assert.Equal("joined 3 4 5 6 7", rooms.Follow(ReadFrom.Last(5)).Story);
        Assert.Equal(0, lease.Feed.Generation);
    }

    [Fact]
    public void What_is_uncertain_during_the_start_is_asked_again()
    {
        using var rooms = new LiveRooms();
        rooms.Store.Answer = (_, page) =>
        {
            rooms.Store.Answer = null;
            rooms.Store.TellsEntries = false;
            rooms.Publish();
            rooms.Store.TellsEntries = true;
            Assert.Single(rooms.Store.WatchersOf(LiveRooms.Lobby)).OnUncertain();
            return page;
        };
        using FeedLease lease = rooms.Open();
        Until(rooms, () => lease.Feed.Head == 1);
    }

    [Fact]
    public void A_hole_in_what_the_watch_tells_is_filled_from_the_store()
    {
        using var rooms = new LiveRooms();
        using FeedLease lease = rooms.Open();
        Client client = rooms.Follow();
        rooms.Publish();
        rooms.Store.TellsEntries = false;
        rooms.Publish(3);
        rooms.Store.TellsEntries = true;
        rooms.Publish();
        rooms.Settle(lease.Feed);

        Assert.Equal("joined 1 2 3 4 5", client.Story);
    }

    [Fact]
    public void An_entry_that_names_another_mark_before_it_resets_every_reader_once()
    {
        using var rooms = new LiveRooms();
        using FeedLease lease = rooms.Open();
        Client client = rooms.Follow();
        Client second = rooms.Follow(framing: Framing.WebSocket);
        Position head = rooms.Publish(2)[1];
        rooms.Queue.RunAll();

        // The store has lost the end of its log and written another one.
        ResetOnce(rooms.Store);
        IRoomWatcher watcher = Assert.Single(rooms.Store.WatchersOf(LiveRooms.Lobby));
        watcher.OnEntry(head.Epoch, head.Mark ^ 1, new Entry(3, 7, 0, LiveRooms.Content("3")));
        rooms.Settle(lease.Feed);

        Assert.Equal("joined 1 2 reset 1 2", client.Story);
        Assert.Equal("joined 1 2 reset 1 2", second.Story);
        Assert.Equal(1, lease.Feed.Generation);
    }

    [Fact]
    public void Another_entry_at_an_offset_that_is_known_resets_too()
    {
        using var rooms = new LiveRooms();
        using FeedLease lease = rooms.Open();
        Client client = rooms.Follow();
        Position[] positions = rooms.Publish(3);
        rooms.Queue.RunAll();
        ResetOnce(rooms.Store);
        IRoomWatcher watcher = Assert.Single(rooms.Store.WatchersOf(LiveRooms.Lobby));
        watcher.OnEntry(positions[0].Epoch, positions[0].Mark, new Entry(2, positions[1].Mark ^ 1, 0, LiveRooms.Content("2")));
        rooms.Settle(lease.Feed);

        Assert.Equal("joined 1 2 3 reset 1 2 3", client.Story);
    }

    [Fact]
    public void A_log_that_began_anew_resets()
    {
        using var rooms = new LiveRooms();
        using FeedLease lease = rooms.Open();
        Client client = rooms.Follow();
        rooms.Publish(2);
        rooms.Queue.RunAll();

        var anew = new Position(new Epoch(1), 1, 5);
        var entry = new Entry(1, 5, 0, LiveRooms.Content("\"new\""));
        rooms.Store.Answer = (from, _) => from.Position.Epoch == anew.Epoch || from.Kind == ReadFromKind.After
            ? new LogPage
            {
                Verdict = from.Position.Epoch == anew.Epoch ? Verdict.Ok : Verdict.Reset,
                Start = from.Position.Epoch == anew.Epoch ? new Position(anew.Epoch, from.Position.Offset, from.Position.Mark) : new Position(anew.Epoch, 0, 0),
                Entries = from.Position.Epoch == anew.Epoch && from.Position.Offset == 1 ? [] : [entry],
                Head = anew,
                Oldest = new Position(anew.Epoch, 0, 0),
            }
            : throw new InvalidOperationException();
        Assert.Single(rooms.Store.WatchersOf(LiveRooms.Lobby)).OnEntry(anew.Epoch, 0, entry);
        rooms.Settle(lease.Feed);

        Assert.Equal("joined 1 2 reset 1", client.Story);
        Assert.Equal(anew, client.Frames[^1].Position);
    }

    [Fact]
    public void A_page_asked_for_before_a_reset_is_not_sent_behind_it()
    {
        using var rooms = new LiveRooms();
        rooms.Publish(450, size: 100);
        using FeedLease lease = rooms.Open();

        // A page of the old log is on its way while the feed is reset and its reader told.
        var arrival = new TaskCompletionSource();
        Client client = rooms.Connect();
        client.Join(LiveRooms.Lobby, ReadFrom.Start);
        rooms.Store.BeforeAnswer = () =>
        {
            rooms.Store.BeforeAnswer = null;
            return arrival.Task;
        };
        rooms.Store.Answer = (_, page) =>
        {
            rooms.Store.Answer = null;
            return With(page, [.. page.Entries.Select(static entry => new Entry(entry.Offset, entry.Mark, 0, LiveRooms.Content("\"old\"")))]);
        };
        rooms.Queue.RunAll();
        ResetOnce(rooms.Store);
        LiveRooms.Get(Done(lease.Feed.SyncAsync()));
        rooms.Queue.RunAll();
        Assert.Equal("joined reset", client.Story);
        arrival.SetResult();
        Until(rooms, () => client.Offsets.Length == 450);

        Assert.DoesNotContain(client.Frames, static frame => frame.Data == "\"old\"");
    }

    [Fact]
    public void While_the_store_is_away_readers_are_told_once_nobody_spins_and_then_everything_arrives()
    {
        using var rooms = new LiveRooms();
        rooms.Publish(100, size: 1000);
        using FeedLease lease = rooms.Open();
        Client client = rooms.Follow();
        rooms.Store.TellsEntries = false;
        rooms.Publish(2);
        rooms.Store.TellsEntries = true;
        rooms.Store.IsAway = true;
        Client behind = rooms.Connect(Framing.WebSocket);
        rooms.Store.IsAway = false;
        behind.Join(LiveRooms.Lobby, ReadFrom.Start);
        rooms.Store.IsAway = true;
        rooms.Queue.RunAll();
        int reads = rooms.Store.Reads;
        Until(rooms, () => client.Frames.Any(static frame => frame.Op == "degraded"));
        for (int i = 0; i < 10; i++)
        {
            int before = rooms.Store.Reads;
            rooms.Advance(Second);
            Until(rooms, () => rooms.Store.Reads > before);
        }

        Assert.InRange(rooms.Store.Reads - reads, 5, 30);
        rooms.Store.IsAway = false;
        for (int i = 0; i < 3; i++)
        {
            rooms.Advance(Second);
        }

        Until(rooms, () => client.Offsets.Length == 2 && behind.Offsets.Length == 102);
        rooms.Publish();
        Until(rooms, () => client.Offsets.Length == 3);
        Assert.Equal(1, client.Frames.Count(static frame => frame.Op == "degraded"));
        Assert.Equal(1, client.Frames.Count(static frame => frame.Op == "restored"));
        Assert.Equal([101, 102, 103], client.Offsets);
        Assert.Equal(Enumerable.Range(1, 103).Select(static i => (long)i), behind.Offsets);
    }

    [Fact]
    public void A_failure_that_no_broker_should_have_is_survived_like_one_that_it_may()
    {
        using var rooms = new LiveRooms();
        using FeedLease lease = rooms.Open();
        Client client = rooms.Follow();
        rooms.Store.Failure = new InvalidOperationException("a fault");
        Assert.Single(rooms.Store.WatchersOf(LiveRooms.Lobby)).OnUncertain();
        Until(rooms, () => client.Frames.Any(static frame => frame.Op == "degraded"));
        rooms.Store.Failure = null;
        rooms.Publish();
        Until(rooms, () =>
        {
            rooms.Advance(Second);
            return client.News == "joined degraded restored 1";
        });
    }

    [Fact]
    public void The_watch_saying_that_all_is_well_does_not_hide_that_reads_fail()
    {
        using var rooms = new LiveRooms();
        using FeedLease lease = rooms.Open();
        Client client = rooms.Follow();
        IRoomWatcher watcher = Assert.Single(rooms.Store.WatchersOf(LiveRooms.Lobby));
        rooms.Store.IsAway = true;
        watcher.OnDegraded();
        watcher.OnUncertain();
        int reads = rooms.Store.Reads;
        Until(rooms, () => rooms.Store.Reads > reads);
        Until(rooms, () =>
        {
            rooms.Advance(Second);
            return rooms.Store.Reads > reads + 2;
        });
        watcher.OnRestored();
        rooms.Queue.RunAll();

        Assert.Equal("joined degraded", client.News);
        rooms.Store.IsAway = false;
        Until(rooms, () =>
        {
            rooms.Advance(Second);
            return client.News == "joined degraded restored";
        });
    }

    [Fact]
    public void A_start_that_fails_is_told_and_the_next_one_succeeds()
    {
        using var rooms = new LiveRooms();
        rooms.Store.IsAway = true;
        Assert.Throws<BrokerUnavailableException>(() => rooms.Open());
        Assert.Equal(0, rooms.Feeds.Count);
        Assert.Equal(0, rooms.Store.Watches);
        rooms.Store.IsAway = false;
        rooms.Open().Dispose();
        Assert.Equal(1, rooms.Feeds.Count);
    }

    [Fact]
    public void A_feed_lingers_and_ends_and_a_new_hold_keeps_it()
    {
        using var rooms = new LiveRooms(linger: TimeSpan.FromSeconds(10));
        FeedLease first = rooms.Open();
        Feed feed = first.Feed;
        first.Dispose();
        first.Dispose();
        rooms.Advance(9 * Second);
        FeedLease second = rooms.Open();
        Assert.Same(feed, second.Feed);
        rooms.Advance(20 * Second);
        Assert.Equal(1, rooms.Feeds.Count);
        second.Dispose();
        rooms.Advance(9 * Second);
        Assert.Equal((1, 1), (rooms.Feeds.Count, rooms.Store.Watches));
        rooms.Advance(2 * Second);
        Assert.Equal((0, 0), (rooms.Feeds.Count, rooms.Store.Watches));
        Assert.False(feed.TryHold());
        using FeedLease third = rooms.Open();
        Assert.NotSame(feed, third.Feed);
    }

    [Fact]
    public async Task A_feed_whose_openers_give_up_during_the_start_leaves_no_watch_behind()
    {
        using var rooms = new LiveRooms(linger: TimeSpan.Zero);
        var acknowledged = new TaskCompletionSource();
        rooms.Store.BeforeWatch = () => acknowledged.Task;
        using var cancel = new CancellationTokenSource();
        Task<FeedLease> opening = rooms.Reads.OpenAsync(LiveRooms.Lobby, ReadFrom.Now, cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        rooms.Advance(Second);
        acknowledged.SetResult();
        Until(rooms, () =>
        {
            rooms.Advance(Second);
            return rooms.Store.Watches == 0 && rooms.Feeds.Count == 0;
        });
    }

    [Fact]
    public void Segments_and_pages_go_when_nothing_happens_for_ten_seconds_and_readers_go_on()
    {
        using var rooms = new LiveRooms();
        rooms.Publish(600, size: 500);
        using FeedLease lease = rooms.Open();
        Client client = rooms.Follow(ReadFrom.Start);
        Assert.Equal(600, client.Offsets.Length);
        Assert.False(lease.Feed.Pages.IsEmpty);
        rooms.Advance(11 * Second);
        Assert.True(lease.Feed.Pages.IsEmpty);

        rooms.Publish(3);
        rooms.Queue.RunAll();
        Assert.NotEqual(0, rooms.Feeds.TailBudget.Used);
        rooms.Advance(9 * Second);
        Assert.NotEqual(0, rooms.Feeds.TailBudget.Used);
        rooms.Advance(2 * Second);
        Assert.Equal(0, rooms.Feeds.TailBudget.Used);
        rooms.Publish(2);
        rooms.Queue.RunAll();
        Assert.Equal(Enumerable.Range(1, 605).Select(static i => (long)i), client.Offsets);
    }

    /// <summary>The next position that a feed presents is judged to be of another log.</summary>
    private static void ResetOnce(SwitchedStore store) => store.Answer = (from, page) =>
    {
        if (from.Kind != ReadFromKind.After)
        {
            return page;
        }

        store.Answer = null;
        return new LogPage { Verdict = Verdict.Reset, Start = page.Oldest, Entries = [], Head = page.Head, Oldest = page.Oldest };
    };

    private static LogPage With(LogPage page, Entry[] entries) =>
        new() { Verdict = page.Verdict, Missing = page.Missing, Start = page.Start, Entries = entries, Head = page.Head, Oldest = page.Oldest };

    private static async ValueTask<bool> Done(Task task)
    {
        await task;
        return true;
    }

    /// <summary>Runs the shards until something that happens on other threads has happened.</summary>
    private static void Until(LiveRooms rooms, Func<bool> condition) => Assert.True(SpinWait.SpinUntil(
        () =>
        {
            rooms.Queue.RunAll();
            return condition();
        },
        TimeSpan.FromSeconds(20)));
}
