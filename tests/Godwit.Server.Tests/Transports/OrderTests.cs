using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Transports;

public sealed class OrderTests(SharedServer shared)
{
    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task Entries_of_several_publishers_arrive_once_each_in_offset_order(Via via)
    {
        ProbeTarget target = shared.Room();
        await using ReaderProbe reader = via.Open(target, ProbeStart.Now);
        await reader.JoinAsync();

        Task<List<string>>[] publishers = [.. Enumerable.Range(0, 4).Select(i => Reading.FillAsync(target, 50, first: 1000 * i))];
        List<ProbeFrame> entries = await reader.EntriesAsync(1, 200);

        List<string>[] acknowledged = await Task.WhenAll(publishers);
        Assert.Equal(acknowledged.SelectMany(positions => positions).Order(), entries.Select(entry => entry.Position!).Order());
        for (int i = 0; i < 4; i++)
        {
            // What one publisher sent one after the other keeps its order.
            Assert.Equal(
                Enumerable.Range(1000 * i, 50),
                entries.Select(entry => int.Parse(entry.Data!)).Where(number => number / 1000 == i));
        }

        await reader.AssertNothingElseAsync();
    }

    [Fact]
    public async Task Two_readers_on_every_transport_at_once_see_the_same_entries()
    {
        ProbeTarget target = shared.Room();
        List<ReaderProbe> readers = [.. ProbeTransports.All.Concat(ProbeTransports.All).Select(transport => ReaderProbe.Open(transport, target, ProbeStart.Now))];
        foreach (ReaderProbe reader in readers)
        {
            await reader.JoinAsync();
        }

        Task<List<string>> publishing = Reading.FillAsync(target, 100);
        List<ProbeFrame>[] seen = await Task.WhenAll(readers.Select(reader => reader.EntriesAsync(1, 100)));

        List<string> positions = await publishing;
        foreach (List<ProbeFrame> entries in seen)
        {
            Assert.Equal(positions, entries.Select(entry => entry.Position));
            Assert.Equal(Enumerable.Range(1, 100), entries.Select(entry => int.Parse(entry.Data!)));
        }

        foreach (ReaderProbe reader in readers)
        {
            await reader.DisposeAsync();
        }
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task Each_of_many_rooms_has_its_own_entries(Via via)
    {
        List<ReaderProbe> readers = [.. Enumerable.Range(0, 20).Select(_ => via.Open(shared.Room(), ProbeStart.Now))];
        await Task.WhenAll(readers.Select(reader => reader.JoinAsync()));

        for (int round = 0; round < 3; round++)
        {
            foreach (ReaderProbe reader in readers)
            {
                await Reading.PublishAsync(reader.Target, $"\"{reader.Target.Room} {round}\"");
            }
        }

        foreach (ReaderProbe reader in readers)
        {
            List<ProbeFrame> entries = await reader.EntriesAsync(1, 3);
            Assert.Equal(Enumerable.Range(0, 3).Select(round => $"\"{reader.Target.Room} {round}\""), entries.Select(entry => entry.Data));
            await reader.DisposeAsync();
        }
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task An_answer_to_a_position_has_only_the_entries_after_it(Via via)
    {
        ProbeTarget target = shared.Room();
        List<string> positions = await Reading.FillAsync(target, 8);

        for (int i = 0; i < positions.Count; i++)
        {
            await using ReaderProbe reader = via.Open(target, ProbeStart.After(positions[i]));
            await reader.JoinAsync();
            if (i < positions.Count - 1)
            {
                await reader.EntriesAsync(i + 2, positions.Count);
            }

            Assert.Equal(positions[^1], reader.Position);
        }
    }
}
