using System.Text;
using Godwit.Brokers;
using Godwit.Brokers.Memory;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Limits;
using Godwit.Presence;
using Godwit.Protocol;
using Godwit.Rooms;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Feeds;

/// <summary>The engine over a memory broker, with the time and the shards in the test's hands.</summary>
internal sealed class LiveRooms : IDisposable
{
    public LiveRooms(Retention? retention = null, int shards = 1, TimeSpan? linger = null, TimeSpan? heartbeat = null, TimeSpan? stall = null, AnswerBudget? answers = null, LimitOptions? limits = null)
    {
        var policies = new RoomPolicies([new RoomPolicy { Pattern = RoomPattern.Everything, Retention = retention ?? new Retention(), EntryBytes = 1 << 20 }]);
        Store = new SwitchedStore(new MemoryBroker(policies, Time, 1L << 30));
        Pump = new SendingPump(new PumpClock(Time, heartbeat ?? TimeSpan.FromSeconds(25), stall ?? TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(25)), shards, Queue.Add);
        Feeds = new LiveFeeds(Store, Pump, linger ?? TimeSpan.FromSeconds(60));
        Limits = new CallerLimits(limits ?? new LimitOptions(), Time);
        Reads = new RoomReads(Feeds, Store, Pump, Limits, answers);
        Attendances = new Attendances(Store, Time, NullLogger<Attendances>.Instance);
    }

    public static RoomName Lobby { get; } = RoomName.Parse("lobby");

    public FakeTimeProvider Time { get; } = new();

    public ManualQueue Queue { get; } = new();

    public SwitchedStore Store { get; }

    public SendingPump Pump { get; }

    public LiveFeeds Feeds { get; }

    public CallerLimits Limits { get; }

    public RoomReads Reads { get; }

    public Attendances Attendances { get; }

    /// <summary>What the clients of sessions share; the first makes it.</summary>
    public RoomPresence? Presence { get; set; }

    public static EntryContent Content(string json) => new("message", Encoding.UTF8.GetBytes(json), false, null);

    /// <summary>Publishes and returns the positions.</summary>
    public Position[] Publish(RoomName room, int count = 1, int size = 8)
    {
        var positions = new Position[count];
        for (int i = 0; i < count; i++)
        {
            ValueTask<Appended> append = Store.AppendAsync(room, Content($"\"{new string('x', size)}\""), null, CancellationToken.None);
            positions[i] = append.Result.Position;
        }

        return positions;
    }

    public Position[] Publish(int count = 1, int size = 8) => Publish(Lobby, count, size);

    /// <summary>Waits for a task that the shards of this test do not complete.</summary>
    public static T Get<T>(ValueTask<T> task) => task.AsTask().WaitAsync(TimeSpan.FromSeconds(30)).GetAwaiter().GetResult();

    public FeedLease Open(RoomName? room = null) => Get(Reads.OpenAsync(room ?? Lobby, ReadFrom.Now, CancellationToken.None));

    /// <summary>A connection that has begun.</summary>
    public Client Connect(Framing? framing = null, Func<int, int>? take = null) => new(this, framing ?? Framing.Ndjson, take);

    /// <summary>A connection that reads the lobby from a position on.</summary>
    public Client Follow(ReadFrom? from = null, Framing? framing = null, RoomName? room = null)
    {
        Client client = Connect(framing);
        client.Join(room ?? Lobby, from ?? ReadFrom.Now);
        Queue.RunAll();
        return client;
    }

    /// <summary>Lets time pass in steps of the wheel's ticks, running what is due.</summary>
    public void Advance(TimeSpan span)
    {
        for (TimeSpan step = TimeSpan.FromMilliseconds(100); span > TimeSpan.Zero; span -= step)
        {
            Time.Advance(span < step ? span : step);
            Queue.RunAll();
        }
    }

    /// <summary>Runs the shards until the feed of the lobby has compared itself with the store.</summary>
    public void Settle(Feed feed)
    {
        Get(new ValueTask<bool>(feed.SyncAsync().ContinueWith(static task => true, TaskScheduler.Default)));
        Queue.RunAll();
    }

    public void Dispose()
    {
        Attendances.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Pump.Dispose();
        Store.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
