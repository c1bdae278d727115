using BenchmarkDotNet.Attributes;
using Godwit.Brokers;
using Godwit.Brokers.Memory;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Limits;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Micro;

/// <summary>One entry goes to the readers of a room, over outlets that take everything and do nothing. Beside it a loop that writes to the same outlets.</summary>
[MemoryDiagnoser]
public class PumpBenchmarks
{
    private readonly Queue<IThreadPoolWorkItem> _turns = new();
    private readonly byte[] _frame = new byte[230];
    private MemoryBroker _broker = null!;
    private SendingPump _pump = null!;
    private NullOutlet[] _outlets = [];

    [Params(1, 1_000)]
    public int Readers { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        // The log keeps the newest entries alone, so that a long run is as a short one.
        RoomPolicies policies = new([new RoomPolicy { Pattern = RoomPattern.Everything, Retention = new Retention { Entries = 1_000 } }]);
        _broker = new MemoryBroker(policies, TimeProvider.System, 1L << 30);
        _pump = new SendingPump(new PumpClock(TimeProvider.System, TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(25)), 1, _turns.Enqueue);
        LiveFeeds feeds = new(_broker, _pump, TimeSpan.FromSeconds(60));
        RoomReads reads = new(feeds, _broker, _pump, new CallerLimits(new LimitOptions(), TimeProvider.System), null);
        _outlets = new NullOutlet[Readers];
        for (int i = 0; i < Readers; i++)
        {
            _outlets[i] = new NullOutlet();
            Connection connection = new(_pump.Next(), _outlets[i], Framing.WebSocket, ReadTransport.WebSocket);
            FeedLease lease = reads.OpenAsync(Samples.Room, ReadFrom.Now, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            connection.Start();
            connection.Join(new Reader(lease, lease.Feed.JudgeNow()), "{}"u8.ToArray());
            RunTurns();
        }
    }

    [GlobalCleanup]
    public void CleanUp() => _pump.Dispose();

    [Benchmark(Baseline = true)]
    public int WriteToEach()
    {
        int written = 0;
        foreach (NullOutlet outlet in _outlets)
        {
            written += outlet.Take(_frame);
        }

        return written;
    }

    /// <summary>The append to the log is part of it, and the framing.</summary>
    [Benchmark]
    public long PublishAndDeliver()
    {
        ValueTask<Appended> append = _broker.AppendAsync(Samples.Room, Samples.Content, null, CancellationToken.None);
        RunTurns();
        return append.Result.Position.Offset;
    }

    private void RunTurns()
    {
        while (_turns.TryDequeue(out IThreadPoolWorkItem? turn))
        {
            turn.Execute();
        }
    }

    private sealed class NullOutlet : Outlet
    {
        public override void Abort()
        {
        }

        public int Take(ReadOnlyMemory<byte> octets) => Write(octets);

        protected override int Write(ReadOnlyMemory<byte> octets) => octets.Length;

        protected override void WriteRest(byte[] rest) => throw new NotSupportedException();
    }
}
