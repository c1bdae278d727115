using Godwit.Protocol;

namespace Godwit.Brokers.Specification;

/// <summary>What is said of a position, at every edge of what is retained.</summary>
public abstract class VerdictSpecification : BrokerSpecification
{
    [Fact]
    public async Task Every_position_that_was_handed_out_is_ok_and_gives_what_follows()
    {
        (IBroker broker, _) = await StartAsync();
        foreach (Position position in await PublishAsync(broker, Room, 5))
        {
            LogPage page = await ReadAsync(broker, Room, ReadFrom.After(position));
            Assert.Equal(Verdict.Ok, page.Verdict);
            Assert.Null(page.Missing);
            Assert.Equal(position, page.Start);
            Assert.Equal(Offsets(position.Offset + 1, 5), Offsets(page));
            Assert.False(page.More);
        }
    }

    [Fact]
    public async Task The_position_of_a_room_that_nobody_wrote_to_holds_when_entries_come()
    {
        (IBroker broker, _) = await StartAsync();
        LogPage empty = await ReadAsync(broker, Room, ReadFrom.Now);
        Assert.Equal(Verdict.Ok, empty.Verdict);
        Assert.Equal((0L, 0u), (empty.Head.Offset, empty.Head.Mark));
        Assert.NotEqual(default, empty.Head.Epoch);
        Assert.Equal(empty.Head, empty.Start);
        Assert.Equal(empty.Head, empty.Oldest);

        Assert.Equal(Verdict.Ok, (await ReadAsync(broker, Room, ReadFrom.After(empty.Head))).Verdict);
        await PublishAsync(broker, Room, 2);
        LogPage page = await ReadAsync(broker, Room, ReadFrom.After(empty.Head));
        Assert.Equal(Verdict.Ok, page.Verdict);
        Assert.Equal([1, 2], Offsets(page));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task A_position_of_another_epoch_or_from_the_future_is_reset(int published)
    {
        (IBroker broker, _) = await StartAsync();
        Position[] known = await PublishAsync(broker, Room, published);
        Position head = known[^1];
        Position[] strange =
        [
            .. known.Select(OtherEpoch),
            head with { Offset = head.Offset + 1 },
            head with { Offset = Position.MaxOffset },
            head with { Epoch = default },
        ];
        foreach (Position position in strange)
        {
            await IsResetAsync(broker, ReadFrom.After(position));
            await IsResetAsync(broker, ReadFrom.Continue(position.Epoch, position.Offset));
        }
    }

    [Fact]
    public async Task A_mark_that_is_not_the_entrys_is_reset_wherever_the_mark_is_known()
    {
        (IBroker broker, _) = await StartAsync(Policy(entries: 3));
        Position[] known = await PublishAsync(broker, Room, 10);
        foreach (Position position in known[7..])
        {
            Assert.Equal(Verdict.Ok, (await ReadAsync(broker, Room, ReadFrom.After(position))).Verdict);
            await IsResetAsync(broker, ReadFrom.After(OtherMark(position)));
        }
    }

    [Fact]
    public async Task Offset_0_has_mark_0()
    {
        (IBroker broker, _) = await StartAsync();
        Position zero = (await HeadAsync(broker, Room)).Head;
        await IsResetAsync(broker, ReadFrom.After(OtherMark(zero)));
        await PublishAsync(broker, Room, 1);
        Assert.Equal(Verdict.Ok, (await ReadAsync(broker, Room, ReadFrom.After(zero))).Verdict);
        await IsResetAsync(broker, ReadFrom.After(OtherMark(zero)));
    }

    [Fact]
    public async Task A_position_before_the_last_entry_trimmed_is_a_gap_that_names_what_is_gone()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(entries: 3));
        Position[] known = await PublishAsync(broker, Room, 10);
        await store.AdvanceAsync(Slack);
        foreach (Position position in known[..7])
        {
            // No mark is known there any more, so none is judged.
            foreach (ReadFrom from in new[] { ReadFrom.After(position), ReadFrom.After(OtherMark(position)), ReadFrom.Continue(position.Epoch, position.Offset) })
            {
                LogPage page = await ReadAsync(broker, Room, from);
                Assert.Equal(Verdict.Gap, page.Verdict);
                Assert.Equal(new OffsetRange(position.Offset + 1, 7), page.Missing);
                Assert.Equal(known[7], page.Start);
                Assert.Equal(known[7], page.Oldest);
                Assert.Equal([8, 9, 10], Offsets(page));
                Assert.Equal(known[10], page.End);
            }

            await IsResetAsync(broker, ReadFrom.After(OtherEpoch(position)));
        }
    }

    [Fact]
    public async Task When_everything_has_aged_out_the_head_is_still_judged_by_its_mark()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(age: TimeSpan.FromMinutes(1)));
        Position[] known = await PublishAsync(broker, Room, 4);
        await store.AdvanceAsync(TimeSpan.FromMinutes(1) + Slack);

        LogPage atHead = await ReadAsync(broker, Room, ReadFrom.After(known[4]));
        Assert.Equal(Verdict.Ok, atHead.Verdict);
        Assert.Empty(atHead.Entries);
        Assert.Equal(known[4], atHead.Head);
        Assert.Equal(known[4], atHead.Oldest);
        Assert.Equal(known[4], atHead.Start);
        await IsResetAsync(broker, ReadFrom.After(OtherMark(known[4])));
        await IsResetAsync(broker, ReadFrom.After(known[4] with { Offset = 5 }));

        LogPage behind = await ReadAsync(broker, Room, ReadFrom.After(known[1]));
        Assert.Equal(Verdict.Gap, behind.Verdict);
        Assert.Equal(new OffsetRange(2, 4), behind.Missing);
        Assert.Empty(behind.Entries);
        Assert.Equal(known[4], behind.Start);
    }

    [Fact]
    public async Task After_everything_has_aged_out_the_last_entry_trimmed_is_judged_by_its_mark()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(age: TimeSpan.FromMinutes(1)));
        Position[] known = await PublishAsync(broker, Room, 4);
        await store.AdvanceAsync(TimeSpan.FromMinutes(1) + Slack);
        Appended next = await broker.AppendAsync(Room, Content("5"), null, Cancel);
        Assert.Equal(5, next.Position.Offset);
        Assert.Equal(known[4].Epoch, next.Position.Epoch);

        LogPage page = await ReadAsync(broker, Room, ReadFrom.After(known[4]));
        Assert.Equal(Verdict.Ok, page.Verdict);
        Assert.Equal([5], Offsets(page));
        await IsResetAsync(broker, ReadFrom.After(OtherMark(known[4])));
        Assert.Equal(new OffsetRange(4, 4), (await ReadAsync(broker, Room, ReadFrom.After(known[3]))).Missing);
    }

    [Fact]
    public async Task A_reader_that_was_judged_before_continues_without_a_mark()
    {
        (IBroker broker, _) = await StartAsync();
        Position[] known = await PublishAsync(broker, Room, 4);
        foreach (Position position in known)
        {
            LogPage page = await ReadAsync(broker, Room, ReadFrom.Continue(position.Epoch, position.Offset));
            Assert.Equal(Verdict.Ok, page.Verdict);
            Assert.Equal(position, page.Start);
            Assert.Equal(Offsets(position.Offset + 1, 4), Offsets(page));
        }
    }

    private static async Task IsResetAsync(IBroker broker, ReadFrom from)
    {
        LogPage page = await ReadAsync(broker, Room, from);
        LogPage all = await ReadAsync(broker, Room, ReadFrom.Start);
        Assert.Equal(Verdict.Reset, page.Verdict);
        Assert.Null(page.Missing);
        Assert.Equal(all.Start, page.Start);
        Assert.Equal(page.Oldest, page.Start);
        Assert.Equal(Offsets(all), Offsets(page));
    }
}
