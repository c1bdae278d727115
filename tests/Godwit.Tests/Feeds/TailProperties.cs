using System.Text;
using CsCheck;
using Godwit.Brokers;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Tails;
using Godwit.Protocol;

namespace Godwit.Tests.Feeds;

public sealed class TailProperties
{
    private static readonly EntryText Text = new(LiveRooms.Lobby);
    private static readonly Epoch Log = new(7);

    [Fact]
    public void A_tail_gives_whole_frames_from_any_offset_it_reaches_back_to() =>
        Gen.Select(Gen.Int[0, 3000].Array[1, 120], Gen.Int[1, 40_000], Gen.Int[1, 1_000_000]).Sample(static (sizes, maxBytes, first) =>
        {
            var budget = new TailBudget(1 << 30);
            var tail = new Tail(Framing.Ndjson, budget);
            var frames = new List<byte[]>();
            for (int i = 0; i < sizes.Length; i++)
            {
                frames.Add(Append(tail, first + i, sizes[i]));
            }

            bool reachesBack = false;
            for (int i = 0; i < frames.Count; i++)
            {
                bool found = tail.TryRange(first + i, maxBytes, out FrameRange range);
                Assert.True(found || !reachesBack);
                reachesBack |= found;
                if (!found)
                {
                    continue;
                }

                Assert.InRange(range.Count, 1, frames.Count - i);
                Assert.True(range.Span.SequenceEqual(frames.Skip(i).Take(range.Count).SelectMany(static frame => frame).ToArray()));
                Assert.True(range.Count == 1 || range.Length <= maxBytes);
                Assert.Equal(range.Length, range.LengthOf(range.Count));
                for (int cut = 0; cut <= range.Length; cut += Math.Max(1, range.Length / 50))
                {
                    int begun = range.FramesBegun(cut);
                    Assert.True(cut == 0 ? begun == 0 : range.LengthOf(begun - 1) < cut && cut <= range.LengthOf(begun));
                }
            }

            Assert.True(reachesBack);
            Assert.True(tail.TryRange(first + frames.Count, maxBytes, out FrameRange none));
            Assert.Equal(0, none.Count);
            Assert.False(tail.TryRange(first - 1, maxBytes, out _));
            tail.Clear();
            Assert.Equal(0, budget.Used);
            Assert.True(tail.IsEmpty);
        });

    [Fact]
    public void A_tail_holds_no_more_than_its_bounds_and_more_than_half_of_them()
    {
        var budget = new TailBudget(1 << 30);
        var tail = new Tail(Framing.WebSocket, budget);
        for (int offset = 1; offset <= 5000; offset++)
        {
            Append(tail, offset, 10);
            Assert.InRange(budget.Used, 0, 320 << 10);
        }

        Assert.True(tail.TryRange(4600, 1000, out _));
        Assert.False(tail.TryRange(5000 - 2200, 1000, out _));
        for (int offset = 5001; offset <= 5100; offset++)
        {
            Append(tail, offset, 20_000);
            Assert.InRange(budget.Used, 0, 320 << 10);
        }
    }

    [Fact]
    public void Above_the_budget_of_the_process_a_tail_keeps_its_newest_segment()
    {
        var budget = new TailBudget(100_000);
        Tail[] tails = [.. Enumerable.Range(0, 10).Select(_ => new Tail(Framing.Ndjson, budget))];
        for (int offset = 1; offset <= 200; offset++)
        {
            foreach (Tail tail in tails)
            {
                Append(tail, offset, 200);
                Assert.True(tail.TryRange(offset, 1000, out FrameRange newest));
                Assert.Equal(1, newest.Count);
            }
        }

        Assert.InRange(budget.Used, 1, 10 * (64 << 10));
        Assert.All(tails, static tail => Assert.False(tail.TryRange(1, 1000, out _)));
        Array.ForEach(tails, static tail => tail.Clear());
        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public void An_entry_that_does_not_follow_begins_the_tail_anew()
    {
        var tail = new Tail(Framing.Ndjson, new TailBudget(1 << 20));
        Append(tail, 1, 10);
        byte[] frame = Append(tail, 9, 10);
        Assert.False(tail.TryRange(1, 1000, out _));
        Assert.True(tail.TryRange(9, 1000, out FrameRange range));
        Assert.Equal(frame, range.Span.ToArray());
    }

    [Fact]
    public void A_ring_has_the_newest_entries_within_its_bounds() =>
        Gen.Select(Gen.Int[0, 20_000].Array[1, 100], Gen.Int[1, 1000]).Sample(static (sizes, first) =>
        {
            var ring = new EntryRing();
            for (int i = 0; i < sizes.Length; i++)
            {
                ring.Add(Entry(first + i, sizes[i]));
                long bytes = 0;
                int fit = 0;
                while (fit <= i && (fit == 0 || bytes + Entry(0, sizes[i - fit]).Size <= 256 << 10))
                {
                    bytes += Entry(0, sizes[i - fit++]).Size;
                }

                Assert.Equal(fit, ring.Count);
            }

            for (int offset = first - 2; offset < first + sizes.Length + 2; offset++)
            {
                bool found = ring.TryIndexOf(offset, out int index);
                Assert.Equal(offset > first + sizes.Length - 1 - ring.Count && offset < first + sizes.Length, found);
                Assert.True(!found || ring[index].Offset == offset);
            }
        });

    [Fact]
    public void A_ring_has_no_more_than_1024_entries_and_lets_go_of_all()
    {
        var ring = new EntryRing();
        for (int offset = 1; offset <= 5000; offset++)
        {
            ring.Add(Entry(offset, 1));
            Assert.Equal(Math.Min(offset, 1024), ring.Count);
            Assert.Equal(offset, ring[ring.Count - 1].Offset);
        }

        ring.Clear();
        Assert.Equal(0, ring.Count);
        Assert.False(ring.TryIndexOf(5000, out _));
    }

    private static Entry Entry(long offset, int size) =>
        new(offset, (uint)offset, 1, new EntryContent("message", Encoding.ASCII.GetBytes($"\"{new string('x', size)}\""), false, null));

    private static byte[] Append(Tail tail, long offset, int size)
    {
        Entry entry = Entry(offset, size);
        byte[] scratch = new byte[Text.MaxLength(entry)];
        ReadOnlySpan<byte> entryObject = scratch.AsSpan(0, Text.Write(scratch, Log, entry));
        tail.Append(Log, entry, entryObject);
        byte[] frame = new byte[tail.Framing.MaxLength(entry, entryObject.Length)];
        return frame[..tail.Framing.Write(frame, Log, entry, entryObject)];
    }
}
