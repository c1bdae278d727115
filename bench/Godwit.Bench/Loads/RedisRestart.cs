using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;

namespace Godwit.Bench.Loads;

/// <summary>Redis is killed and comes back with what it had saved: how long until a server has subscribed to all of its live rooms again, and compared each.</summary>
internal sealed class RedisRestart() : BenchLoad("redis-restart")
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public override string Summary => "time until all live rooms are followed again after a restart of Redis, of Godwit alone";

    public override int EveryRounds => 2;

    public override IEnumerable<Transport> TransportsOf(BenchSystem system) => system is GodwitSystem { Shares: true } ? [Transport.WebSocket] : [];

    public override IEnumerable<Part> Measure(BenchSystem system, Transport transport, BenchContext context)
    {
        int rooms = context.Options.RedisRooms;
        using ServerSet set = new(system, context, 1, new Dictionary<string, string> { ["GODWIT_session__rooms"] = $"{rooms}", ["GODWIT_limits__newRooms"] = "off" });
        using ClientWebSocket reader = new();
        using HttpClient http = new();
        Uri metrics = new($"http://127.0.0.1:{set.Servers[0].Port}/metrics");
        JoinedRooms joined = Join(reader, set.Servers[0].Port, rooms, context.Cancel);

        // A room that is subscribed to but still on its way in would wait for the store, and not be degraded.
        Until(() => joined.Count >= rooms && Subscribed(set.Redis) >= rooms, "all rooms are joined and subscribed to", context);
        set.Redis.Do("SAVE");
        set.Redis.Kill();
        Until(() => Metric(http, metrics, "godwit_rooms_degraded") >= rooms, "all rooms are degraded", context);
        set.Redis.Start();
        long start = Stopwatch.GetTimestamp();
        Until(() => Subscribed(set.Redis) >= rooms, "all rooms are subscribed to again", context);
        double subscribed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Until(() => Metric(http, metrics, "godwit_rooms_degraded") == 0, "no room is degraded", context);
        yield return new Part(Name, rooms, new Dictionary<string, double>
        {
            [Figure.SubscribedTime] = subscribed,
            [Figure.RestoredTime] = Stopwatch.GetElapsedTime(start).TotalSeconds,
        });
    }

    public override IEnumerable<Table> Tables(BenchOptions options)
    {
        yield return new Table(Name, $"Redis restarts under {options.RedisRooms:N0} live rooms", [new("s until all are subscribed to", Figure.SubscribedTime, "0.00"), new("s until all are compared, and none is degraded", Figure.RestoredTime, "0.00")])
        {
            Note = "From the moment at which Redis answers again, with the dataset that it saved before it was killed. One server; one session reads all rooms.",
        };
    }

    private static long Subscribed(RedisServer redis) => redis.Number("stats", "pubsub_channels:");

    private static JoinedRooms Join(ClientWebSocket reader, int port, int rooms, CancellationToken cancel)
    {
        reader.ConnectAsync(new Uri($"ws://127.0.0.1:{port}/rt/session"), cancel).GetAwaiter().GetResult();
        StringBuilder hello = new("{\"op\":\"hello\",\"rooms\":{");
        for (int i = 0; i < rooms; i++)
        {
            hello.Append(i == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $"\"live:{i}\":\"now\"");
        }

        reader.SendAsync(Encoding.ASCII.GetBytes(hello.Append("}}").ToString()), WebSocketMessageType.Text, endOfMessage: true, cancel).GetAwaiter().GetResult();
        JoinedRooms joined = new();
        _ = Task.Run(() => ReadAsync(reader, joined, cancel), CancellationToken.None);
        return joined;
    }

    private static async Task ReadAsync(ClientWebSocket reader, JoinedRooms joined, CancellationToken cancel)
    {
        byte[] buffer = new byte[64 << 10];
        bool isFirst = true;
        try
        {
            while (reader.State == WebSocketState.Open)
            {
                ValueWebSocketReceiveResult part = await reader.ReceiveAsync(buffer.AsMemory(), cancel).ConfigureAwait(false);
                if (isFirst && buffer.AsSpan(0, part.Count).StartsWith("{\"op\":\"joined\""u8))
                {
                    joined.Count++;
                }

                isFirst = part.EndOfMessage;
            }
        }
        catch (Exception fault) when (fault is WebSocketException or OperationCanceledException or ObjectDisposedException or IOException)
        {
            // It was let go of.
        }
    }

    private static double Metric(HttpClient http, Uri metrics, string name)
    {
        string text = http.GetStringAsync(metrics).GetAwaiter().GetResult();
        string? line = text.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line[(line.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[line.Contains('}') ? 0 : 1], CultureInfo.InvariantCulture);
    }

    private static void Until(Func<bool> isSo, string what, BenchContext context)
    {
        long start = Stopwatch.GetTimestamp();
        while (!isSo())
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience)
            {
                throw new BenchFault($"Waited for {s_patience.TotalSeconds:0} s in vain: {what}.");
            }

            context.Pause(TimeSpan.FromMilliseconds(20));
        }
    }

    private sealed class JoinedRooms
    {
        private volatile int _count;

        /// <summary>How many rooms the server has said that the reader is in.</summary>
        public int Count { get => _count; set => _count = value; }
    }
}
