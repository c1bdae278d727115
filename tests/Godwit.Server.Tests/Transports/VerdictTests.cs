using Godwit.Protocol;
using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Transports;

public sealed class VerdictTests(SharedServer shared)
{
    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task A_position_behind_retention_is_told_a_gap_with_the_exact_range_and_goes_on_with_the_oldest(Via via)
    {
        ProbeTarget target = shared.RoomOfFive();
        List<string> positions = await Reading.FillAsync(target, 20);

        await using ReaderProbe reader = via.Open(target, ProbeStart.After(positions[2]));

        ProbeFrame joined = await reader.NextAsync(ProbeFrameKind.Joined);
        Assert.Equal(Verdict.Gap, joined.Verdict);
        Assert.Equal(new OffsetRange(4, 15), joined.Missing);
        await reader.EntriesAsync(16, 20);
        await reader.AssertNothingElseAsync();
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task A_position_right_before_the_oldest_entry_is_ok(Via via)
    {
        ProbeTarget target = shared.RoomOfFive();
        List<string> positions = await Reading.FillAsync(target, 20);

        await using ReaderProbe reader = via.Open(target, ProbeStart.After(positions[14]));

        await reader.JoinAsync();
        await reader.EntriesAsync(16, 20);
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task A_position_told_a_gap_is_not_told_it_again(Via via)
    {
        ProbeTarget target = shared.RoomOfFive();
        List<string> positions = await Reading.FillAsync(target, 20);
        await using ReaderProbe reader = via.Open(target, ProbeStart.After(positions[0]));
        Assert.Equal(Verdict.Gap, (await reader.NextAsync(ProbeFrameKind.Joined)).Verdict);
        await reader.EntriesAsync(16, 16);
        reader.Cut();

        await using ReaderProbe next = via.Open(target, reader.Resume);

        await next.JoinAsync();
        await next.EntriesAsync(17, 20);
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task A_position_of_another_epoch_is_reset_and_goes_on_with_the_oldest(Via via)
    {
        ProbeTarget target = shared.Room();
        await Reading.FillAsync(target, 3);

        await AssertResetAsync(via, target, position => position with { Epoch = Epoch.New() }, 1, 3);
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task A_position_of_another_room_is_reset(Via via)
    {
        string foreign = (await Reading.FillAsync(shared.Room(), 3))[^1];
        ProbeTarget target = shared.Room();
        await Reading.FillAsync(target, 3);

        await AssertResetAsync(via, target, _ => Parse(foreign), 1, 3);
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task A_position_of_the_future_is_reset(Via via)
    {
        ProbeTarget target = shared.Room();
        await Reading.FillAsync(target, 3);

        await AssertResetAsync(via, target, position => position with { Offset = 4 }, 1, 3);
        await AssertResetAsync(via, target, position => position with { Offset = Position.MaxOffset }, 1, 3);
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task A_wrong_mark_is_reset_at_the_head_within_the_log_and_at_its_beginning(Via via)
    {
        ProbeTarget target = shared.Room();
        List<string> positions = await Reading.FillAsync(target, 3);

        await AssertResetAsync(via, target, position => position with { Mark = position.Mark ^ 1 }, 1, 3);
        await AssertResetAsync(via, target, _ => Parse(positions[1]) with { Mark = Parse(positions[1]).Mark ^ 1 }, 1, 3);
        await AssertResetAsync(via, target, position => position with { Offset = 0, Mark = 5 }, 1, 3);
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task A_wrong_mark_right_before_the_oldest_entry_is_reset(Via via)
    {
        ProbeTarget target = shared.RoomOfFive();
        List<string> positions = await Reading.FillAsync(target, 20);

        await AssertResetAsync(via, target, _ => Parse(positions[14]) with { Mark = Parse(positions[14]).Mark ^ 1 }, 16, 20);
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task A_position_presented_in_a_room_that_nobody_wrote_to_is_reset(Via via)
    {
        ProbeTarget target = shared.Room();
        string foreign = (await Reading.FillAsync(shared.Room(), 1))[0];

        await using ReaderProbe reader = via.Open(target, ProbeStart.After(foreign));

        ProbeFrame joined = await reader.NextAsync(ProbeFrameKind.Joined);
        Assert.Equal(Verdict.Reset, joined.Verdict);
        Assert.Equal(0, Parse(joined.Position!).Offset);
        await reader.AssertNothingElseAsync();
    }

    private static async Task AssertResetAsync(Via via, ProbeTarget target, Func<Position, Position> change, long from, long to)
    {
        await using ReaderProbe last = ReaderProbe.Open(ProbeTransport.ShortPoll, target, ProbeStart.Now);
        Position head = Parse((await last.JoinAsync()).Position!);

        await using ReaderProbe reader = via.Open(target, ProbeStart.After(change(head).ToString()));

        Assert.Equal(Verdict.Reset, (await reader.NextAsync(ProbeFrameKind.Joined)).Verdict);
        await reader.EntriesAsync(from, to);
        Assert.Equal(head.ToString(), reader.Position);
    }

    private static Position Parse(string text) => Position.TryParse(text, out Position position) ? position : throw new ArgumentException(text);
}
