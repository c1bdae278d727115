using System.Diagnostics;
using System.Net.Sockets;
using Godwit.Bench.Generator;
using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;
using Godwit.Server.Comparing.Servers;
using Godwit.Server.Links;
using Godwit.Server.Probes;
using LinkedProcess = Godwit.Server.Processes.ServerProcess;

namespace Godwit.Bench.Loads;

/// <summary>How old the newest value is that a client knows of, over a link that loses packets: the channel that may lose beside a WebSocket.</summary>
/// <remarks>Each has a link of its own with the same seed, so what befalls its n-th packet is the same.</remarks>
internal sealed class AgeOfNewest() : BenchLoad("age")
{
    /// <summary>The same over time, for the plot.</summary>
    public const string Course = "age-course";

    private const double Rate = 50;
    private const int Step = 100;
    private static readonly LinkConditions s_conditions = new() { Delay = TimeSpan.FromMilliseconds(50), Loss = 0.05, Seed = 20261128 };
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public override string Summary => "age of the newest value that a client knows, over a link with 5 % loss and 50 ms: the channel that may lose beside a WebSocket, of Godwit alone";

    /// <summary>The oldest that the newest value may be: what the link takes, and two entries.</summary>
    public static double Limit => s_conditions.Delay.TotalMilliseconds + (2 * 1000 / Rate);

    public override IEnumerable<Transport> TransportsOf(BenchSystem system) => system is GodwitSystem { Loads: null } && PacketLink.Absence is null ? [Transport.WebSocket, Transport.DataChannel] : [];

    public override IEnumerable<Part> Measure(BenchSystem system, Transport transport, BenchContext context)
    {
        int entries = Math.Max(20, (int)(Rate * context.Options.AgeTime.TotalSeconds));
        (double[] ages, int came) = MeasureAsync((GodwitSystem)system, transport, entries, context).GetAwaiter().GetResult();
        double[] sorted = [.. ages.Order()];
        yield return new Part(Name, 1, new Dictionary<string, double>
        {
            [Figure.MedianLatency] = At(sorted, 0.5),
            [Figure.Latency99] = At(sorted, 0.99),
            [Figure.LongestLatency] = sorted[^1],
            [Figure.LateShare] = 100.0 * ages.Count(static age => age > Limit) / ages.Length,
            [Figure.ArrivedShare] = 100.0 * came / entries,
        });
        for (int from = 0; from + Step <= ages.Length; from += Step)
        {
            yield return new Part(Course, from, new Dictionary<string, double> { [Figure.LongestLatency] = ages[from..(from + Step)].Max() });
        }
    }

    public override IEnumerable<Table> Tables(BenchOptions options)
    {
        yield return new Table(Name, $"Age of the newest value at {Rate:0} entries/s over a link with 50 ms each way and 5 % loss", [new("median ms", Figure.MedianLatency, "0"), new("p99 ms", Figure.Latency99, "0"), new("longest ms", Figure.LongestLatency, "0"), new($"% of the time above {Limit:0} ms", Figure.LateShare, "0.0"), new("% of the entries that came", Figure.ArrivedShare, "0.0")])
        {
            Note = $"Looked at every millisecond of {options.AgeTime.TotalSeconds:0} s: how long ago the newest entry was published that the client had by then. The link drops packets by one seed for both, in both directions. Data channel is a room with `delivery: latest` over the channel `lossy`, WebSocket a session with every entry.",
        };
        yield return new Table(Course, "The same over time", [])
        {
            SizeName = "ms",
            IsPlotAlone = true,
            Plots = [new(Figure.LongestLatency, "Oldest that the newest value was, in each tenth of a second", "ms", "0") { IsOverTime = true }],
        };
    }

    // The age at each millisecond from a second after the first arrival to the last publish, and how many entries came.
    private static async Task<(double[] Ages, int Came)> MeasureAsync(GodwitSystem system, Transport transport, int entries, BenchContext context)
    {
        using PacketLink link = PacketLink.Start(s_conditions);
        LinkedPlace place = new(link);
        await using LinkedProcess server = LinkedProcess.Start(system.Program(context.Repository), ["--listen", place.Listen, .. place.NextArguments()], place.Variables, place.End);
        if (!await server.GreetedAsync(s_patience, context.Cancel))
        {
            throw new BenchFault($"{system.Name} ended instead of starting: {server.Said}");
        }

        ProbeTarget target = new()
        {
            Mount = new Uri(server.Addresses[0], "/rt"),
            Room = GodwitSystem.Room,
            Sockets = () => link.Client.OpenSocket(),
            Datagrams = _ => link.Client.OpenSocket(SocketType.Dgram, ProtocolType.Udp),
            Keep = 4,
        };
        Timeline timeline = new(entries) { IsRunning = true };
        using LinkedPublisher publisher = new(link.Server, server.Addresses[0], GodwitSystem.Room, timeline);
        await using ReaderProbe probe = ReaderProbe.Open(transport == Transport.DataChannel ? ProbeTransport.SessionLossyChannel : ProbeTransport.SessionWebSocket, target, ProbeStart.Now);
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(context.Cancel);
        patience.CancelAfter(s_patience + context.Options.AgeTime);
        await JoinAsync(probe, patience.Token);
        long begun = Stopwatch.GetTimestamp();
        Task publishing = Task.Run(() => publisher.PublishAt(Rate, entries, patience.Token), patience.Token);
        var arrivals = new List<(long At, long Offset)>();
        int came = 0;
        try
        {
            // The last may be lost on the way: what has not come some round trips after it does not.
            Task ended = publishing.ContinueWith(_ => patience.CancelAfter(TimeSpan.FromSeconds(3)), TaskScheduler.Default);
            for (long newest = 0; newest < entries;)
            {
                ProbeFrame frame = await probe.ReadAsync(patience.Token);
                if (frame.Kind == ProbeFrameKind.End)
                {
                    throw new BenchFault($"The reader ended: {frame.Raw}");
                }

                if (frame.Kind == ProbeFrameKind.Entry)
                {
                    came++;
                    newest = Math.Max(newest, frame.Offset);
                    arrivals.Add((Stopwatch.GetTimestamp(), newest));
                }
            }

            await ended;
        }
        catch (OperationCanceledException) when (publishing.IsCompletedSuccessfully && !context.Cancel.IsCancellationRequested)
        {
        }

        await publishing;
        return (Ages(timeline, arrivals, begun, entries), came);
    }

    private static async Task JoinAsync(ReaderProbe probe, CancellationToken cancel)
    {
        while (true)
        {
            ProbeFrame frame = await probe.ReadAsync(cancel);
            switch (frame.Kind)
            {
                case ProbeFrameKind.Joined:
                    return;
                case ProbeFrameKind.End or ProbeFrameKind.Error:
                    throw new BenchFault($"The reader was not let in: {frame.Raw}");
                default:
                    break;
            }
        }
    }

    private static double[] Ages(Timeline timeline, List<(long At, long Offset)> arrivals, long begun, int entries)
    {
        long tick = Stopwatch.Frequency / 1000;
        long from = begun + Math.Min(1000, (long)(entries / Rate * 200)) * tick;
        long until = begun + ((long)(entries / Rate * 1000) * tick);
        var ages = new List<double>();
        int next = 0;
        long newest = 0;
        for (long at = from; at < until; at += tick)
        {
            while (next < arrivals.Count && arrivals[next].At <= at)
            {
                newest = arrivals[next++].Offset;
            }

            ages.Add(newest == 0 ? Stopwatch.GetElapsedTime(begun, at).TotalMilliseconds : timeline.Age(newest, at)!.Value.TotalMilliseconds);
        }

        return [.. ages];
    }

    private static double At(double[] sorted, double share) => sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
}
