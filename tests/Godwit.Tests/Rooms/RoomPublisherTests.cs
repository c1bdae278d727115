using System.Text;
using Godwit.Brokers;
using Godwit.Brokers.Memory;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Tests.Rooms;

public sealed class RoomPublisherTests : IAsyncDisposable
{
    private static readonly RoomName Room = RoomName.Parse("orders");
    private readonly MemoryBroker _broker;
    private readonly RoomPublisher _publisher;

    public RoomPublisherTests()
    {
        var policies = new RoomPolicies([new RoomPolicy { Pattern = RoomPattern.Parse("orders"), EntryBytes = 20 }, new RoomPolicy { Pattern = RoomPattern.Parse("price"), Delivery = Delivery.Latest }]);
        _broker = new MemoryBroker(policies, TimeProvider.System, 16 << 20);
        _publisher = new RoomPublisher(_broker, policies);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task JSON_text_and_bytes_are_stored_as_a_POST_stores_them()
    {
        Appended first = await _publisher.PublishJsonAsync(Room, " { \"a\" : 1.0 } "u8, "placed", cancel: Cancel);
        await _publisher.PublishTextAsync(Room, "say \"ü\"\n", cancel: Cancel);
        await _publisher.PublishBytesAsync(Room, [0, 255], cancel: Cancel);

        LogPage page = await _broker.ReadAsync(Room, ReadFrom.Start, new ReadLimits(10, 1000), Cancel);
        Assert.Equal((AppendOutcome.Stored, 1L), (first.Outcome, first.Position.Offset));
        Assert.Equal(["placed", "message", "message"], page.Entries.Select(entry => entry.Content.Event));
        Assert.Equal([false, false, true], page.Entries.Select(entry => entry.Content.IsBytes));
        Assert.Equal("{\"a\":1.0}", Encoding.UTF8.GetString(page.Entries[0].Content.Data));
        Assert.Equal("\"say \\\"ü\\\"\\n\"", Encoding.UTF8.GetString(page.Entries[1].Content.Data));
        Assert.Equal<byte>([0, 255], page.Entries[2].Content.Data);
    }

    [Fact]
    public async Task Where_only_the_newest_entry_matters_its_frame_fits_a_packet()
    {
        // 1,100 octets, of which 139 are fixed, and room and event take five and seven.
        RoomName price = RoomName.Parse("price");
        Assert.Equal(AppendOutcome.Stored, (await _publisher.PublishTextAsync(price, new string('x', 947), cancel: Cancel)).Outcome);
        Assert.Equal(AppendOutcome.Stored, (await _publisher.PublishBytesAsync(price, new byte[708], cancel: Cancel)).Outcome);
        Assert.Equal(ErrorCode.EntryTooLarge, Refused(() => _publisher.PublishTextAsync(price, new string('x', 948))));
        Assert.Equal(ErrorCode.EntryTooLarge, Refused(() => _publisher.PublishBytesAsync(price, new byte[709])));
    }

    [Fact]
    public async Task What_was_given_may_be_changed_as_soon_as_the_call_returns()
    {
        byte[] octets = [1, 2, 3];
        ValueTask<Appended> publish = _publisher.PublishBytesAsync(Room, octets, cancel: Cancel);
        octets[0] = 9;
        await publish;
        LogPage page = await _broker.ReadAsync(Room, ReadFrom.Start, new ReadLimits(1, 1000), Cancel);
        Assert.Equal<byte>([1, 2, 3], page.Entries[0].Content.Data);
    }

    [Fact]
    public async Task A_key_that_comes_again_is_a_value_and_no_exception()
    {
        var key = new PublishKey("shop", "order-17");
        Appended first = await _publisher.PublishJsonAsync(Room, "1"u8, key: key, cancel: Cancel);
        Appended again = await _publisher.PublishJsonAsync(Room, "1"u8, key: key, cancel: Cancel);
        Appended other = await _publisher.PublishJsonAsync(Room, "2"u8, key: key, cancel: Cancel);

        Assert.Equal(new Appended(AppendOutcome.Duplicate, first.Position), again);
        Assert.Equal(AppendOutcome.KeyReused, other.Outcome);
    }

    [Fact]
    public void What_a_POST_refuses_is_refused_with_the_same_code()
    {
        Assert.Equal(ErrorCode.DataJson, Refused(() => _publisher.PublishJsonAsync(Room, "{"u8)));
        Assert.Equal(ErrorCode.DataUtf8, Refused(() => _publisher.PublishJsonAsync(Room, [(byte)'"', 0xFF, (byte)'"'])));
        Assert.Equal(ErrorCode.DataDepth, Refused(() => _publisher.PublishJsonAsync(Room, Encoding.ASCII.GetBytes(new string('[', 65) + new string(']', 65)))));
        Assert.Equal(ErrorCode.DataSurrogate, Refused(() => _publisher.PublishTextAsync(Room, "a\ud800")));
        Assert.Equal(ErrorCode.EventInvalid, Refused(() => _publisher.PublishJsonAsync(Room, "1"u8, "a b")));
        Assert.Equal(ErrorCode.EventReserved, Refused(() => _publisher.PublishJsonAsync(Room, "1"u8, "open")));
        Assert.Equal(ErrorCode.KeyInvalid, Refused(() => _publisher.PublishJsonAsync(Room, "1"u8, key: new PublishKey("shop", "a b"))));
        Assert.Equal(ErrorCode.KeyWeak, Refused(() => _publisher.PublishJsonAsync(Room, "1"u8, key: new PublishKey("", "order-17"))));
        Assert.Equal(ErrorCode.EntryTooLarge, Refused(() => _publisher.PublishBytesAsync(Room, new byte[21])));
        Assert.Equal(ErrorCode.RoomInvalid, Refused(() => _publisher.PublishJsonAsync(default, "1"u8)));
        Assert.Equal(0, _broker.RoomCount);
    }

    [Fact]
    public async Task The_room_decides_how_large_an_entry_may_be()
    {
        await _publisher.PublishBytesAsync(Room, new byte[20], cancel: Cancel);
        await _publisher.PublishBytesAsync(RoomName.Parse("other"), new byte[64 << 10], cancel: Cancel);
        Assert.Equal(ErrorCode.EntryTooLarge, Refused(() => _publisher.PublishTextAsync(Room, new string('x', 19))));
    }

    private static ErrorCode Refused(Func<ValueTask<Appended>> publish) =>
        Assert.Throws<EntryRefusedException>(() => { _ = publish(); }).Code;
}
