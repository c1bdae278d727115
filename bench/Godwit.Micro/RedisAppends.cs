using System.Diagnostics;
using System.Globalization;
using System.Text;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Redis;
using Godwit.Rooms;
using StackExchange.Redis;

namespace Godwit.Micro;

/// <summary>Appends to Redis beside the least that could be asked of it for the same octets: <c>redis-appends HOST:PORT [SECONDS]</c>.</summary>
/// <remarks>Each publisher waits for its answer before the next. CPU is that of this process, which makes the load too, and of redis-server where it runs on this machine.</remarks>
internal static class RedisAppends
{
    private const int Publishers = 64, Rooms = 64, Rounds = 5;

    private static readonly byte[] Data = Encoding.UTF8.GetBytes($"\"{new string('x', 126)}\"");

    /// <summary>Runs, and prints medians.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        string endpoint = args.Length > 0 ? args[0] : "localhost:6379";
        TimeSpan span = TimeSpan.FromSeconds(args.Length > 1 ? double.Parse(args[1], CultureInfo.InvariantCulture) : 2);
        ConnectionMultiplexer plain = await ConnectionMultiplexer.ConnectAsync($"{endpoint},protocol=resp2,allowAdmin=true");
        await using var broker = new RedisBroker(new RedisBrokerOptions { Endpoints = [endpoint], Prefix = "bench" }, new RoomPolicies([]), TimeProvider.System);
        await broker.OpenAsync(CancellationToken.None);
        IDatabase database = plain.GetDatabase();
        string info = (string)(await database.ExecuteAsync("INFO", "server"))!;
        string stat = $"/proc/{info.Split("process_id:")[1].Split('\r')[0]}/stat";
        RoomName[] rooms = [.. Enumerable.Range(0, Rooms).Select(static i => RoomName.Parse($"room-{i}"))];
        RedisKey[] streams = [.. rooms.Select(static room => (RedisKey)$"bench:plain:{room}")];
        const string Script = "return redis.call('XADD', KEYS[1], 'MAXLEN', '~', '10000', '*', 'c', ARGV[1])";
        byte[] hash = (byte[])(await plain.GetServers()[0].ScriptLoadAsync(Script))!;
        var content = new EntryContent(EventName.Default, Data, IsBytes: false, From: null);
        long key = 0;
        (string Name, Func<int, Task> Call)[] calls =
        [
            ("PING", _ => database.PingAsync()),
            ("XADD", room => database.StreamAddAsync(streams[room], "c", Data, maxLength: 10000, useApproximateMaxLength: true)),
            ("EVALSHA of one XADD", room => database.ScriptEvaluateAsync(hash, [streams[room]], [Data])),
            ("append", room => broker.AppendAsync(rooms[room], content, null, CancellationToken.None).AsTask()),
            ("append with a key", room => broker.AppendAsync(rooms[room], content, new PublishKey("bench", $"{Interlocked.Increment(ref key)}"), CancellationToken.None).AsTask()),
        ];
        var figures = calls.ToDictionary(static call => call.Name, static _ => new List<(double Rate, double Own, double Redis)>());
        for (int round = -1; round < Rounds; round++)
        {
            foreach ((string name, Func<int, Task> call) in calls)
            {
                (double, double, double) figure = await MeasureAsync(call, span, stat);
                if (round >= 0)
                {
                    figures[name].Add(figure);
                }
            }
        }

        Console.WriteLine($"{"",-22}{"calls/s",10}{"µs here",10}{"µs Redis",10}");
        foreach ((string name, List<(double Rate, double Own, double Redis)> all) in figures)
        {
            Console.WriteLine($"{name,-22}{Median(all.Select(static f => f.Rate)),10:F0}{Median(all.Select(static f => f.Own)),10:F1}{Median(all.Select(static f => f.Redis)),10:F1}");
        }

        return 0;
    }

    private static async Task<(double Rate, double Own, double Redis)> MeasureAsync(Func<int, Task> call, TimeSpan span, string stat)
    {
        using var stop = new CancellationTokenSource();
        TimeSpan own = Process.GetCurrentProcess().TotalProcessorTime;
        double redis = Processor(stat);
        long begin = Stopwatch.GetTimestamp();
        Task<long>[] publishers = [.. Enumerable.Range(0, Publishers).Select(publisher => Task.Run(async () =>
        {
            long count = 0;
            for (; !stop.IsCancellationRequested; count++)
            {
                await call(publisher % Rooms);
            }

            return count;
        }))];
        await Task.Delay(span);
        await stop.CancelAsync();
        long all = (await Task.WhenAll(publishers)).Sum();
        double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        return (all / seconds, (Process.GetCurrentProcess().TotalProcessorTime - own).TotalMicroseconds / all, (Processor(stat) - redis) * 1e6 / all);
    }

    // User and system time, in hundredths of a second.
    private static double Processor(string stat)
    {
        if (!File.Exists(stat))
        {
            return double.NaN;
        }

        string[] fields = File.ReadAllText(stat).Split(") ")[1].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
    }

    private static double Median(IEnumerable<double> all)
    {
        double[] sorted = [.. all.Order()];
        return sorted[sorted.Length / 2];
    }
}
