using Godwit.Protocol;

namespace Godwit.Brokers.Specification;

/// <summary>Where a page begins and ends.</summary>
public abstract class ReadSpecification : BrokerSpecification
{
    [Fact]
    public async Task Now_reads_nothing_and_gives_the_head()
    {
        (IBroker broker, _) = await StartAsync();
        Position[] known = await PublishAsync(broker, Room, 3);
        LogPage page = await ReadAsync(broker, Room, ReadFrom.Now);
        Assert.Empty(page.Entries);
        Assert.Equal(known[3], page.Start);
        Assert.Equal(known[3], page.End);
        Assert.Equal(known[3], page.Head);
        Assert.Equal(known[0], page.Oldest);
        Assert.False(page.More);
    }

    [Fact]
    public async Task Start_reads_from_the_oldest_entry_retained()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(entries: 2));
        Position[] known = await PublishAsync(broker, Room, 5);
        await store.AdvanceAsync(Slack);
        LogPage page = await ReadAsync(broker, Room, ReadFrom.Start);
        Assert.Equal(Verdict.Ok, page.Verdict);
        Assert.Equal(known[3], page.Start);
        Assert.Equal([4, 5], Offsets(page));
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 4)]
    [InlineData(3, 2)]
    [InlineData(4, 2)]
    [InlineData(1_000_000, 2)]
    [InlineData(long.MaxValue, 2)]
    public async Task Last_reads_the_newest_entries_as_far_as_they_are_retained(long count, int start)
    {
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(entries: 3));
        Position[] known = await PublishAsync(broker, Room, 5);
        await store.AdvanceAsync(Slack);
        LogPage page = await ReadAsync(broker, Room, ReadFrom.Last(count));
        Assert.Equal(Verdict.Ok, page.Verdict);
        Assert.Equal(known[start], page.Start);
        Assert.Equal(Offsets(start + 1, 5), Offsets(page));
    }

    [Fact]
    public async Task Last_that_a_limit_cuts_begins_where_it_would_without()
    {
        (IBroker broker, _) = await StartAsync();
        await PublishAsync(broker, Room, 10);
        LogPage page = await broker.ReadAsync(Room, ReadFrom.Last(6), new ReadLimits(4, int.MaxValue), Cancel);
        Assert.Equal([5, 6, 7, 8], Offsets(page));
        Assert.True(page.More);
    }

    [Fact]
    public async Task Pages_joined_at_their_ends_are_the_whole_log()
    {
        (IBroker broker, _) = await StartAsync();
        Position[] known = await PublishAsync(broker, Room, 10);
        var seen = new List<long>();
        LogPage page;
        Position at = known[0];
        do
        {
            page = await broker.ReadAsync(Room, ReadFrom.After(at), new ReadLimits(3, int.MaxValue), Cancel);
            Assert.Equal(Verdict.Ok, page.Verdict);
            Assert.Equal(at, page.Start);
            seen.AddRange(Offsets(page));
            at = page.End;
            Assert.Equal(known[seen.Count], at);
            Assert.Equal(at != page.Head, page.More);
        }
        while (page.More);

        Assert.Equal(Offsets(1, 10), seen);
    }

    [Theory]
    [InlineData(100, 3)]
    [InlineData(30, 3)]
    [InlineData(29, 2)]
    [InlineData(20, 2)]
    [InlineData(19, 1)]
    [InlineData(10, 1)]
    [InlineData(9, 1)]
    [InlineData(0, 1)]
    public async Task A_page_ends_before_its_octets_pass_the_limit_but_not_before_one_entry(int bytes, int count)
    {
        (IBroker broker, _) = await StartAsync();
        for (int i = 0; i < 3; i++)
        {
            await broker.AppendAsync(Room, Sized(10), null, Cancel);
        }

        LogPage forward = await broker.ReadAsync(Room, ReadFrom.Start, new ReadLimits(100, bytes), Cancel);
        Assert.Equal(Offsets(1, count), Offsets(forward));

        await broker.AppendAsync(Room, Sized(10), null, Cancel);
        LogPage all = await ReadAsync(broker, Room, ReadFrom.Start);
        LogPage backward = await broker.ReadAsync(Room, ReadFrom.Before(all.End), new ReadLimits(100, bytes), Cancel);
        Assert.Equal(Offsets(4 - count, 3), Offsets(backward));
    }

    [Fact]
    public async Task With_0_entries_verdict_and_start_are_those_of_the_read_with_entries()
    {
        (IBroker broker, _) = await StartAsync(Policy(entries: 3));
        Position[] known = await PublishAsync(broker, Room, 6);
        foreach (ReadFrom from in new[] { ReadFrom.Start, ReadFrom.Last(2), ReadFrom.After(known[4]), ReadFrom.After(known[1]), ReadFrom.After(OtherEpoch(known[1])), ReadFrom.Continue(known[5].Epoch, 5) })
        {
            LogPage with = await ReadAsync(broker, Room, from);
            LogPage without = await broker.ReadAsync(Room, from, new ReadLimits(0, int.MaxValue), Cancel);
            Assert.Empty(without.Entries);
            Assert.Equal(with.Verdict, without.Verdict);
            Assert.Equal(with.Missing, without.Missing);
            Assert.Equal(with.Start, without.Start);
            Assert.Equal(with.Head, without.Head);
            Assert.Equal(with.Oldest, without.Oldest);
        }
    }

    [Fact]
    public async Task Before_reads_the_entries_that_precede_the_positions_own_oldest_first()
    {
        (IBroker broker, _) = await StartAsync();
        Position[] known = await PublishAsync(broker, Room, 10);
        LogPage page = await broker.ReadAsync(Room, ReadFrom.Before(known[8]), new ReadLimits(3, int.MaxValue), Cancel);
        Assert.Equal(Verdict.Ok, page.Verdict);
        Assert.Equal([5, 6, 7], Offsets(page));
        Assert.Equal(known[4], page.Start);
        Assert.Equal(known[7], page.End);
        Assert.Equal(known[10], page.Head);
    }

    [Fact]
    public async Task Pages_read_backwards_from_their_first_entries_are_the_whole_log()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(entries: 8));
        Position[] known = await PublishAsync(broker, Room, 12);
        await store.AdvanceAsync(Slack);
        var seen = new List<long> { 12 };
        Position at = known[12];
        LogPage page;
        do
        {
            page = await broker.ReadAsync(Room, ReadFrom.Before(at), new ReadLimits(3, int.MaxValue), Cancel);
            Assert.Equal(Verdict.Ok, page.Verdict);
            seen.InsertRange(0, Offsets(page));
            at = known[page.Entries[0].Offset];
        }
        while (page.Start != page.Oldest);

        Assert.Equal(Offsets(5, 12), seen);
    }

    [Fact]
    public async Task Before_the_oldest_entry_there_is_nothing()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(entries: 3));
        Position zero = (await HeadAsync(broker, Room)).Head;
        await NothingBeforeAsync(zero);
        Position[] known = await PublishAsync(broker, Room, 3);
        await NothingBeforeAsync(zero);
        await NothingBeforeAsync(known[1]);
        known = [.. known, .. (await PublishAsync(broker, Room, 3))[1..]];
        await store.AdvanceAsync(Slack);
        await NothingBeforeAsync(known[3]);
        await NothingBeforeAsync(known[4]);

        async Task NothingBeforeAsync(Position position)
        {
            LogPage page = await ReadAsync(broker, Room, ReadFrom.Before(position));
            Assert.Equal(Verdict.Ok, page.Verdict);
            Assert.Empty(page.Entries);
            Assert.Equal(page.Oldest, page.Start);
        }
    }

    [Fact]
    public async Task Before_is_judged_like_after_but_a_gap_has_no_entries_and_a_reset_the_newest()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(entries: 5));
        Position[] known = await PublishAsync(broker, Room, 10);
        await store.AdvanceAsync(Slack);
        LogPage gap = await ReadAsync(broker, Room, ReadFrom.Before(known[4]));
        Assert.Equal(Verdict.Gap, gap.Verdict);
        Assert.Equal(new OffsetRange(5, 5), gap.Missing);
        Assert.Empty(gap.Entries);
        Assert.Equal(known[5], gap.Start);

        foreach (Position position in new[] { OtherEpoch(known[8]), OtherMark(known[5]), OtherMark(known[8]), OtherMark(known[10]), known[10] with { Offset = 11 } })
        {
            LogPage reset = await broker.ReadAsync(Room, ReadFrom.Before(position), new ReadLimits(3, int.MaxValue), Cancel);
            Assert.Equal(Verdict.Reset, reset.Verdict);
            Assert.Equal([8, 9, 10], Offsets(reset));
            Assert.Equal(known[7], reset.Start);
        }
    }

    [Fact]
    public async Task A_page_is_not_changed_by_what_is_published_or_trimmed_later()
    {
        (IBroker broker, _) = await StartAsync(Policy(entries: 3));
        await PublishAsync(broker, Room, 3);
        LogPage page = await ReadAsync(broker, Room, ReadFrom.Start);
        await PublishAsync(broker, Room, 3);
        Assert.Equal([1, 2, 3], Offsets(page));
        Assert.Equal(3, page.Head.Offset);
    }
}
