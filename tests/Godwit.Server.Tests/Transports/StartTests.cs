using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Transports;

public sealed class StartTests(SharedServer shared)
{
    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task After_start_begins_with_the_oldest_entry(Via via)
    {
        ProbeTarget target = shared.Room();
        await Reading.FillAsync(target, 7);

        await using ReaderProbe reader = via.Open(target, ProbeStart.Oldest);

        await reader.JoinAsync();
        await reader.EntriesAsync(1, 7);
        await reader.AssertNothingElseAsync();
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task After_start_in_a_trimmed_room_begins_with_the_oldest_retained_and_is_no_gap(Via via)
    {
        ProbeTarget target = shared.RoomOfFive();
        await Reading.FillAsync(target, 12);

        await using ReaderProbe reader = via.Open(target, ProbeStart.Oldest);

        await reader.JoinAsync();
        await reader.EntriesAsync(8, 12);
        await reader.AssertNothingElseAsync();
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task After_now_begins_with_what_is_published_next(Via via)
    {
        ProbeTarget target = shared.Room();
        List<string> positions = await Reading.FillAsync(target, 7);

        await using ReaderProbe reader = via.Open(target, ProbeStart.Now);

        Assert.Equal(positions[^1], (await reader.JoinAsync()).Position);
        await reader.AssertNothingElseAsync();
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task Last_begins_with_that_many_of_the_newest(Via via)
    {
        ProbeTarget target = shared.Room();
        await Reading.FillAsync(target, 7);

        await using ReaderProbe reader = via.Open(target, ProbeStart.Last(3));

        await reader.JoinAsync();
        await reader.EntriesAsync(5, 7);
        await reader.AssertNothingElseAsync();
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task Last_of_more_than_there_are_begins_with_the_oldest(Via via)
    {
        ProbeTarget target = shared.Room();
        await Reading.FillAsync(target, 3);

        await using ReaderProbe reader = via.Open(target, ProbeStart.Last(50));

        await reader.JoinAsync();
        await reader.EntriesAsync(1, 3);
        await reader.AssertNothingElseAsync();
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task Without_a_start_a_short_poll_has_the_newest_and_all_others_what_comes(Via via)
    {
        ProbeTarget target = shared.Room() with { Limit = 2 };
        await Reading.FillAsync(target, 7);

        await using ReaderProbe reader = via.Open(target, ProbeStart.Unsaid);

        await reader.JoinAsync();
        if (via.Probe() == ProbeTransport.ShortPoll)
        {
            await reader.EntriesAsync(6, 7);
        }

        await reader.AssertNothingElseAsync();
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task A_room_that_nobody_wrote_to_hands_out_a_position_that_holds(Via via)
    {
        ProbeTarget target = shared.Room();

        await using ReaderProbe first = via.Open(target, ProbeStart.Unsaid);
        string position = (await first.JoinAsync()).Position!;
        await using ReaderProbe second = via.Open(target, ProbeStart.Oldest);
        Assert.Equal(position, (await second.JoinAsync()).Position);
        await using ReaderProbe third = via.Open(target, ProbeStart.Last(10));
        Assert.Equal(position, (await third.JoinAsync()).Position);
        await Reading.FillAsync(target, 2);

        await using ReaderProbe later = via.Open(target, ProbeStart.After(position));
        await later.JoinAsync();
        await later.EntriesAsync(1, 2);
    }

    [Theory]
    [MemberData(nameof(Over.Pairs), MemberType = typeof(Over))]
    public async Task A_position_of_one_transport_holds_on_every_other(Via from, Via to)
    {
        ProbeTarget target = shared.Room();
        await Reading.FillAsync(target, 4);
        await using ReaderProbe reader = from.Open(target, ProbeStart.Oldest);
        await reader.JoinAsync();
        await reader.EntriesAsync(1, 2);

        await using ReaderProbe next = to.Open(target, reader.Resume);

        await next.JoinAsync();
        await next.EntriesAsync(3, 4);
    }
}
