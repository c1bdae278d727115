using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Brokers.Specification;

/// <summary>How long entries stay, and how long the record of a room outlives them.</summary>
public abstract class RetentionSpecification : BrokerSpecification
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task No_entry_goes_before_its_age_and_none_stays_10_seconds_longer()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(age: Minute));
        TimeSpan step = TimeSpan.FromSeconds(7);
        var published = new List<TimeSpan>();
        for (TimeSpan now = TimeSpan.Zero; now < 5 * Minute; now += step)
        {
            if (now < 3 * Minute)
            {
                await broker.AppendAsync(Room, Content("1"), null, Cancel);
                published.Add(now);
            }

            long trimmed = (await HeadAsync(broker, Room)).Oldest.Offset;
            Assert.InRange(trimmed, published.Count(at => now - at >= Minute + Slack), published.Count(at => now - at >= Minute));
            await store.AdvanceAsync(step);
        }

        LogPage end = await ReadAsync(broker, Room, ReadFrom.Start);
        Assert.Empty(end.Entries);
        Assert.Equal(published.Count, end.Head.Offset);
    }

    [Fact]
    public async Task The_last_entry_goes_in_time_although_nobody_comes_to_the_room()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(age: TimeSpan.FromHours(1)));
        Position[] known = await PublishAsync(broker, Room, 1);
        await store.AdvanceAsync(TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(Offsets(1, 1), Offsets(await ReadAsync(broker, Room, ReadFrom.Start)));
        await store.AdvanceAsync(TimeSpan.FromMilliseconds(1) + Slack);
        Assert.Equal(known[1], (await HeadAsync(broker, Room)).Oldest);
    }

    [Fact]
    public async Task Entries_beyond_the_number_go_oldest_first()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(entries: 5));
        Position[] known = await PublishAsync(broker, Room, 5);
        Assert.Equal(Offsets(1, 5), Offsets(await ReadAsync(broker, Room, ReadFrom.Start)));
        await PublishAsync(broker, Room, 7);
        await store.AdvanceAsync(Slack);
        LogPage page = await ReadAsync(broker, Room, ReadFrom.After(known[0]));
        Assert.Equal(Offsets(8, 12), Offsets(page));
        Assert.Equal(new OffsetRange(1, 7), page.Missing);
    }

    [Fact]
    public async Task Entries_beyond_the_octets_go_oldest_first()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(bytes: 2048));
        for (int i = 0; i < 20; i++)
        {
            await broker.AppendAsync(Room, Sized(512), null, Cancel);
            Assert.True(Offsets(await ReadAsync(broker, Room, ReadFrom.Start)).Length >= Math.Min(i + 1, 4));
        }

        await store.AdvanceAsync(Slack);
        Assert.Equal(Offsets(17, 20), Offsets(await ReadAsync(broker, Room, ReadFrom.Start)));
    }

    [Fact]
    public async Task The_newest_entry_stays_although_it_alone_is_larger_than_the_octets()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(bytes: 2048));
        await PublishAsync(broker, Room, 3);
        await broker.AppendAsync(Room, Sized(5000), null, Cancel);
        await store.AdvanceAsync(Slack);
        Assert.Equal(Offsets(4, 4), Offsets(await ReadAsync(broker, Room, ReadFrom.Start)));
    }

    [Fact]
    public async Task The_first_policy_whose_pattern_matches_is_the_rooms()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync(
            Policy(entries: 2) with { Pattern = RoomPattern.Parse("a:*") },
            Policy(entries: 4) with { Pattern = RoomPattern.Parse("a:**") },
            Policy(entries: 6));
        foreach ((string room, int kept) in new[] { ("a:b", 2), ("a:b:c", 4), ("b", 6) })
        {
            await PublishAsync(broker, RoomName.Parse(room), 9);
            await store.AdvanceAsync(Slack);
            Assert.Equal(kept, (await ReadAsync(broker, RoomName.Parse(room), ReadFrom.Start)).Entries.Count);
        }
    }

    [Fact]
    public async Task The_record_outlives_the_entries_and_then_the_room_begins_anew()
    {
        TimeSpan recordAge = TimeSpan.FromMinutes(10);
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(age: Minute, recordAge: recordAge));
        Position[] known = await PublishAsync(broker, Room, 3);
        await store.AdvanceAsync(recordAge - TimeSpan.FromMilliseconds(1));
        Assert.Equal(Verdict.Ok, (await ReadAsync(broker, Room, ReadFrom.After(known[3]))).Verdict);

        // That was a read: the record's age begins anew.
        await store.AdvanceAsync(recordAge - TimeSpan.FromMilliseconds(1));
        Assert.Equal(4, (await broker.AppendAsync(Room, Content("4"), null, Cancel)).Position.Offset);

        // And that was a write.
        await store.AdvanceAsync(recordAge - TimeSpan.FromMilliseconds(1));
        Assert.Equal(known[0].Epoch, (await HeadAsync(broker, Room)).Head.Epoch);

        await store.AdvanceAsync(recordAge + Slack);
        LogPage page = await ReadAsync(broker, Room, ReadFrom.After(known[3]));
        Assert.Equal(Verdict.Reset, page.Verdict);
        Assert.NotEqual(known[0].Epoch, page.Head.Epoch);
        Assert.Equal((0L, 0u), (page.Head.Offset, page.Head.Mark));
        Assert.Equal(1, (await broker.AppendAsync(Room, Content("1"), null, Cancel)).Position.Offset);
        Assert.Equal(page.Head.Epoch, (await HeadAsync(broker, Room)).Head.Epoch);
    }

    [Fact]
    public async Task A_room_that_was_only_read_expires_too()
    {
        TimeSpan recordAge = TimeSpan.FromMinutes(10);
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(age: Minute, recordAge: recordAge));
        Position first = (await HeadAsync(broker, Room)).Head;
        await store.AdvanceAsync(recordAge - TimeSpan.FromMilliseconds(1));
        Assert.Equal(Verdict.Ok, (await ReadAsync(broker, Room, ReadFrom.After(first))).Verdict);
        await store.AdvanceAsync(recordAge + Slack);
        Assert.Equal(Verdict.Reset, (await ReadAsync(broker, Room, ReadFrom.After(first))).Verdict);
    }

    [Fact]
    public async Task A_record_does_not_expire_before_its_entries()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(age: TimeSpan.FromHours(1), recordAge: Minute));
        Position[] known = await PublishAsync(broker, Room, 2);
        await store.AdvanceAsync(TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(1));
        LogPage page = await ReadAsync(broker, Room, ReadFrom.After(known[1]));
        Assert.Equal(Verdict.Ok, page.Verdict);
        Assert.Equal([2], Offsets(page));
    }

    [Fact]
    public async Task A_room_that_is_watched_does_not_expire_and_afterwards_ages_from_the_end_of_the_watch()
    {
        TimeSpan recordAge = TimeSpan.FromMinutes(10);
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(age: Minute, recordAge: recordAge));
        Position[] known = await PublishAsync(broker, Room, 1);
        await using (await broker.WatchAsync(Room, new RecordingWatcher(), Cancel))
        {
            await store.AdvanceAsync(3 * recordAge);
        }

        await store.AdvanceAsync(recordAge - TimeSpan.FromMilliseconds(1));
        Assert.Equal(Verdict.Ok, (await ReadAsync(broker, Room, ReadFrom.After(known[1]))).Verdict);
        await store.AdvanceAsync(recordAge + Slack);
        Assert.Equal(Verdict.Reset, (await ReadAsync(broker, Room, ReadFrom.After(known[1]))).Verdict);
    }

    [Fact]
    public async Task A_room_exists_from_its_first_use_until_its_record_expires_and_asking_is_no_use()
    {
        TimeSpan recordAge = TimeSpan.FromHours(2);
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(age: Minute, recordAge: recordAge));
        RoomName read = RoomName.Parse("read"), written = RoomName.Parse("written"), watched = RoomName.Parse("watched");
        foreach (RoomName room in (RoomName[])[read, written, watched])
        {
            Assert.False(await broker.ExistsAsync(room, Cancel));
            Assert.False(await broker.ExistsAsync(room, Cancel));
        }

        await ReadAsync(broker, read, ReadFrom.Now);
        await broker.AppendAsync(written, Content("1"), null, Cancel);
        await using (await broker.WatchAsync(watched, new RecordingWatcher(), Cancel))
        {
            foreach (RoomName room in (RoomName[])[read, written, watched])
            {
                Assert.True(await broker.ExistsAsync(room, Cancel));
            }

            await store.AdvanceAsync(recordAge / 2);
            Assert.True(await broker.ExistsAsync(read, Cancel));
            await store.AdvanceAsync((recordAge / 2) + Minute + Slack);
            Assert.False(await broker.ExistsAsync(read, Cancel));
            Assert.True(await broker.ExistsAsync(watched, Cancel));
        }
    }

    [Fact]
    public async Task Rooms_with_different_ages_each_go_in_their_time()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync([.. Enumerable.Range(1, 9).Select(i => Policy(age: i * Minute) with { Pattern = RoomPattern.Parse($"r{i}") })]);
        foreach (int i in new[] { 5, 9, 1, 7, 3, 2, 8, 4, 6 })
        {
            await PublishAsync(broker, RoomName.Parse($"r{i}"), 1);
        }

        for (int minutes = 1; minutes <= 9; minutes++)
        {
            await store.AdvanceAsync(minutes == 1 ? Minute + Slack : Minute);
            for (int i = 1; i <= 9; i++)
            {
                Assert.Equal(Offsets(1, i <= minutes ? 0 : 1), Offsets(await ReadAsync(broker, RoomName.Parse($"r{i}"), ReadFrom.Start)));
            }
        }
    }
}
