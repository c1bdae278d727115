using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Tests.Feeds;

/// <summary>Readers to whom only the newest entry of a room matters.</summary>
public sealed class LatestTests
{
    private static readonly ReadLimits Limits = new(100, 1 << 20);

    [Fact]
    public void A_reader_that_keeps_up_gets_every_entry()
    {
        using var rooms = new LiveRooms();
        Client client = Follow(rooms, ReadFrom.Now);
        for (int i = 0; i < 5; i++)
        {
            rooms.Publish();
            rooms.Queue.RunAll();
        }

        Assert.Equal("joined 1 2 3 4 5", client.Story);
    }

    public static TheoryData<string> Framings => ["websocket", "sse", "ndjson"];

    [Theory]
    [MemberData(nameof(Framings))]
    public void A_reader_that_was_stalled_gets_the_newest_entry_and_nothing_between(string framing)
    {
        using var rooms = new LiveRooms();
        Client client = Follow(rooms, ReadFrom.Now, framing switch
        {
            "websocket" => Framing.WebSocket,
            "sse" => Framing.ServerSentEvents,
            _ => Framing.Ndjson,
        });
        client.Outlet.Take = static _ => 3;
        rooms.Publish();
        rooms.Queue.RunAll();
        rooms.Publish(3000, 300);
        rooms.Queue.RunAll();
        client.Outlet.Take = null;
        client.Outlet.Let();
        rooms.Queue.RunAll();

        Assert.Equal([1L, 3001L], client.Offsets);
        Assert.DoesNotContain(client.Frames, static frame => frame.Op == "gap");
    }

    [Fact]
    public void What_retention_dropped_is_not_told()
    {
        using var rooms = new LiveRooms(new Retention { Entries = 3 });
        Client client = Follow(rooms, ReadFrom.Now);
        client.Outlet.Take = static _ => 3;
        rooms.Publish();
        rooms.Queue.RunAll();
        rooms.Publish(50);
        rooms.Advance(TimeSpan.FromSeconds(11));
        client.Outlet.Take = null;
        client.Outlet.Let();
        rooms.Queue.RunAll();

        Assert.Equal([1L, 51L], client.Offsets);
        Assert.DoesNotContain(client.Frames, static frame => frame.Op == "gap");
    }

    [Fact]
    public void A_reader_that_begins_far_behind_begins_with_the_newest_entry()
    {
        using var rooms = new LiveRooms();
        rooms.Publish(2000, 300);
        Client client = Follow(rooms, ReadFrom.Start);
        Settle(rooms, client, "joined 2000");

        rooms.Publish();
        rooms.Queue.RunAll();

        Assert.Equal("joined 2000 2001", client.Story);
    }

    [Fact]
    public void Beside_a_reader_of_all_entries_each_gets_its_own()
    {
        using var rooms = new LiveRooms();
        Client latest = Follow(rooms, ReadFrom.Now);
        Client all = rooms.Follow();
        rooms.Publish(3);
        rooms.Queue.RunAll();

        Assert.Equal("joined 3", latest.Story);
        Assert.Equal("joined 1 2 3", all.Story);
    }

    [Fact]
    public void A_read_finds_the_newest_entry_after_its_position_alone()
    {
        using var rooms = new LiveRooms();
        Position[] positions = rooms.Publish(5);
        using FeedLease lease = rooms.Open();

        foreach (ReadFrom from in new[] { ReadFrom.After(positions[1]), ReadFrom.Start, ReadFrom.Last(3), ReadFrom.After(positions[3]) })
        {
            RoomPage page = Read(rooms, lease, from);
            Assert.Equal(5, Assert.Single(page.Entries).Offset);
            Assert.Equal((positions[4], false, Verdict.Ok), (page.End, page.HasMore, page.Judgement.Verdict));
        }

        Assert.Empty(Read(rooms, lease, ReadFrom.After(positions[4])).Entries);
        Assert.Empty(Read(rooms, lease, ReadFrom.Now).Entries);
    }

    [Fact]
    public void A_read_gets_the_verdict_of_its_position_as_always()
    {
        using var rooms = new LiveRooms(new Retention { Entries = 3 });
        Position[] positions = rooms.Publish(20);
        using FeedLease lease = rooms.Open();

        RoomPage gap = Read(rooms, lease, ReadFrom.After(positions[0]));
        RoomPage reset = Read(rooms, lease, ReadFrom.After(positions[^2] with { Mark = positions[^2].Mark ^ 1 }));

        Assert.Equal((Verdict.Gap, 2, 20), (gap.Judgement.Verdict, gap.Judgement.Missing!.Value.From, Assert.Single(gap.Entries).Offset));
        Assert.Equal((Verdict.Reset, 20), (reset.Judgement.Verdict, Assert.Single(reset.Entries).Offset));
    }

    [Fact]
    public void Backwards_all_entries_are_there()
    {
        using var rooms = new LiveRooms();
        Position[] positions = rooms.Publish(5);
        using FeedLease lease = rooms.Open();

        Assert.Equal([1L, 2L, 3L], Read(rooms, lease, ReadFrom.Before(positions[3])).Entries.Select(static entry => entry.Offset));
    }

    private static RoomPage Read(LiveRooms rooms, FeedLease lease, ReadFrom from) =>
        LiveRooms.Get(rooms.Reads.ReadAsync(lease, from, Limits, Delivery.Latest, CancellationToken.None));

    private static Client Follow(LiveRooms rooms, ReadFrom from, Framing? framing = null)
    {
        Client client = rooms.Connect(framing ?? Framing.Ndjson);
        client.Join(LiveRooms.Lobby, from, Delivery.Latest);
        rooms.Queue.RunAll();
        return client;
    }

    // A page comes from another thread.
    private static void Settle(LiveRooms rooms, Client client, string story)
    {
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                rooms.Queue.RunAll();
                return client.Story == story;
            },
            TimeSpan.FromSeconds(30)));
    }
}
