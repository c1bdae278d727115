using System.Text;
using Godwit.Protocol;

namespace Godwit.Brokers.Specification;

/// <summary>Appending: order, offsets, epochs, and what comes back of what went in.</summary>
public abstract class AppendSpecification : BrokerSpecification
{
    [Fact]
    public async Task Offsets_begin_with_1_and_rise_by_one()
    {
        (IBroker broker, _) = await StartAsync();
        Position[] positions = await PublishAsync(broker, Room, 5);
        Assert.Equal(Offsets(0, 5), positions.Select(p => p.Offset));
        Assert.Single(positions.Select(p => p.Epoch).Distinct());
    }

    [Fact]
    public async Task Concurrent_appends_get_every_offset_once_and_are_read_in_offset_order()
    {
        const int Publishers = 8, Each = 100;
        (IBroker broker, _) = await StartAsync();
        Appended[][] appended = await Task.WhenAll(Enumerable.Range(0, Publishers).Select(publisher => Task.Run(async () =>
        {
            var mine = new Appended[Each];
            for (int i = 0; i < Each; i++)
            {
                mine[i] = await broker.AppendAsync(Room, Content($"[{publisher},{i}]"), null, Cancel);
            }

            return mine;
        })));

        Assert.Equal(Offsets(1, Publishers * Each), appended.SelectMany(mine => mine).Select(a => a.Position.Offset).Order());
        LogPage page = await ReadAsync(broker, Room, ReadFrom.Start);
        Assert.Equal(Offsets(1, Publishers * Each), Offsets(page));
        for (int publisher = 0; publisher < Publishers; publisher++)
        {
            // Each publisher's entries stand where it was told, so also in the order in which it published.
            Assert.Equal(Offsets(0, Each - 1).Select(i => $"[{publisher},{i}]"), appended[publisher].Select(a => Encoding.UTF8.GetString(page.Entries[(int)a.Position.Offset - 1].Content.Data)));
            Assert.Equal(appended[publisher].Select(a => a.Position.Offset).Order(), appended[publisher].Select(a => a.Position.Offset));
            Assert.All(appended[publisher], a => Assert.Equal(a.Position.Mark, page.Entries[(int)a.Position.Offset - 1].Mark));
        }
    }

    [Fact]
    public async Task An_entry_is_read_as_it_was_published()
    {
        (IBroker broker, _) = await StartAsync();
        var bytes = new EntryContent("chat:file-1", [0, 255, 13, 10, 0], IsBytes: true, From: "ann");
        await broker.AppendAsync(Room, Content("""{"a":1.0e2,"b":"\u00e4 ä \n"}"""), null, Cancel);
        await broker.AppendAsync(Room, bytes, null, Cancel);
        await broker.AppendAsync(Room, bytes with { Data = [] }, null, Cancel);

        LogPage page = await ReadAsync(broker, Room, ReadFrom.Start);
        Assert.Equal("""{"a":1.0e2,"b":"\u00e4 ä \n"}""", Encoding.UTF8.GetString(page.Entries[0].Content.Data));
        Assert.False(page.Entries[0].Content.IsBytes);
        Assert.Null(page.Entries[0].Content.From);
        Assert.Equal(EventName.Default, page.Entries[0].Content.Event);
        Assert.Equal(bytes.Data, page.Entries[1].Content.Data);
        Assert.True(page.Entries[1].Content.IsBytes);
        Assert.Equal("ann", page.Entries[1].Content.From);
        Assert.Equal("chat:file-1", page.Entries[1].Content.Event);
        Assert.Equal(5 + 11 + 3, page.Entries[1].Size);
        Assert.Empty(page.Entries[2].Content.Data);
    }

    [Fact]
    public async Task Later_entries_have_later_times()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync();
        await PublishAsync(broker, Room, 1);
        await store.AdvanceAsync(TimeSpan.FromMilliseconds(1500));
        await PublishAsync(broker, Room, 1);
        LogPage page = await ReadAsync(broker, Room, ReadFrom.Start);
        Assert.Equal(1500, page.Entries[1].Time - page.Entries[0].Time);
    }

    [Fact]
    public async Task Rooms_have_different_epochs_and_count_apart()
    {
        (IBroker broker, _) = await StartAsync();
        RoomName[] rooms = [.. Enumerable.Range(0, 50).Select(i => RoomName.Parse($"room-{i}"))];
        var epochs = new HashSet<Epoch>();
        foreach (RoomName room in rooms)
        {
            Position[] positions = await PublishAsync(broker, room, 2);
            Assert.Equal(2, positions[^1].Offset);
            epochs.Add(positions[^1].Epoch);
        }

        Assert.Equal(rooms.Length, epochs.Count);
    }

    [Fact]
    public async Task Names_that_differ_in_case_are_different_rooms()
    {
        (IBroker broker, _) = await StartAsync();
        await PublishAsync(broker, RoomName.Parse("Room"), 1);
        Assert.Equal(0, (await HeadAsync(broker, RoomName.Parse("room"))).Head.Offset);
    }

    [Fact]
    public async Task Marks_of_one_room_differ_from_entry_to_entry()
    {
        (IBroker broker, _) = await StartAsync();
        Position[] positions = await PublishAsync(broker, Room, 200);

        // 200 draws of 32 bits: two that are equal happen once in 200,000 runs, four in practice never.
        Assert.True(positions.Skip(1).Select(p => p.Mark).Distinct().Count() > 196);
    }
}
