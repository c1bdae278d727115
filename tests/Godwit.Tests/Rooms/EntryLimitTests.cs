using CsCheck;
using Godwit.Brokers;
using Godwit.Feeds.Framings;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Tests.Rooms;

/// <summary>How large an entry may be where only the newest one matters.</summary>
public sealed class EntryLimitTests
{
    private static readonly Gen<string?> From = Gen.OneOf(Gen.Const((string?)null), Gen.Char['!', '~'].Array[1, 60].Select(static characters => (string?)new string(characters)));

    [Fact]
    public void The_largest_data_that_is_taken_makes_the_largest_frame_that_fits_a_packet() =>
        Gen.Select(Gen.Int[1, RoomName.MaxLength], Gen.Int[1, EventName.MaxLength], From, Gen.Bool).Sample((roomLength, eventLength, from, isBytes) =>
        {
            RoomName room = RoomName.Parse(new string('r', roomLength));
            string eventName = new('e', eventLength);
            var limit = new EntryLimit(Policy(Delivery.Latest), room, eventName, from);
            int most = isBytes ? limit.Bytes : limit.Json;
            Assert.InRange(FrameLength(room, eventName, from, isBytes, most), isBytes ? EntryLimit.LatestFrame - 3 : EntryLimit.LatestFrame, EntryLimit.LatestFrame);
            Assert.Null(limit.Refuses(most, isBytes));
            Assert.Contains("1100", limit.Refuses(most + 1, isBytes), StringComparison.Ordinal);
            Assert.Contains($"{most}", limit.Refuses(most + 1, isBytes), StringComparison.Ordinal);
        }, iter: 300);

    [Fact]
    public void Names_that_leave_nothing_leave_no_room_for_data()
    {
        var limit = new EntryLimit(Policy(Delivery.Latest), RoomName.Parse(new string('r', 200)), new string('e', 64), new string('<', 200));
        Assert.Equal((0, 0), (limit.Json, limit.Bytes));
    }

    [Fact]
    public void A_lower_bound_of_the_room_holds_as_in_any_room()
    {
        RoomPolicy policy = Policy(Delivery.Latest) with { EntryBytes = 100 };
        var limit = new EntryLimit(policy, RoomName.Parse("r"), EventName.Default, null);
        Assert.Equal((100, 100), (limit.Json, limit.Bytes));
        Assert.Equal("The room takes entries of up to 100 octets of stored JSON text or bytes; this one has 101.", limit.Refuses(101, false));
    }

    [Fact]
    public void Without_a_bound_of_its_own_a_room_takes_64_KiB_or_where_only_the_newest_matters_1100_octets()
    {
        Assert.Equal(64 << 10, Policy(Delivery.All).EntryBytes);
        Assert.Equal(1100, Policy(Delivery.Latest).EntryBytes);
        Assert.Equal(64 << 10, (Policy(Delivery.Latest) with { Delivery = Delivery.All }).EntryBytes);
    }

    private static RoomPolicy Policy(Delivery delivery) => new() { Pattern = RoomPattern.Everything, Delivery = delivery };

    private static int FrameLength(RoomName room, string eventName, string? from, bool isBytes, int length)
    {
        byte[] data = new byte[length];
        data.AsSpan().Fill((byte)'1');
        var entry = new Entry(Position.MaxOffset, 1, 9_999_999_999_999, new EntryContent(eventName, data, isBytes, from));
        var text = new EntryText(room);
        return text.Write(new byte[text.MaxLength(entry)], new Epoch(1), entry);
    }
}
