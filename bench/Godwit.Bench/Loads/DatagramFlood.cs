using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Godwit.Bench.Generator;
using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;
using Godwit.Server.Comparing.Servers;
using Godwit.Server.Links;
using Godwit.Server.Measuring;
using Godwit.WebRtc.Client;
using LinkedProcess = Godwit.Server.Processes.ServerProcess;

namespace Godwit.Bench.Loads;

/// <summary>Bogus datagrams with forged senders at the UDP port: what one costs beside a bare recvfrom(2), what it leaves, and what live peers notice.</summary>
/// <remarks>In network namespaces of its own: packets come to the server's by its TUN device, so that their senders are whoever they say.</remarks>
internal sealed class DatagramFlood() : BenchLoad("flood")
{
    public const string Full = "flood-full";
    public const string Beside = "flood-peers";

    private const int Port = 3478;
    private const int FloorPort = 3479;
    private const double Rate = 50_000;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public override string Summary => "bogus datagrams at the UDP port: CPU of each beside a bare recvfrom in C, what they leave, and the latency of live peers, of Godwit alone";

    public override IEnumerable<Transport> TransportsOf(BenchSystem system) => system is GodwitSystem { Loads: null } && PacketLink.Absence is null ? [Transport.DataChannel] : [];

    public override IEnumerable<Part> Measure(BenchSystem system, Transport transport, BenchContext context)
    {
        using PacketLink link = PacketLink.Start(LinkConditions.None);
        link.Server.Run(TakeAnySender);
        LinkedProcess floor = UdpFloor.Start(context.Repository, link.Server, FloorPort);
        LinkedProcess server = Start((GodwitSystem)system, context, link);
        try
        {
            FloodSource atServer = new(link.Server, Port);
            FloodSource atFloor = new(link.Server, FloorPort);
            Target godwit = new(server.Id, atServer, link.Server);
            Target bare = new(floor.Id, atFloor, link.Server);
            using HttpClient http = ClientAt(link.Client);
            using HttpClient local = ClientAt(link.Server);

            // Code of the receiving thread is compiled anew in the background while it is hot.
            godwit.Cost(null, context.Options.FloodTime, context);
            godwit.Cost(null, context.Options.FloodTime, context);
            bare.Cost(null, context.Options.FloodTime / 2, context);
            for (int i = 0; i < 3; i++)
            {
                Holds(local, server);
            }

            (double allocated, double live) = Holds(local, server);
            (double floorCost, double cost, double received) = Compare(bare, godwit, Rate, context);
            (double allocatedAfter, double liveAfter) = Holds(local, server);
            (double allocatedAgain, _) = Holds(local, server);
            yield return new Part(Name, (int)Rate, new Dictionary<string, double>
            {
                [Figure.FloorPacketCpu] = floorCost,
                [Figure.PacketCpu] = cost,
                [Figure.PacketCpuRatio] = cost / floorCost,

                // Asking allocates too.
                [Figure.PacketAllocation] = Math.Max(0, allocatedAfter - allocated - (allocatedAgain - allocatedAfter)) / received,
                [Figure.LiveRise] = (liveAfter - live) / 1024,
            });

            (floorCost, cost, received) = Compare(bare, godwit, null, context);
            yield return new Part(Full, 1, new Dictionary<string, double>
            {
                [Figure.FloorPacketCpu] = floorCost,
                [Figure.PacketCpu] = cost,
                [Figure.PacketCpuRatio] = cost / floorCost,
                [Figure.PacketRate] = received / (context.Options.FloodTime.TotalSeconds * context.Options.FloodPairs),
            });
            yield return new Part(Beside, context.Options.FloodPeers, MeasurePeers(link, server, http, atServer, context));
        }
        finally
        {
            server.DisposeAsync().AsTask().GetAwaiter().GetResult();
            floor.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    public override IEnumerable<Table> Tables(BenchOptions options)
    {
        Column[] costs = [new("floor: CPU µs per packet", Figure.FloorPacketCpu, "0.00"), new("CPU µs per packet", Figure.PacketCpu, "0.00"), new("× floor", Figure.PacketCpuRatio, "0.00")];
        yield return new Table(Name, $"A flood of {Rate:N0} bogus datagrams a second", [.. costs, new("octets allocated per packet", Figure.PacketAllocation, "0.000"), new("live KiB more afterwards", Figure.LiveRise, "0.0")])
        {
            Note = "Checks of ICE for nobody, STUN that is none, ClientHellos, records under keys, SCTP in clear and noise, from 4,096 forged senders. Live is the managed heap after a collection that the bench orders. The floor is a loop around `recvfrom` in C; the two take turns, on one link.",
        };
        yield return new Table(Full, "The same as fast as one thread sends", [.. costs, new("packets/s taken", Figure.PacketRate, "#,0")]);
        yield return new Table(Beside, $"{options.FloodPeers:N0} live peers at {DataChannels.Rate} entries/s beside {Rate:N0} bogus datagrams a second", [new("p99 ms without", Figure.Latency99Alone, "0.00"), new("p99 ms beside them", Figure.Latency99, "0.00"), new("ratio", Figure.LatencyRise, "0.00")]);
    }

    /// <summary>What a packet costs the one and the other, by turns: medians of the pairs. And how many the second took.</summary>
    private static (double Floor, double Cost, double Received) Compare(Target floor, Target target, double? rate, BenchContext context)
    {
        List<double> floors = [];
        List<double> costs = [];
        double received = 0;
        for (int pair = 0; pair < context.Options.FloodPairs; pair++)
        {
            floors.Add(floor.Cost(rate, context.Options.FloodTime, context).Cost);
            (double cost, double taken) = target.Cost(rate, context.Options.FloodTime, context);
            costs.Add(cost);
            received += taken;
        }

        return (Median(floors), Median(costs), received);
    }

    private static Dictionary<string, double> MeasurePeers(PacketLink link, LinkedProcess server, HttpClient http, FloodSource source, BenchContext context)
    {
        int entries = Math.Max(5, (int)(DataChannels.Rate * context.Options.PeerTime.TotalSeconds));
        Timeline timeline = new((2 * context.Options.FloodPairs * entries) + entries + 1) { IsRunning = true };
        using LinkedPublisher publisher = new(link.Server, server.Addresses[0], GodwitSystem.Room, timeline);
        using PeerAudience audience = new(context.Options.FloodPeers, () => new ClientPeer(link.Client.Address, sockets: _ => link.Client.OpenSocket(SocketType.Dgram, ProtocolType.Udp)), http, server.Addresses[0], GodwitSystem.Room, 1, timeline, timedOf: 1, lossyRoom: null, context.Cancel);
        Take(isFlooded: false);
        List<double> alone = [];
        List<double> beside = [];
        for (int pair = 0; pair < context.Options.FloodPairs; pair++)
        {
            alone.Add(Take(isFlooded: false));
            beside.Add(Take(isFlooded: true));
        }

        double[] ratios = [.. beside.Zip(alone, static (with, without) => with / without)];
        return new Dictionary<string, double> { [Figure.Latency99Alone] = Median(alone), [Figure.Latency99] = Median(beside), [Figure.LatencyRise] = Median([.. ratios]) };

        double Take(bool isFlooded)
        {
            using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(context.Cancel);
            Thread flood = new(() => source.Run(Rate, TimeSpan.MaxValue, end.Token));
            if (isFlooded)
            {
                flood.Start();
            }

            audience.ForgetTimes();
            audience.Progress.Expect(audience.Progress.Deliveries + ((long)entries * context.Options.FloodPeers));
            publisher.PublishAt(DataChannels.Rate, entries, context.Cancel);
            audience.Progress.WaitForExpected(context.Cancel);
            end.Cancel();
            if (isFlooded)
            {
                flood.Join();
            }

            return audience.Times().GetValueAtPercentile(99) / 1000.0;
        }
    }

    private static LinkedProcess Start(GodwitSystem system, BenchContext context, PacketLink link)
    {
        LinkedPlace place = new(link);
        LinkedProcess server = LinkedProcess.Start(system.Program(context.Repository), ["--listen", place.Listen, "--listen", "http://127.0.0.1:0", "--allow-anonymous", "--udp", $"{Port}"], place.Variables, place.End);
        if (!server.GreetedAsync(s_patience, context.Cancel).GetAwaiter().GetResult())
        {
            throw new BenchFault($"{system.Name} ended instead of starting: {server.Said}");
        }

        return server;
    }

    /// <summary>What the server, asked from its own machine, has allocated so far, and what its heap then holds after a collection, in octets.</summary>
    private static (double Allocated, double Live) Holds(HttpClient http, LinkedProcess server)
    {
        double allocated = Metric(http, server, "dotnet_gc_heap_total_allocated_bytes_total");
        return RuntimeCollection.Force(server.Id)
            ? (allocated, Metric(http, server, "dotnet_gc_last_collection_heap_size_bytes"))
            : throw new BenchFault("The server takes no order to collect.");
    }

    private static double Metric(HttpClient http, LinkedProcess server, string name)
    {
        string metrics = http.GetStringAsync(new Uri(server.Addresses[1], "/metrics")).GetAwaiter().GetResult();
        double[] values = [.. metrics.Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal))
            .Select(static line => double.Parse(line[(line.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[line.Contains('}') ? 0 : 1], CultureInfo.InvariantCulture))];
        return values.Length == 0 ? throw new BenchFault($"The server does not tell {name}.") : values.Sum();
    }

    private static HttpClient ClientAt(LinkEnd end) => new(new SocketsHttpHandler { ConnectCallback = (to, cancel) => ConnectAsync(end, to.DnsEndPoint, cancel) });

    private static async ValueTask<Stream> ConnectAsync(LinkEnd end, DnsEndPoint to, CancellationToken cancel)
    {
        Socket socket = end.OpenSocket();
        await socket.ConnectAsync(to, cancel).ConfigureAwait(false);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>Has a network take packets whoever their sender is.</summary>
    private static bool TakeAnySender()
    {
        foreach (string device in (string[])["all", "default", "link0"])
        {
            File.WriteAllText($"/proc/sys/net/ipv4/conf/{device}/rp_filter", "0");
        }

        return true;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    /// <summary>Whoever takes a flood.</summary>
    private sealed class Target(int process, FloodSource source, LinkEnd end)
    {
        private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(100);

        /// <summary>Floods it, and returns the CPU time of a packet that it took, in µs, and how many it took.</summary>
        public (double Cost, double Received) Cost(double? rate, TimeSpan time, BenchContext context)
        {
            context.Pause(s_rest);
            long before = end.Statistic("Udp", "InDatagrams");
            TimeSpan used = ProcessClock.Of(process);
            source.Run(rate, time, context.Cancel);
            context.Pause(s_rest);
            long received = end.Statistic("Udp", "InDatagrams") - before;
            TimeSpan cpu = ProcessClock.Of(process) - used;
            return received == 0 ? throw new BenchFault("Nothing of the flood arrived.") : (cpu.TotalMicroseconds / received, received);
        }
    }
}
