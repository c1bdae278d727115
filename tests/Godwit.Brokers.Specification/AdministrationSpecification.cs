using Godwit.Protocol;

namespace Godwit.Brokers.Specification;

/// <summary>Trimming, ending and listing rooms.</summary>
public abstract class AdministrationSpecification : BrokerSpecification
{
    [Fact]
    public async Task A_trim_drops_what_is_before_the_position_and_no_more()
    {
        (IBroker broker, _) = await StartAsync();
        Position[] positions = await PublishAsync(broker, Room, 5);

        Assert.Equal(new Trimmed(Verdict.Ok, 3), await broker.TrimAsync(Room, positions[4], Cancel));
        LogPage page = await ReadAsync(broker, Room, ReadFrom.After(positions[1]));
        Assert.Equal((Verdict.Gap, new OffsetRange(2, 3)), (page.Verdict, page.Missing));
        Assert.Equal([4, 5], Offsets(page));
        Assert.Equal(Verdict.Ok, (await ReadAsync(broker, Room, ReadFrom.After(positions[3]))).Verdict);
        Assert.Equal(Verdict.Reset, (await ReadAsync(broker, Room, ReadFrom.After(OtherMark(positions[3])))).Verdict);
    }

    [Fact]
    public async Task A_trim_to_what_is_gone_already_or_to_the_beginning_drops_nothing()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(entries: 2));
        Position[] positions = await PublishAsync(broker, Room, 5);
        await store.AdvanceAsync(Slack);

        Assert.Equal(new Trimmed(Verdict.Gap, 0), await broker.TrimAsync(Room, positions[2], Cancel));
        Assert.Equal(new Trimmed(Verdict.Gap, 0), await broker.TrimAsync(Room, positions[0], Cancel));
        Assert.Equal(new Trimmed(Verdict.Ok, 0), await broker.TrimAsync(Room, positions[4], Cancel));
        await AssertHoldsAsync(broker, 4, 5);
    }

    [Fact]
    public async Task A_trim_to_a_position_of_another_log_drops_nothing()
    {
        (IBroker broker, _) = await StartAsync();
        Position[] positions = await PublishAsync(broker, Room, 3);

        Assert.Equal(new Trimmed(Verdict.Reset, 0), await broker.TrimAsync(Room, OtherMark(positions[3]), Cancel));
        Assert.Equal(new Trimmed(Verdict.Reset, 0), await broker.TrimAsync(Room, OtherEpoch(positions[3]), Cancel));
        Assert.Equal(new Trimmed(Verdict.Reset, 0), await broker.TrimAsync(Room, positions[3] with { Offset = 9 }, Cancel));
        await AssertHoldsAsync(broker, 1, 2, 3);
    }

    [Fact]
    public async Task A_trimmed_log_goes_on_where_it_was()
    {
        (IBroker broker, _) = await StartAsync();
        Position[] positions = await PublishAsync(broker, Room, 3);
        await broker.TrimAsync(Room, positions[3], Cancel);

        Appended appended = await broker.AppendAsync(Room, Content("4"), null, Cancel);
        Assert.Equal((positions[3].Epoch, 4), (appended.Position.Epoch, appended.Position.Offset));
        await AssertHoldsAsync(broker, 3, 4);
    }

    [Fact]
    public async Task An_ended_room_begins_another_log_for_which_no_position_before_is_good()
    {
        (IBroker broker, _) = await StartAsync();
        Position[] positions = await PublishAsync(broker, Room, 3);

        Position begin = (await broker.EndAsync(Room, Cancel))!.Value;
        Assert.NotEqual(positions[0].Epoch, begin.Epoch);
        Assert.Equal((0, 0u), (begin.Offset, begin.Mark));
        foreach (Position position in positions)
        {
            Assert.Equal(Verdict.Reset, (await ReadAsync(broker, Room, ReadFrom.After(position))).Verdict);
        }

        LogPage page = await ReadAsync(broker, Room, ReadFrom.After(begin));
        Assert.Equal((Verdict.Ok, begin), (page.Verdict, page.Head));
        Assert.Empty(page.Entries);
        Assert.Equal(begin with { Offset = 1 }, (await broker.AppendAsync(Room, Content("1"), null, Cancel)).Position with { Mark = 0 });
    }

    [Fact]
    public async Task A_key_of_an_ended_log_is_new_in_the_next()
    {
        (IBroker broker, _) = await StartAsync();
        var key = new PublishKey("publisher", "key");
        await broker.AppendAsync(Room, Content("1"), key, Cancel);
        await broker.EndAsync(Room, Cancel);

        Assert.Equal(AppendOutcome.Stored, (await broker.AppendAsync(Room, Content("2"), key, Cancel)).Outcome);
    }

    [Fact]
    public async Task Rooms_that_nobody_knows_are_neither_trimmed_nor_ended_nor_made()
    {
        (IBroker broker, _) = await StartAsync();

        Assert.Null(await broker.EndAsync(Room, Cancel));
        Assert.Equal(Verdict.Reset, (await broker.TrimAsync(Room, new Position(new Epoch(1), 1, 1), Cancel)).Verdict);
        Assert.False(await broker.ExistsAsync(Room, Cancel));
        Assert.Empty(await broker.ListAsync(null, 10, Cancel));
    }

    [Fact]
    public async Task Watchers_are_told_of_a_trim_and_of_an_end()
    {
        (IBroker broker, _) = await StartAsync();
        Position[] positions = await PublishAsync(broker, Room, 3);
        var watcher = new RecordingWatcher();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);

        await broker.TrimAsync(Room, positions[2], Cancel);
        await watcher.Trimmed.Task.WaitAsync(Cancel);
        await broker.EndAsync(Room, Cancel);
        await watcher.Doubted.Task.WaitAsync(Cancel);
        await broker.AppendAsync(Room, Content("1"), null, Cancel);
        await watcher.ReachedAsync(1, Cancel);
        Assert.Equal((1, 0u), (watcher.Told[^1].Entry.Offset, watcher.Told[^1].PreviousMark));
    }

    [Fact]
    public async Task Rooms_are_listed_by_name_in_pages_with_what_they_hold()
    {
        (IBroker broker, _) = await StartAsync();
        string[] names = ["b", "a:2", "a", "B", "a:10", "~"];
        foreach (string name in names)
        {
            await broker.AppendAsync(RoomName.Parse(name), Sized(10), null, Cancel);
        }

        await broker.ReadAsync(RoomName.Parse("c"), ReadFrom.Now, All, Cancel);
        var listed = new List<string>();
        RoomName? after = null;
        while (await broker.ListAsync(after, 3, Cancel) is { Count: > 0 } page)
        {
            listed.AddRange(page.Select(static record => record.Room.ToString()));
            after = page[^1].Room;
        }

        Assert.Equal(["B", "a", "a:10", "a:2", "b", "c", "~"], listed);
        RoomRecord first = (await broker.ListAsync(null, 1, Cancel))[0];
        Assert.Equal((1, 1, 10), (first.Head.Offset, first.Entries, first.Bytes));
    }

    private static async Task AssertHoldsAsync(IBroker broker, params long[] offsets) => Assert.Equal(offsets, Offsets(await ReadAsync(broker, Room, ReadFrom.Start)));
}
