using System.Collections.Concurrent;
using Godwit.Brokers;
using Godwit.Brokers.Memory;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Limits;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Tests.Feeds;

/// <summary>The engine on real threads.</summary>
public sealed class StressTests
{
    private const int Publishers = 4;
    private const int EntriesEach = 500;
    private const int Readers = 200;

    [Fact]
    public async Task On_real_threads_every_reader_gets_every_entry_once_and_in_order()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        var policies = new RoomPolicies([new RoomPolicy { Pattern = RoomPattern.Everything, Retention = new Retention { Entries = 1_000_000, Bytes = 1L << 30 } }]);
        await using var broker = new MemoryBroker(policies, TimeProvider.System, 1L << 30);
        using var pump = new SendingPump(new PumpClock(TimeProvider.System, TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(30)), 2);
        var feeds = new LiveFeeds(broker, pump, TimeSpan.Zero);
        var reads = new RoomReads(feeds, broker, pump, new CallerLimits(new LimitOptions(), TimeProvider.System));
        bool isDone = false;
        Task[] readers = [.. Enumerable.Range(0, Readers).Select(i => Task.Run(() => ReadAsync(i), cancel))];
        await Task.WhenAll(Enumerable.Range(0, Publishers).Select(_ => Task.Run(PublishAsync, cancel)));
        Volatile.Write(ref isDone, true);
        await Task.WhenAll(readers).WaitAsync(TimeSpan.FromSeconds(60), cancel);

        async Task PublishAsync()
        {
            for (int i = 0; i < EntriesEach; i++)
            {
                await broker.AppendAsync(LiveRooms.Lobby, LiveRooms.Content("1"), null, cancel);
                if (i % 100 == 0)
                {
                    await Task.Yield();
                }
            }
        }

        async Task ReadAsync(int seed)
        {
            var random = new Random(seed);
            LogPage begin = await broker.ReadAsync(LiveRooms.Lobby, ReadFrom.Start, new ReadLimits(0, 0), cancel);
            Position position = begin.Oldest;
            long next = 1;
            while (next <= Publishers * EntriesEach)
            {
                bool isLast = Volatile.Read(ref isDone);
                FeedLease lease = await reads.OpenAsync(LiveRooms.Lobby, ReadFrom.Now, cancel);
                Judgement judgement = await reads.JudgeAsync(lease, ReadFrom.After(position), cancel);
                Assert.Equal((Verdict.Ok, next - 1), (judgement.Verdict, judgement.Position.Offset));
                var outlet = new LineOutlet(isLast ? int.MaxValue : random.Next(1, 400), Publishers * EntriesEach);
                var connection = new Connection(pump.Next(), outlet, Framing.Ndjson, ReadTransport.WebSocket);
                connection.Start();
                connection.Join(new Reader(lease, judgement), "\n"u8.ToArray());
                await outlet.Enough.WaitAsync(TimeSpan.FromSeconds(60), cancel);
                connection.Abort();
                await connection.Ended.WaitAsync(TimeSpan.FromSeconds(60), cancel);
                List<Received> frames = Received.Parse(Framing.Ndjson, outlet.Octets, out int whole);
                foreach (Received frame in frames.Where(static frame => frame.Op != "heartbeat"))
                {
                    Assert.Equal(("entry", next), (frame.Op, frame.Offset));
                    position = frame.Position!.Value;
                    next++;
                }

                Assert.Equal(outlet.Octets.Length, whole);
            }
        }
    }

    /// <summary>Takes lines and says when there are enough; now and then it is full for a while, as a socket would be.</summary>
    private sealed class LineOutlet(int enough, long last) : Outlet
    {
        private readonly TaskCompletionSource _enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly byte[] _last = System.Text.Encoding.ASCII.GetBytes($"\"offset\":{last},");
        private readonly MemoryStream _octets = new();
        private int _lines;
        private int _writes;

        public Task Enough => _enough.Task;

        public byte[] Octets => _octets.ToArray();

        public override void Abort()
        {
        }

        protected override int Write(ReadOnlyMemory<byte> octets)
        {
            Take(octets.Span);
            if (++_writes % 7 == 0)
            {
                Fill();
                ThreadPool.UnsafeQueueUserWorkItem(static outlet => outlet.Drained(), this, preferLocal: false);
            }

            return octets.Length;
        }

        protected override void WriteRest(byte[] rest) => throw new NotSupportedException();

        private void Take(ReadOnlySpan<byte> octets)
        {
            _octets.Write(octets);
            _lines += octets.Count((byte)'\n');
            if (_lines > enough || octets.IndexOf(_last) >= 0)
            {
                _enough.TrySetResult();
            }
        }
    }
}
