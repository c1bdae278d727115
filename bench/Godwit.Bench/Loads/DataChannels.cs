using System.Diagnostics;
using Godwit.Bench.Generator;
using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;
using Godwit.Server.Measuring;
using Godwit.WebRtc.Client;
using Godwit.WebRtc.Dtls;

namespace Godwit.Bench.Loads;

/// <summary>Sessions over data channels, each with a peer of its own: memory of those that wait, and the CPU time of many that read at a rate.</summary>
internal sealed class DataChannels() : BenchLoad("datachannel")
{
    public const string Waiting = "datachannel-idle";

    /// <summary>Entries of the room in a second.</summary>
    public const double Rate = 20;

    public const string Lossy = "datachannel-lossy";

    private const int Others = 1_000;
    private const int WarmUpPeers = 50;
    private const int WarmUps = 2;
    private const int TimedOf = 16;

    public override string Summary => $"sessions over data channels: memory of idle ones, and CPU at {Rate} entries/s to each, of Godwit alone";

    public override IEnumerable<Transport> TransportsOf(BenchSystem system) => system is GodwitSystem { Loads: null } ? [Transport.DataChannel] : [];

    public override IEnumerable<Part> Measure(BenchSystem system, Transport transport, BenchContext context)
    {
        BenchOptions options = context.Options;
        Timeline timeline = new(Others + ((WarmUps + 1) * 2 * EntriesOf(options)));
        using Stage stage = new(system, Transport.WebSocket, context);
        using HttpClient http = new();
        Uri server = new($"http://127.0.0.1:{stage.Server.Port}");
        DtlsIdentity identity = DtlsIdentity.Make(TimeProvider.System);
        Room room = new(stage, system, timeline, context.Cancel);

        // What the first peers load and compile is no cost of a peer.
        int first = Math.Min(WarmUpPeers, options.Peers);
        using (PeerAudience warm = Connect(first))
        {
            room.Publish(warm, first, WarmUpPeers, 10 * Rate);
        }

        stage.Server.WaitUntilQuiet();
        context.Pause(options.Idle);
        (double empty, double? managed) = ReadLive(system, stage);
        using PeerAudience audience = Connect(options.Peers);
        stage.Server.WaitUntilQuiet();
        context.Pause(options.Idle);
        stage.Server.WaitUntilQuiet();
        double idle = MemoryReading.Of(stage.Server.Processes).Resident;
        Dictionary<string, double> memory = new() { [Figure.Resident] = (idle - empty) / options.Peers, [Figure.EmptyServer] = empty / 1024 };
        (double live, double? managedAfter) = ReadLive(system, stage);
        if (managedAfter - managed is { } rise)
        {
            memory[Figure.ResidentLive] = (live - empty) / options.Peers;
            memory[Figure.ManagedPerConnection] = rise / options.Peers;
        }

        yield return new Part(Waiting, options.Peers, memory);
        yield return new Part(Name, options.Peers, Take(room, audience, options.Peers, context));
        audience.Dispose();
        stage.Server.WaitUntilQuiet();

        using (PeerAudience one = Connect(1, Others))
        {
            context.Pause(TimeSpan.FromMilliseconds(500));
            if (!one.IsLossyServed)
            {
                yield break; // a server without that channel
            }
        }

        using PeerAudience newest = Connect(options.Peers, Others + (2 * EntriesOf(options) * (WarmUps + 1)));
        yield return new Part(Lossy, options.Peers, Take(room, newest, options.Peers, context));

        PeerAudience Connect(int count, int? lossyRoom = null) =>
            new(count, () => new ClientPeer(identity: identity), http, server, GodwitSystem.Room, room.Published + 1, timeline, TimedOf, lossyRoom, context.Cancel);
    }

    public override IEnumerable<Table> Tables(BenchOptions options)
    {
        yield return new Table(Waiting, $"Memory per idle peer with a session over a data channel, after {options.Idle.TotalSeconds:0} s", [new("RSS KiB", Figure.Resident, "0.0"), new("RSS KiB after a collection", Figure.ResidentLive, "0.0"), new("managed KiB", Figure.ManagedPerConnection, "0.0"), new("RSS MiB without peers", Figure.EmptyServer, "0.0")])
        {
            Note = "Managed is the heap's growth after collections that the bench orders. RSS without peers is read after one too, so the first figure contains what the handshakes left to collect.",
            SizeName = "peers",
        };
        Column[] columns = [new("cores", Figure.CoreShare, "0.00"), new("CPU µs per delivery", Figure.Cpu, "0.0"), new("user part", Figure.UserCpu, "0.0"), new("deliveries/s", Figure.Rate, "#,0"), new("median ms", Figure.MedianLatency, "0.00"), new("p99 ms", Figure.Latency99, "0.00"), new("generator CPU µs per delivery", Figure.GeneratorCpu, "0.0")];
        yield return new Table(Name, $"{options.Peers:N0} peers in one room at {Rate} entries/s, over `reliable`", columns)
        {
            Note = "CPU of the server: acknowledgements and checks of ICE are in it. Every peer received every entry once, in order. Times are of one peer in 16.",
        };
        yield return new Table(Lossy, "The same over `lossy`", [.. columns, new("% that came over it", Figure.LossyShare, "0.0")])
        {
            Note = "No peer received an entry twice. The first one after a join comes over `reliable`.",
        };
    }

    private static Dictionary<string, double> Take(Room room, PeerAudience audience, int peers, BenchContext context)
    {
        int entries = EntriesOf(context.Options);
        room.Timeline.IsRunning = false;
        for (int i = 0; i < WarmUps; i++)
        {
            // Code is compiled anew in the background while it is hot.
            room.Publish(audience, peers, entries, Rate);
        }

        room.Stage.Server.WaitUntilQuiet();
        audience.ForgetTimes();
        room.Timeline.IsRunning = true;
        long before = audience.OverLossy;
        Meter meter = new(room.Stage.Server, audience.Progress);
        long last = room.Publish(audience, peers, entries, Rate);
        (double cpu, double user, double generator) = meter.Used();
        audience.Progress.ThrowIfFailed();
        double deliveries = audience.Progress.Deliveries - meter.Deliveries;
        Dictionary<string, double> figures = new()
        {
            [Figure.CoreShare] = cpu / 1e6 / meter.Until(last),
            [Figure.Cpu] = cpu / deliveries,
            [Figure.UserCpu] = user / deliveries,
            [Figure.GeneratorCpu] = generator / deliveries,
            [Figure.Rate] = deliveries / meter.Until(last),
            [Figure.LossyShare] = 100.0 * (audience.OverLossy - before) / ((double)peers * entries),
        };
        Latency.Add(figures, audience.Times());
        return figures;
    }

    private static int EntriesOf(BenchOptions options) => Math.Max(2, (int)(Rate * options.PeerTime.TotalSeconds));

    /// <summary>Resident memory and, where the server takes the order to collect, its managed heap, in KiB, after that.</summary>
    private static (double Resident, double? Managed) ReadLive(BenchSystem system, Stage stage)
    {
        double? managed = RuntimeCollection.Force(stage.Server.Processes[0]) ? system.ManagedHeap(stage.Server.Port) / 1024.0 : null;
        return (MemoryReading.Of(stage.Server.Processes).Resident, managed);
    }

    /// <summary>The room that all peers read.</summary>
    private sealed class Room(Stage stage, BenchSystem system, Timeline timeline, CancellationToken cancel)
    {
        public Stage Stage => stage;

        public Timeline Timeline => timeline;

        /// <summary>The number of its last entry.</summary>
        public long Published { get; private set; } = stage.Publishers.Published;

        /// <summary>Publishes, and waits until every entry is with every peer; where some may be lost, until the server has nothing more to do.</summary>
        public long Publish(PeerAudience audience, int peers, int entries, double perSecond)
        {
            // A connection of its own: while peers connect and wait, the server closes one that is idle.
            using Publishers publishers = new(system.Publishing, stage.Server.Port, 1, Published) { Timeline = timeline };
            audience.Progress.Expect(audience.IsLossy ? long.MaxValue : audience.Progress.Deliveries + ((long)peers * entries));
            publishers.PublishAt(perSecond, entries, cancel);
            Published = publishers.Published;
            if (!audience.IsLossy)
            {
                return audience.Progress.WaitForExpected(cancel);
            }

            long end = Stopwatch.GetTimestamp();
            stage.Server.WaitUntilQuiet();
            return end;
        }
    }
}
