using System.Diagnostics;
using Godwit.Bench.Generator;
using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;
using Godwit.Server.Measuring;

namespace Godwit.Bench.Loads;

/// <summary>Weak scaling: with every server as many readers and rooms more, and one room that all share. What does a delivery cost, of the servers and of Redis?</summary>
internal sealed class RedisScaling() : BenchLoad("redis-scaling")
{
    /// <summary>The room that is read at every server.</summary>
    public const string Shared = "redis-scaling-shared";

    private const int Rooms = 10;
    private const int SharedReaders = 50;
    private const double Rate = 50;
    private const double SharedRate = 20;

    public override string Summary => "CPU per delivery by the number of servers on one Redis";

    public override int EveryRounds => 2;

    public override IEnumerable<Transport> TransportsOf(BenchSystem system) => system.Shares ? [Transport.WebSocket] : [];

    public override IEnumerable<Part> Measure(BenchSystem system, Transport transport, BenchContext context)
    {
        using WakefulCores wakeful = new();
        foreach (int count in context.Options.RedisServers)
        {
            using ServerSet set = new(system, context, count);
            using Crowd own = new(system, set, context, static (server, reader) => $"own-{server}-{reader % Rooms}", context.Options.RedisScalingReaders);
            using Crowd shared = new(system, set, context, static (_, _) => "shared", Math.Min(SharedReaders, context.Options.RedisScalingReaders));
            own.WaitUntilReady();
            shared.WaitUntilReady();
            yield return new Part(Name, count, own.Measure(Enumerable.Range(0, count), server => [.. Enumerable.Range(0, Rooms).Select(room => system.RoomPath($"own-{server}-{room}"))], Rate, Rooms));
            yield return new Part(Shared, count, shared.Measure([0], _ => [system.RoomPath("shared")], SharedRate, 1));
        }
    }

    public override IEnumerable<Table> Tables(BenchOptions options)
    {
        IReadOnlyList<Column> columns =
        [
            new("servers' CPU µs per delivery", Figure.Cpu, "0.00"),
            new("user part", Figure.UserCpu, "0.00"),
            new("Redis' CPU µs per delivery", Figure.RedisCpu, "0.000"),
            new("Redis' CPU µs per publish", Figure.RedisPublishCpu, "0.0"),
            new("generator CPU µs per delivery", Figure.GeneratorCpu, "0.00"),
            new("machine busy, %", Figure.Busy, "0"),
        ];
        yield return new Table(Name, $"Redis, weak scaling: for each server {options.RedisScalingReaders} readers of {Rooms} rooms of its own, {Rate:0} entries/s", columns)
        {
            SizeName = "servers",
            Plots = [new Plot(Figure.Cpu, "Servers' CPU per delivery, by the number of servers on one Redis", "µs", "0.00"), new Plot(Figure.RedisCpu, "Redis' CPU per delivery, by the number of servers", "µs", "0.000")],
            Note = "The rate is that of each server, so that everything but a delivery's cost grows with their number. The cores are kept from sleeping meanwhile, since to wake one costs more the less there is to do. A figure of which the machine was busier than 70 % says more of the machine than of the servers.",
        };
        yield return new Table(Shared, $"Redis, weak scaling: one room that {SharedReaders} readers of each server read, {SharedRate:0} entries/s published at one of them", columns) { SizeName = "servers" };
    }

    /// <summary>Readers at every server, and what their deliveries cost.</summary>
    private sealed class Crowd : IDisposable
    {
        private readonly ServerSet _set;
        private readonly BenchContext _context;
        private readonly int _readers;
        private readonly Audience[] _audiences;

        public Crowd(BenchSystem system, ServerSet set, BenchContext context, Func<int, int, string> room, int readers)
        {
            _set = set;
            _context = context;
            _readers = readers;
            int entries = 4 * (Entries(Rate) + WarmUp(Rate));
            _audiences = [.. set.Servers.Select((server, i) => new Audience(
                readers, reader => system.CreateRoomReader(room(i, reader), new Ledger(1, entries, system.Ordered)), server.Port, new ReaderSettings(), threads: 1))];
        }

        public void WaitUntilReady()
        {
            foreach (Audience audience in _audiences)
            {
                audience.WaitUntilReady(_context.Cancel);
            }

            _set.WaitUntilQuiet();
        }

        /// <param name="publishing">The servers that are published at.</param>
        /// <param name="paths">Where to, at each.</param>
        /// <param name="rate">Entries a second, at each.</param>
        /// <param name="rooms">How many rooms the readers of a server are spread over.</param>
        public Dictionary<string, double> Measure(IEnumerable<int> publishing, Func<int, IReadOnlyList<string>> paths, double rate, int rooms)
        {
            int warmUp = WarmUp(rate) / rooms * rooms, entries = Entries(rate) / rooms * rooms;
            Publishers[] publishers = [.. publishing.Select(server => new Publishers(new PublishToRooms(paths(server)), _set.Servers[server].Port, 1))];
            try
            {
                Publish(publishers, rate, warmUp, 0, rooms);
                _set.WaitUntilQuiet();
                CpuReading servers = Servers(), redis = CpuReading.Of(_set.Redis.Process), generator = CpuReading.Of(Environment.ProcessId);
                MachineTime machine = MachineTime.Now();
                Publish(publishers, rate, entries, warmUp, rooms);
                double busy = MachineTime.Now().BusySince(machine);
                _set.WaitUntilQuiet();
                (double cpu, double user) = Servers().Since(servers);
                double redisCpu = CpuReading.Of(_set.Redis.Process).Since(redis).Total;
                double published = entries * (double)publishers.Length, deliveries = Deliveries(entries, publishers.Length, rooms);
                return new Dictionary<string, double>
                {
                    [Figure.Cpu] = cpu / deliveries,
                    [Figure.UserCpu] = user / deliveries,
                    [Figure.RedisCpu] = redisCpu / deliveries,
                    [Figure.RedisPublishCpu] = redisCpu / published,
                    [Figure.GeneratorCpu] = CpuReading.Of(Environment.ProcessId).Since(generator).Total / deliveries,
                    [Figure.Busy] = busy * 100,
                };
            }
            finally
            {
                Array.ForEach(publishers, static publisher => publisher.Dispose());
            }
        }

        public void Dispose() => Array.ForEach(_audiences, static audience => audience.Dispose());

        private CpuReading Servers() => CpuReading.Of(_set.Servers.SelectMany(static server => server.Processes));

        private int Entries(double rate) => Math.Max(Rooms, (int)(rate * 2 * _context.Options.LatencyTime.TotalSeconds));

        private int WarmUp(double rate) => Math.Max(Rooms, (int)(rate * _context.Options.RedisWarmUp.TotalSeconds));

        // Each entry goes to a share of its server's readers; where one server publishes for all, to all readers of all servers.
        private double Deliveries(int entries, int publishers, int rooms) => entries * (double)_readers / rooms * (rooms == 1 ? _audiences.Length : publishers);

        private void Publish(Publishers[] publishers, double rate, int entries, int before, int rooms)
        {
            foreach (Audience audience in _audiences)
            {
                audience.Progress.Expect((before + entries) * (long)_readers / rooms);
            }

            Task[] all = [.. publishers.Select(publisher => Task.Factory.StartNew(() => publisher.PublishAt(rate, entries, _context.Cancel), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
            Task.WhenAll(all).GetAwaiter().GetResult();
            foreach (Audience audience in _audiences)
            {
                audience.Progress.WaitForExpected(_context.Cancel);
                audience.Progress.ThrowIfFailed();
            }
        }
    }
}
