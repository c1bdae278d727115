using Godwit.Server.Probes;
using Godwit.Server.Tests.Instruments;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Abuse;

/// <summary>Whoever hurts the server hurts no one else: well-behaved clients get every entry in time, and memory stays bounded.</summary>
/// <remarks>
/// How late entries may be is judged against a run in which more well-behaved clients use as much of the server's processor
/// as the abuse does, and come as the abusers came: all at once, or evenly. That ratio is asserted in the long form alone (<c>GODWIT_SOAK=1</c>), on a machine that does nothing else.
/// </remarks>
public sealed class AbuseTests
{
    // 32 MiB of logs, 64 MiB of tails, what a server with some thousand connections holds, and what the collector leaves lying.
    private const double MostMebibytes = 512;

    // How many times as late as beside as much well-behaved load the p99 may be.
    private const double MostTimes = 2;

    // Two thousand bodies at a time are two thousand turns of the thread pool between a publish and its answer, and bodies that go on and on are more often in the way.
    private const double MostTimesBesideBodies = 8;

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("GODWIT_SOAK") is { Length: > 0 };

    public static TheoryData<string, int> Kinds() => new()
    {
        { "slow headers", IsLong ? 2000 : 400 },
        { "connections that never say hello", IsLong ? 5000 : 1000 },
        { "a flood of joins", 4 },
        { "a flood of room names", 4 },
        { "the whole history of everything", IsLong ? 200 : 40 },
        { "oversized messages in fragments", 4 },
        { "a flood of lines", 4 },
        { "stalled bodies", IsLong ? 2000 : 400 },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Well_behaved_clients_get_every_entry_in_time_beside(string kind, int count)
    {
        await using WatchedServer server = await WatchedServer.StartAsync("--allow-anonymous");
        await FillAsync(server.Mount);
        var clients = new WellBehaved(server.Mount);
        (int entries, TimeSpan every) = (IsLong ? 1000 : 100, TimeSpan.FromMilliseconds(5));
        await clients.RunAsync(50, every);

        Scrape before = await Scrape.OfAsync(server.Root);
        TimeSpan began = server.Cpu;
        long start = TimeProvider.System.GetTimestamp();
        Aside.Report abuse = default;
        Lateness beside = await clients.RunAsync(entries, every, async (begun, cancel) => abuse = await Aside.AbuseAsync(kind, count, server.Root, begun, cancel));
        TimeSpan time = TimeProvider.System.GetElapsedTime(start);
        double share = (server.Cpu - began) / time;
        double peak = server.PeakMebibytes;
        Scrape between = await Scrape.OfAsync(server.Root);

        Aside.Report load = default;
        Lateness alone = await clients.RunAsync(entries, every, async (begun, cancel) => load = await Aside.LoadAsync(kind, count, server, share, abuse.CpuSeconds / time.TotalSeconds, begun, cancel));

        Scrape after = await Scrape.OfAsync(server.Root);
        string own99 = $"in the server p99 up to {between.Quantile(before, 0.99) * 1000:0.##} ms, with well-behaved load {after.Quantile(between, 0.99) * 1000:0.##} ms";
        TestContext.Current.SendDiagnosticMessage($"{kind} ({count}): {beside}; {abuse.Result} times, {share:0.00} processors, at most {peak:0} MiB; with as much well-behaved load ({load.Result:0.00} processors) {alone}; {own99}");
        Assert.True(abuse.Result > 0, "The abuse did nothing.");
        Assert.InRange(peak, 1, MostMebibytes);
        if (IsLong)
        {
            Assert.InRange(beside.At(990), 0, (kind == "stalled bodies" ? MostTimesBesideBodies : MostTimes) * alone.At(990));
        }
    }

    /// <summary>Fills a room with as much as rooms keep.</summary>
    private static async Task FillAsync(Uri mount)
    {
        var target = new ProbeTarget { Mount = mount, Room = HistoryOfEverything.Room };
        await using var publisher = new HttpPublisher(target);
        string large = $"\"{new string('x', 8000)}\"";
        for (int i = 0; i < 500; i++)
        {
            await publisher.PublishAsync(large, TestContext.Current.CancellationToken);
        }
    }
}
