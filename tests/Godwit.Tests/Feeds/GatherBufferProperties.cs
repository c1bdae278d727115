using CsCheck;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Feeds.Tails;

namespace Godwit.Tests.Feeds;

public sealed class GatherBufferProperties
{
    [Fact]
    public void Wherever_a_send_ends_each_reader_stands_behind_its_last_frame_on_the_way() =>
        Gen.Select(Gen.Select(Gen.Int[0, 3], Gen.Int[1, 4000].Array[1, 20]).Array[1, 12], Gen.Int[0, 20_000]).Sample(static (runs, taken) =>
        {
            using var rooms = new LiveRooms();
            using FeedLease lease = rooms.Open();
            Reader[] readers = [.. Enumerable.Range(0, 4).Select(_ => new Reader(lease, lease.Feed.JudgeNow()))];
            var gather = new GatherBuffer();
            var outlet = new TestOutlet(_ => taken);
            _ = new Connection(rooms.Pump.Next(), outlet, Framing.Ndjson, ReadTransport.WebSocket);
            var expected = new List<(Reader Reader, byte Mark, int Length)>();
            byte mark = 0;
            int octets = 0;
            foreach ((int who, int[] lengths) in runs)
            {
                var segment = new Segment(1, lengths.Sum());
                foreach (int length in lengths)
                {
                    segment.Free[..length].Fill(++mark);
                    segment.Commit(length);
                }

                FrameRange range = segment.From(1, int.MaxValue / 2);
                int added = gather.Add(readers[who], range);
                int fit = lengths.TakeWhile(length => (octets += length) <= 16 << 10).Count();
                octets -= fit < lengths.Length ? lengths.Take(fit + 1).Sum() - lengths.Take(fit).Sum() : 0;
                Assert.Equal(fit, added);
                mark = (byte)(mark - lengths.Length);
                foreach (int length in lengths.Take(fit))
                {
                    expected.Add((readers[who], ++mark, length));
                }
            }

            Assert.Equal(expected.Count == 0, gather.IsEmpty);
            if (gather.IsEmpty)
            {
                return;
            }

            gather.SendTo(outlet);
            Assert.True(gather.IsEmpty);
            outlet.Let();
            byte[] got = outlet.Octets;
            int sum = 0;
            // Where it ends between two frames the second is on its way as well: a full socket is waited for by giving it something.
            int begun = expected.TakeWhile(frame => { sum += frame.Length; return sum - frame.Length <= taken; }).Count();
            Assert.Equal(expected.Take(begun).SelectMany(static frame => Enumerable.Repeat(frame.Mark, frame.Length)), got);
            Assert.All(readers, reader => Assert.Equal(1 + expected.Take(begun).Count(frame => frame.Reader == reader), reader.Next));
        }, iter: 300);
}
