using CsCheck;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Feeds.Tails;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Tests.Brokers;

namespace Godwit.Tests.Feeds;

/// <summary>Newest entries that leave by a way of their own, past whatever waits, or wait for nothing but the moment.</summary>
[Collection(nameof(HeapMeasurements))]
public sealed class LatestWayTests
{
    private static readonly RoomName[] Rooms = [LiveRooms.Lobby, RoomName.Parse("a"), RoomName.Parse("b"), RoomName.Parse("c"), RoomName.Parse("d")];

    [Fact]
    public void The_first_entry_behind_joined_goes_the_usual_way_and_all_others_go_the_other()
    {
        using var rooms = new LiveRooms();
        (LatestOutlet outlet, _, _) = Follow(rooms);
        for (int i = 0; i < 4; i++)
        {
            rooms.Publish();
            rooms.Queue.RunAll();
        }

        Assert.Equal("joined 1 | 2 3 4", outlet.Story);
        Assert.Equal(4, rooms.Pump.Entries(ReadTransport.SessionDataChannel));
    }

    [Fact]
    public void What_may_not_leave_is_not_kept_and_the_newest_leaves_when_it_may()
    {
        using var rooms = new LiveRooms();
        (LatestOutlet outlet, _, _) = Follow(rooms);
        outlet.Let(1);
        for (int i = 0; i < 3000; i++)
        {
            rooms.Publish(1, 100);
            rooms.Queue.RunAll();
        }

        Assert.Equal("joined 1 | 2", outlet.Story);
        outlet.Let(1);
        rooms.Queue.RunAll();
        Assert.Equal("joined 1 | 2 3000", outlet.Story);
        outlet.Let(5);
        rooms.Queue.RunAll();
        Assert.Equal("joined 1 | 2 3000", outlet.Story);
    }

    [Fact]
    public void Rooms_take_turns_when_there_is_not_room_for_all()
    {
        using var rooms = new LiveRooms();
        (LatestOutlet outlet, _, _) = Follow(rooms, Rooms);
        PublishAll(rooms);
        outlet.Let(0);
        for (int i = 0; i < 25; i++)
        {
            PublishAll(rooms);
            PublishAll(rooms);
            outlet.Let(2);
            rooms.Queue.RunAll();
            outlet.Let(0);
        }

        Assert.Equal(50, outlet.Latest.Count);
        Assert.All(outlet.Latest.GroupBy(static entry => entry.Room), static room => Assert.InRange(room.Count(), 9, 11));
        Assert.Equal(Rooms.Length, outlet.Latest.Take(5).Select(static entry => entry.Room).Distinct().Count());
    }

    [Fact]
    public void An_entry_that_is_too_long_goes_the_usual_way_and_the_next_one_that_is_not_the_other()
    {
        using var rooms = new LiveRooms();
        (LatestOutlet outlet, _, _) = Follow(rooms);
        foreach (int size in new[] { 1, 1, 3000, 1, 20_000, 1 })
        {
            rooms.Publish(1, size);
            rooms.Queue.RunAll();
        }

        Assert.Equal("joined 1 3 5 | 2 4 6", outlet.Story);
    }

    [Fact]
    public void Beside_other_rooms_it_is_the_same()
    {
        using var rooms = new LiveRooms();
        (LatestOutlet outlet, Connection connection, _) = Follow(rooms);
        Join(rooms, connection, Rooms[1], Delivery.All);
        rooms.Queue.RunAll();
        for (int i = 0; i < 3; i++)
        {
            rooms.Publish(Rooms[0], 1, i == 1 ? 3000 : 1);
            rooms.Publish(Rooms[1]);
            rooms.Queue.RunAll();
        }

        Assert.Equal([1L, 2L, 3L], outlet.Usual.Where(static frame => frame is { Op: "entry", Room: "a" }).Select(static frame => frame.Offset));
        Assert.Equal([1L, 2L], outlet.Usual.Where(static frame => frame is { Op: "entry", Room: "lobby" }).Select(static frame => frame.Offset));
        Assert.Equal([("lobby", 3L)], outlet.Latest);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void When_the_way_closes_what_had_to_wait_goes_the_usual_one_and_when_it_opens_again_the_next_entry_takes_it(int count)
    {
        using var rooms = new LiveRooms();
        (LatestOutlet outlet, _, _) = Follow(rooms, Rooms[..count]);
        PublishAll(rooms);
        outlet.Let(0);
        PublishAll(rooms);
        PublishAll(rooms);
        Assert.Empty(outlet.Latest);
        outlet.Open(0);
        rooms.Queue.RunAll();
        PublishAll(rooms);
        Assert.Equal([1L, 3L, 4L], outlet.Usual.Where(static frame => frame is { Op: "entry", Room: "lobby" }).Select(static frame => frame.Offset));
        outlet.Let(int.MaxValue);
        outlet.Open(1101);
        rooms.Queue.RunAll();
        PublishAll(rooms);
        Assert.Equal(count, outlet.Latest.Count(static entry => entry.Offset == 5));
        Assert.Equal(count, outlet.Latest.Count);
    }

    [Fact]
    public void Of_a_room_that_is_left_and_behind_the_last_frame_nothing_leaves()
    {
        using var rooms = new LiveRooms();
        (LatestOutlet outlet, Connection connection, Reader[] readers) = Follow(rooms, Rooms[..2]);
        PublishAll(rooms);
        outlet.Let(0);
        PublishAll(rooms);
        connection.Leave(readers[0], "{\"op\":\"left\",\"room\":\"lobby\"}\n"u8.ToArray());
        outlet.Let(10);
        rooms.Queue.RunAll();
        PublishAll(rooms);
        Assert.Equal([("a", 2L), ("a", 3L)], outlet.Latest);

        outlet.Let(0);
        PublishAll(rooms);
        connection.Close("{\"op\":\"error\"}\n"u8.ToArray());
        outlet.Let(10);
        rooms.Queue.RunAll();
        PublishAll(rooms);
        Assert.Equal(2, outlet.Latest.Count);
        Assert.Equal("error", outlet.Usual[^1].Op);
    }

    [Fact]
    public void Who_is_taken_out_of_a_room_or_sent_away_gets_nothing_more_of_it()
    {
        using var rooms = new LiveRooms();
        (LatestOutlet outlet, Connection connection, _) = Follow(rooms, Rooms[..2]);
        connection.SessionId = 1;
        PublishAll(rooms);
        outlet.Let(0);
        PublishAll(rooms);
        connection.ExpelFrom(Rooms[0], ErrorCode.AccessDenied);
        outlet.Let(10);
        rooms.Queue.RunAll();
        PublishAll(rooms);
        Assert.Equal([("a", 2L), ("a", 3L)], outlet.Latest);

        // Until it is closed entries go on; then there are none.
        connection.Drain(closes: 1000, back: 10);
        PublishAll(rooms);
        Assert.Equal(3, outlet.Latest.Count);
        connection.Drain(closes: 0, back: 10);
        PublishAll(rooms);
        Assert.Equal(3, outlet.Latest.Count);
    }

    [Fact]
    public void Behind_a_reset_the_first_entry_goes_the_usual_way_again()
    {
        using var rooms = new LiveRooms();
        using FeedLease lease = rooms.Open();
        (LatestOutlet outlet, _, _) = Follow(rooms);
        rooms.Publish();
        rooms.Queue.RunAll();
        Position head = rooms.Publish()[0];
        rooms.Queue.RunAll();
        Assert.Equal("joined 1 | 2", outlet.Story);
        rooms.Store.Answer = (from, page) =>
        {
            if (from.Kind != ReadFromKind.After)
            {
                return page;
            }

            rooms.Store.Answer = null;
            return new LogPage { Verdict = Verdict.Reset, Start = page.Oldest, Entries = [], Head = page.Head, Oldest = page.Oldest };
        };
        Assert.Single(rooms.Store.WatchersOf(LiveRooms.Lobby)).OnEntry(head.Epoch, head.Mark ^ 1, new Entry(3, 7, 0, LiveRooms.Content("3")));
        rooms.Settle(lease.Feed);
        Assert.Equal("joined 1 reset 2 | 2", outlet.Story);

        rooms.Publish();
        rooms.Queue.RunAll();
        Assert.Equal("joined 1 reset 2 | 2 3", outlet.Story);
    }

    [Fact]
    public void While_the_usual_way_is_full_nothing_leaves_and_then_the_newest_before_what_waits()
    {
        using var rooms = new LiveRooms();
        (LatestOutlet outlet, Connection connection, _) = Follow(rooms, Rooms[..2]);
        Join(rooms, connection, Rooms[2], Delivery.All);
        PublishAll(rooms);
        int before = outlet.Usual.Count;
        outlet.IsFilling = true;
        rooms.Publish(Rooms[2]);
        rooms.Queue.RunAll();
        PublishAll(rooms);
        Assert.Equal((before + 1, 0), (outlet.Usual.Count, outlet.Latest.Count));
        outlet.OnLatest = (_, _) => Assert.Equal(before + 1, outlet.Usual.Count);
        outlet.Drain();
        rooms.Queue.RunAll();
        Assert.Equal(2, outlet.Latest.Count);
        Assert.Equal(before + 2, outlet.Usual.Count);
    }

    [Fact]
    public void Whatever_happens_an_entry_that_leaves_is_the_newest_none_leaves_twice_and_the_last_one_does() =>
        Gen.Select(Gen.Int[1, 5], Gen.Select(Gen.Int[0, 9], Gen.Int[0, 4]).Array[1, 120]).Sample((count, steps) =>
        {
            using var rooms = new LiveRooms();
            (LatestOutlet outlet, _, _) = Follow(rooms, Rooms[..count]);
            var heads = new Dictionary<string, long>();
            var seen = new Dictionary<string, long>();
            outlet.OnLatest = (room, offset) =>
            {
                Assert.Equal(heads[room], offset);
                Assert.True(offset > seen.GetValueOrDefault(room));
                Assert.Contains(outlet.Usual, frame => frame.Op == "entry" && frame.Room == room);
                seen[room] = offset;
            };
            outlet.OnUsual = (room, offset) =>
            {
                Assert.True(offset > seen.GetValueOrDefault(room));
                seen[room] = offset;
            };
            foreach ((int kind, int number) in steps)
            {
                switch (kind)
                {
                    case < 5:
                        RoomName room = Rooms[number % count];
                        heads[room.ToString()] = heads.GetValueOrDefault(room.ToString()) + 1;
                        rooms.Publish(room, 1, kind == 4 ? 2000 : 10);
                        break;
                    case 5:
                        outlet.Let(number);
                        break;
                    case 6:
                        outlet.Open(number == 0 ? 0 : 1101);
                        break;
                    case 7:
                        outlet.IsFilling = true;
                        break;
                    case 8:
                        outlet.Drain();
                        break;
                    default:
                        rooms.Queue.RunAll();
                        break;
                }
            }

            outlet.Drain();
            outlet.Let(int.MaxValue);
            rooms.Queue.RunAll();
            Assert.Equal(heads.OrderBy(static head => head.Key), seen.OrderBy(static head => head.Key));
        }, iter: 300);

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void A_delivery_and_one_that_has_to_wait_allocate_nothing(int count)
    {
        using var rooms = new LiveRooms();
        var outlet = new NullOutlet();
        Connection connection = Begin(rooms, outlet);
        foreach (RoomName room in Rooms[..count])
        {
            Join(rooms, connection, room, Delivery.Latest);
        }

        rooms.Queue.RunAll();
        long allocated = 0;
        for (int i = 0; i < 60; i++)
        {
            outlet.Refuses = i % 3 == 0;
            foreach (RoomName room in Rooms[..count])
            {
                rooms.Publish(room);
            }

            long before = GC.GetAllocatedBytesForCurrentThread();
            rooms.Queue.RunAll();
            outlet.Refuses = false;
            outlet.Say();
            rooms.Queue.RunAll();
            allocated += i > 20 ? GC.GetAllocatedBytesForCurrentThread() - before : 0;
        }

        Assert.Equal(59 * count, outlet.Taken);
        Assert.Equal(0, allocated);
    }

    private static (LatestOutlet Outlet, Connection Connection, Reader[] Readers) Follow(LiveRooms rooms, params RoomName[] names)
    {
        var outlet = new LatestOutlet();
        Connection connection = Begin(rooms, outlet);
        Reader[] readers = [.. (names.Length == 0 ? Rooms[..1] : names).Select(name => Join(rooms, connection, name, Delivery.Latest))];
        rooms.Queue.RunAll();
        return (outlet, connection, readers);
    }

    private static Connection Begin(LiveRooms rooms, Outlet outlet)
    {
        var connection = new Connection(rooms.Pump.Next(), outlet, Framing.Ndjson, ReadTransport.SessionDataChannel);
        connection.Start();
        return connection;
    }

    private static Reader Join(LiveRooms rooms, Connection connection, RoomName room, Delivery delivery)
    {
        FeedLease lease = rooms.Open(room);
        Judgement judgement = lease.Feed.JudgeNow();
        var reader = new Reader(lease, judgement, delivery);
        byte[] joined = ControlObject.Joined(room, judgement.Position, judgement.Verdict, judgement.Missing);
        connection.Join(reader, [.. joined, (byte)'\n']);
        return reader;
    }

    private static void PublishAll(LiveRooms rooms)
    {
        foreach (RoomName room in Rooms)
        {
            rooms.Publish(room);
        }

        rooms.Queue.RunAll();
    }

    private sealed class NullOutlet : Outlet
    {
        public bool Refuses { get; set; }

        public int Taken { get; private set; }

        public override int LatestLength => 1101;

        public void Say() => LatestMaySend();

        public override void Abort()
        {
        }

        protected override int Write(ReadOnlyMemory<byte> octets) => octets.Length;

        protected override int WriteLatest(in FrameRange frames)
        {
            Taken += Refuses ? 0 : frames.Count;
            return Refuses ? 0 : frames.Count;
        }

        protected override void WriteRest(byte[] rest) => throw new NotSupportedException();
    }
}
