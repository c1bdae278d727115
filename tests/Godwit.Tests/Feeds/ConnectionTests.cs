using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Tests.Feeds;

public sealed class ConnectionTests
{
    private static readonly RoomName Second = RoomName.Parse("second");

    [Fact]
    public void A_reader_gets_joined_and_then_every_entry()
    {
        using var rooms = new LiveRooms();
        rooms.Publish(3);
        Client client = rooms.Follow(ReadFrom.Start);
        rooms.Publish(2);
        rooms.Queue.RunAll();

        Assert.Equal("joined 1 2 3 4 5", client.Story);
    }

    [Fact]
    public void A_control_frame_that_the_socket_took_nothing_of_is_sent_again()
    {
        using var rooms = new LiveRooms();
        Client client = rooms.Follow();
        client.Outlet.Take = static _ => 0;
        client.Connection.Send(Framing.Ndjson.Control(ControlObject.Degraded(LiveRooms.Lobby), null));
        rooms.Queue.RunAll();
        client.Outlet.Take = null;
        client.Outlet.Let();
        rooms.Queue.RunAll();

        Assert.Equal("joined degraded", client.Story);
    }

    [Fact]
    public void A_reader_among_others_on_its_connection_goes_on_behind_a_gap()
    {
        using var rooms = new LiveRooms(new Retention { Entries = 2 });
        Client client = rooms.Connect();
        client.Join(Second, ReadFrom.Now);
        client.Join(LiveRooms.Lobby, ReadFrom.Now);
        rooms.Queue.RunAll();
        client.Outlet.Take = static _ => 0;
        client.Connection.Send(Framing.Ndjson.Control(ControlObject.Degraded(Second), null));
        rooms.Queue.RunAll();
        for (int i = 0; i < 10; i++)
        {
            rooms.Publish(1, size: 60_000);
        }

        client.Outlet.Take = null;
        client.Outlet.Let();
        rooms.Queue.RunAll();

        Assert.Equal("joined joined degraded gap 9 10", client.Story);
    }

    [Fact]
    public void A_reader_whose_entries_have_all_aged_out_is_told_once_and_nobody_spins()
    {
        using var rooms = new LiveRooms(new Retention { Age = TimeSpan.FromSeconds(5) });
        Position start = rooms.Publish(3)[0];
        using FeedLease lease = rooms.Open();
        Client client = rooms.Connect();
        client.Join(LiveRooms.Lobby, ReadFrom.After(start));
        rooms.Time.Advance(TimeSpan.FromSeconds(30));
        int reads = rooms.Store.Reads;
        rooms.Queue.RunAll();
        rooms.Settle(lease.Feed);
        rooms.Queue.RunAll();

        Assert.Equal("joined gap", client.Story);
        Assert.Equal(new OffsetRange(2, 3), client.Frames[1].Missing);
        Assert.InRange(rooms.Store.Reads - reads, 1, 3);
    }

    [Fact]
    public void A_connection_with_many_rooms_outlives_the_store_going_away()
    {
        using var rooms = new LiveRooms();
        Client client = rooms.Connect(Framing.WebSocket);
        RoomName[] names = [.. Enumerable.Range(0, 40).Select(static i => RoomName.Parse($"room{i}"))];
        foreach (RoomName name in names)
        {
            client.Join(name, ReadFrom.Now);
            rooms.Queue.RunAll();
        }

        foreach (RoomName name in names)
        {
            Assert.Single(rooms.Store.WatchersOf(name)).OnDegraded();
        }

        rooms.Queue.RunAll();

        Assert.False(client.Connection.Ended.IsCompleted);
        Assert.Equal(40, client.Frames.Count(static frame => frame.Op == "degraded"));
    }

    [Fact]
    public void A_client_that_took_something_has_the_whole_stall_limit_again()
    {
        using var rooms = new LiveRooms();
        Client other = rooms.Follow();
        Client client = rooms.Follow();
        client.Outlet.Take = static _ => 0;
        rooms.Publish();
        rooms.Queue.RunAll();
        rooms.Advance(TimeSpan.FromSeconds(29));

        // It takes what was pending in the middle of a turn, and is full again before its connection has noticed.
        other.Outlet.OnWrite = () => client.Outlet.Let();
        rooms.Publish();
        rooms.Queue.RunAll();
        other.Outlet.OnWrite = null;
        rooms.Advance(TimeSpan.FromSeconds(15));

        Assert.False(client.Connection.Ended.IsCompleted);
        rooms.Advance(TimeSpan.FromSeconds(31));
        Assert.True(client.Connection.Ended.IsCompleted);
        Assert.Equal(ErrorCode.Stalled, client.Connection.Reason);
    }

    [Fact]
    public void A_write_that_fails_ends_the_connection_and_lets_go_of_its_rooms()
    {
        using var rooms = new LiveRooms(linger: TimeSpan.Zero);
        Client client = rooms.Follow();
        client.Outlet.Failure = new IOException("gone");
        rooms.Publish();
        rooms.Queue.RunAll();
        rooms.Advance(TimeSpan.FromSeconds(1));

        Assert.True(client.Outlet.IsAborted);
        Assert.True(client.Connection.Ended.IsCompleted);
        Assert.Equal(0, rooms.Feeds.Count);
    }

    [Fact]
    public void A_fault_of_one_connection_is_not_the_end_of_its_shard()
    {
        using var rooms = new LiveRooms();
        Client broken = rooms.Follow();
        Client whole = rooms.Follow();
        broken.Outlet.Failure = new NotSupportedException("a fault");
        rooms.Publish();
        rooms.Queue.RunAll();

        Assert.True(broken.Connection.Ended.IsCompleted);
        Assert.Equal("joined 1", whole.Story);
    }
}
