using CsCheck;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Sessions.Exchanges;
using Godwit.Sessions.Frames;
using Godwit.Tests.Feeds;

namespace Godwit.Tests.Sessions;

public class SharedLimitProperties
{
    [Fact]
    public void Rooms_are_given_entries_in_turn_until_one_does_not_fit() =>
        Gen.Select(Gen.Int[1, 400].Array[0, 12].Array[1, 6], Gen.Int[1, 40], Gen.Int[1, 6000], Gen.Int[0, 5]).Sample(static (sizes, entries, bytes, first) =>
        {
            using var live = new LiveRooms();
            ExchangeRoom[] rooms = [.. sizes.Select((room, i) => Room(live, i, room))];
            var limit = new SharedLimit(entries, bytes);
            limit.Share(rooms, first % rooms.Length);

            int taken = rooms.Sum(static room => room.Taken);
            int length = rooms.Sum(static room => Enumerable.Range(0, room.Taken).Sum(i => Length(room, i)));
            Assert.Equal(sizes.All(static room => room.Length == 0), taken == 0);
            Assert.True(taken <= entries);
            Assert.True(length <= bytes || taken == 1);
            Assert.Equal(rooms.Any(static room => !room.IsTaken), limit.IsOver);

            // In turn: of two rooms that both have more to give, neither is more than one entry ahead.
            int[] open = [.. rooms.Where(static room => !room.IsTaken).Select(static room => room.Taken)];
            Assert.All(rooms, room => Assert.All(open, other => Assert.True(room.Taken <= other + 1)));
            if (limit.IsOver && taken > 0 && taken < entries)
            {
                Assert.Contains(rooms, room => !room.IsTaken && length + Length(room, room.Taken) > bytes);
            }

            foreach (ExchangeRoom room in rooms)
            {
                room.Feed.Release();
            }
        }, iter: 500);

    [Fact]
    public void An_entry_larger_than_the_limit_is_given_alone()
    {
        using var live = new LiveRooms();
        ExchangeRoom[] rooms = [Room(live, 0, [50]), Room(live, 1, [5000]), Room(live, 2, [50])];
        new SharedLimit(10, 1000).Share(rooms, first: 1);
        Assert.Equal([0, 1, 0], rooms.Select(static room => room.Taken));
    }

    private static int Length(in ExchangeRoom room, int index) => room.Feed.Text.MaxLength(room.Page[index]) + 1;

    private static ExchangeRoom Room(LiveRooms live, int index, int[] sizes)
    {
        RoomName name = RoomName.Parse($"r{index}");
        var room = new ExchangeRoom(new RoomJoin(name, ReadFrom.Start, Delivery.All)) { Held = LiveRooms.Get(live.Reads.HoldAsync(name, ReadFrom.Start, CancellationToken.None)) };
        Entry[] entries = [.. sizes.Select(static (size, i) => new Entry(i + 1, 1, 0, LiveRooms.Content($"\"{new string('x', size)}\"")))];
        room.Begin(new RoomPage(new Judgement(default, Verdict.Ok, null, 0), entries, HasMore: false, HasOlder: false));
        return room;
    }
}
