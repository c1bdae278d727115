using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Protocol;

namespace Godwit.Tests.Feeds;

/// <summary>A store that has lost the end of its log and written another, before the watch says anything: nobody is given entries of both.</summary>
public sealed class LostTailTests
{
    private const int Common = 3;

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void Who_comes_with_a_position_of_the_new_end_is_given_nothing_of_the_lost_one(int offset)
    {
        using var rooms = new LiveRooms();
        using FeedLease lease = rooms.Open();
        Client follower = rooms.Follow();
        rooms.Publish(6);
        rooms.Queue.RunAll();
        Entry[] log = Lose(rooms, written: 4);

        Client client = rooms.Follow(ReadFrom.After(new Position(Epoch(lease), offset, log[offset - 1].Mark)));
        rooms.Settle(lease.Feed);

        Assert.Equal(log.Skip(offset).Select(static entry => entry.Mark), Marks(client));
        Assert.Equal("ok", client.Frames[0].Verdict);
        Assert.DoesNotContain(client.Frames, static frame => frame.Op is "gap" or "reset");
        Assert.Equal("joined 1 2 3 4 5 6 reset 1 2 3 4 5 6 7", follower.Story);
    }

    [Fact]
    public void Who_comes_to_a_log_that_is_shorter_now_is_given_nothing_of_the_lost_end()
    {
        using var rooms = new LiveRooms();
        using FeedLease lease = rooms.Open();
        rooms.Publish(6);

        // Nothing of it is at hand but the head.
        rooms.Advance(TimeSpan.FromSeconds(20));
        Entry[] log = Lose(rooms, written: 1);

        Client client = rooms.Follow(ReadFrom.After(new Position(Epoch(lease), 4, log[3].Mark)));
        rooms.Settle(lease.Feed);

        Assert.Equal("joined", client.Story);
        Assert.Equal("ok", client.Frames[0].Verdict);
        Assert.Equal(4, lease.Feed.Head);
    }

    [Fact]
    public void Who_is_behind_gets_no_page_of_the_new_end_before_entries_of_the_lost_one()
    {
        using var rooms = new LiveRooms();
        using FeedLease lease = rooms.Open();
        rooms.Publish(6);
        rooms.Advance(TimeSpan.FromSeconds(20));
        Client client = rooms.Connect();
        client.Join(LiveRooms.Lobby, ReadFrom.Start);
        Entry[] log = Lose(rooms, written: 3);
        rooms.Queue.RunAll();
        rooms.Settle(lease.Feed);

        Assert.Equal("joined reset 1 2 3 4 5 6", client.Story);
        Assert.Equal(log.Select(static entry => entry.Mark), Marks(client));
    }

    private static Epoch Epoch(FeedLease lease) => lease.Feed.State.Start.Epoch;

    private static IEnumerable<uint> Marks(Client client) => client.Frames.Where(static frame => frame.Op == "entry").Select(static frame => frame.Position!.Value.Mark);

    /// <summary>Has the store answer from another log of the same epoch, which shares the first entries, and tell nobody; returns that log.</summary>
    private static Entry[] Lose(LiveRooms rooms, int written)
    {
        LogPage all = LiveRooms.Get(rooms.Store.ReadAsync(LiveRooms.Lobby, ReadFrom.Start, new ReadLimits(100, 1 << 20), CancellationToken.None));
        Entry[] log = [.. all.Entries.Take(Common), .. Enumerable.Range(Common + 1, written).Select(static offset => new Entry(offset, (uint)(1000 + offset), 0, LiveRooms.Content($"{offset}")))];
        Position At(long offset) => offset == 0 ? all.Oldest : new Position(all.Head.Epoch, offset, log[offset - 1].Mark);
        rooms.Store.Answer = (from, _) =>
        {
            long asked = from.Position.Offset;
            bool isOurs = from.Kind is not (ReadFromKind.After or ReadFromKind.Continue)
                || (asked <= log.Length && (from.Kind == ReadFromKind.Continue || At(asked).Mark == from.Position.Mark));
            long start = !isOurs || from.Kind == ReadFromKind.Start ? 0 : from.Kind == ReadFromKind.Now ? log.Length : asked;
            return new LogPage
            {
                Verdict = isOurs ? Verdict.Ok : Verdict.Reset,
                Start = At(start),
                Entries = log[(int)start..],
                Head = At(log.Length),
                Oldest = At(0),
            };
        };
        return log;
    }
}
