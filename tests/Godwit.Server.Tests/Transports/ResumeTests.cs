using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Transports;

public sealed class ResumeTests(SharedServer shared)
{
    [Theory]
    [MemberData(nameof(Over.Pairs), MemberType = typeof(Over))]
    public async Task A_reader_that_is_cut_at_any_moment_and_switches_transport_sees_every_entry_once_and_in_order(Via one, Via other)
    {
        int seed = 100 * (int)one + (int)other;
        var random = new Random(seed);
        ProbeTarget target = shared.Room();
        Task<List<string>> publishing = Reading.FillAsync(target, 150);
        var ledger = new EntryLedger($"seed {seed}");
        ProbeStart start = ProbeStart.Oldest;

        for (int connections = 0; ledger.Next <= 150; connections++)
        {
            Via via = random.Next(2) == 0 ? one : other;
            await using ReaderProbe reader = via.Open(target, start);
            await DropAsync(reader, ledger, random, until: 150);
            start = reader.Resume;
            Assert.True(connections < 2000, "The reader does not get on.");
        }

        List<string> positions = await publishing;
        Assert.Equal(positions, ledger.Positions);
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task Many_drops_in_a_row_before_the_first_entry_lose_nothing(Via via)
    {
        ProbeTarget target = shared.Room();
        ProbeStart start = ProbeStart.Now;
        for (int i = 0; i < 10; i++)
        {
            await using ReaderProbe reader = via.Open(target, start);
            await reader.JoinAsync();
            reader.Cut();
            start = reader.Resume;
        }

        await Reading.FillAsync(target, 3);
        await using ReaderProbe last = via.Open(target, start);
        await last.JoinAsync();
        await last.EntriesAsync(1, 3);
        await last.AssertNothingElseAsync();
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task Drops_while_catching_up_lose_nothing(Via via)
    {
        ProbeTarget target = shared.Room();
        List<string> positions = await Reading.FillAsync(target, 400);
        var ledger = new EntryLedger(via.ToString());
        ProbeStart start = ProbeStart.Oldest;

        for (int taken = 0; ledger.Next <= 400; taken = (taken * 2) + 1)
        {
            await using ReaderProbe reader = via.Open(target, start);
            await reader.JoinAsync();
            for (int i = 0; i < taken && ledger.Next <= 400; i++)
            {
                ledger.Take(await reader.NextAsync(), reader);
            }

            reader.Cut();
            start = reader.Resume;
        }

        Assert.Equal(positions, ledger.Positions);
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task A_polite_end_is_resumed_like_any_other(Via via)
    {
        ProbeTarget target = shared.Room();
        await Reading.FillAsync(target, 6);
        ReaderProbe reader = via.Open(target, ProbeStart.Oldest);
        await reader.JoinAsync();
        await reader.EntriesAsync(1, 4);
        await reader.CloseAsync(TestContext.Current.CancellationToken);
        await reader.DisposeAsync();

        await using ReaderProbe next = via.Open(target, reader.Resume);

        await next.JoinAsync();
        await next.EntriesAsync(5, 6);
        await next.AssertNothingElseAsync();
    }

    /// <summary>Reads some frames, perhaps none, and cuts: between two reads, or while one is under way.</summary>
    private static async Task DropAsync(ReaderProbe reader, EntryLedger ledger, Random random, long until)
    {
        int frames = random.Next(25);
        bool midway = random.Next(2) == 0;
        Task<ProbeFrame>? pending = null;
        for (int i = 0; i < frames && ledger.Next <= until; i++)
        {
            ledger.Take(await reader.AnyAsync(), reader);
        }

        if (midway)
        {
            pending = reader.AnyAsync();
        }

        reader.Cut();
        if (pending is not null)
        {
            ledger.Take(await pending, reader);
        }
    }
}
