using System.Text;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Protocol;

namespace Godwit.Tests.Feeds;

/// <summary>What an exchange is told of a quiet room without its feed being held.</summary>
public sealed class HeadAnswerTests
{
    [Fact]
    public void Whoever_stands_at_the_head_is_answered_with_its_position()
    {
        using var rooms = new LiveRooms();
        Position head = rooms.Publish(3)[^1];
        using FeedLease lease = rooms.Open();
        HeadAnswer? answer = Ask(rooms, ReadFrom.After(head));

        Assert.NotNull(answer);
        Assert.Equal($"\"lobby\":\"{head}\"", Encoding.ASCII.GetString(answer.Member));
        Assert.Equal($$"""{"op":"joined","room":"lobby","position":"{{head}}","verdict":"ok"}""", Encoding.ASCII.GetString(answer.Joined));
        Assert.Same(answer, Ask(rooms, ReadFrom.Now));
    }

    [Fact]
    public void Any_other_place_is_not_answered()
    {
        using var rooms = new LiveRooms();
        Position[] positions = rooms.Publish(3);
        using FeedLease lease = rooms.Open();
        Assert.NotNull(Ask(rooms, ReadFrom.Now));

        Assert.Null(Ask(rooms, ReadFrom.After(positions[1])));
        Assert.Null(Ask(rooms, ReadFrom.After(positions[2] with { Mark = positions[2].Mark ^ 1 })));
        Assert.Null(Ask(rooms, ReadFrom.After(new Position(Epoch.New(), positions[2].Offset, positions[2].Mark))));
        Assert.Null(Ask(rooms, ReadFrom.Start));
        Assert.Null(Ask(rooms, ReadFrom.Last(1)));
    }

    [Fact]
    public void An_entry_makes_it_another_answer()
    {
        using var rooms = new LiveRooms();
        Position before = rooms.Publish()[0];
        using FeedLease lease = rooms.Open();
        Assert.NotNull(Ask(rooms, ReadFrom.After(before)));
        Position after = rooms.Publish()[0];

        Assert.Null(Ask(rooms, ReadFrom.After(before)));
        Assert.Equal(after, Ask(rooms, ReadFrom.After(after))?.Judgement.Position);
    }

    [Fact]
    public void A_feed_in_doubt_answers_nobody_until_it_has_asked_the_store()
    {
        using var rooms = new LiveRooms();
        using FeedLease lease = rooms.Open();
        Assert.NotNull(Ask(rooms, ReadFrom.Now));
        var read = new TaskCompletionSource();
        rooms.Store.BeforeRead = _ => read.Task;
        lease.Feed.OnUncertain();

        Assert.Null(Ask(rooms, ReadFrom.Now));
        rooms.Store.BeforeRead = null;
        read.SetResult();
        rooms.Settle(lease.Feed);
        Assert.NotNull(Ask(rooms, ReadFrom.Now));
    }

    [Fact]
    public void A_feed_whose_store_is_away_answers_nobody()
    {
        using var rooms = new LiveRooms();
        using FeedLease lease = rooms.Open();
        Assert.NotNull(Ask(rooms, ReadFrom.Now));
        lease.Feed.OnDegraded();

        Assert.Null(Ask(rooms, ReadFrom.Now));
        lease.Feed.OnRestored();
        Assert.NotNull(Ask(rooms, ReadFrom.Now));
    }

    [Fact]
    public void Asking_keeps_a_feed_from_ending_that_nobody_holds()
    {
        using var rooms = new LiveRooms(linger: TimeSpan.FromSeconds(10));
        rooms.Open().Dispose();
        for (int i = 0; i < 5; i++)
        {
            rooms.Advance(TimeSpan.FromSeconds(8));
            Assert.NotNull(Ask(rooms, ReadFrom.Now));
        }

        rooms.Advance(TimeSpan.FromSeconds(12));
        Assert.Null(Ask(rooms, ReadFrom.Now));
        Assert.Equal(0, rooms.Feeds.Count);
    }

    [Fact]
    public void Asking_again_allocates_nothing()
    {
        using var rooms = new LiveRooms();
        using FeedLease lease = rooms.Open();
        Assert.NotNull(Ask(rooms, ReadFrom.Now));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            Ask(rooms, ReadFrom.Now);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);
    }

    private static HeadAnswer? Ask(LiveRooms rooms, ReadFrom from) => rooms.Reads.TryAnswerAtHead(LiveRooms.Lobby, from, rooms.Reads.Now);
}
