using Godwit.Bench.Loads;
using Godwit.Bench.Measure;
using Godwit.Bench.Systems;

namespace Godwit.Bench.Report;

/// <summary>The numbers that the project holds itself to, each with the figure that shows whether it is reached.</summary>
internal static class Requirements
{
    private const string Jit = "godwit";
    private const string Aot = "godwit-aot";
    private const string Guarded = "godwit-guarded";
    private const string Lane = "godwit-kestrel";

    public static IReadOnlyList<Requirement> All { get; } =
    [
        AtMost("idle WebSocket with a token, one room, heartbeats on: ≤ 2.5 KiB RSS", 2.5, "0.00", Of("idle", Guarded, Transport.WebSocket, Figure.Resident)),
        AtMost("idle WebSocket with a token, after traffic and a heartbeat: ≤ 2.5 KiB RSS", 2.5, "0.00", Of("idle", Guarded, Transport.WebSocket, Figure.ResidentAfterTraffic)),
        AtMost("idle WebSocket with a token, then: ≤ 1.8 KiB RSS", 1.8, "0.00", Of("idle", Guarded, Transport.WebSocket, Figure.Resident)),
        AtMost("fan-out: CPU per WebSocket delivery ≤ the uWebSockets engine's", 1, "0.00 ×", To("fanout", Jit, Transport.WebSocket, Figure.Cpu, "bun")),
        AtMost("fan-out, paced: CPU per WebSocket delivery ≤ the uWebSockets engine's", 1, "0.00 ×", To("fanout-paced", Jit, Transport.WebSocket, Figure.Cpu, "bun")),
        AtMost("fan-out: user CPU per WebSocket delivery ≤ 0.6 µs", 0.6, "0.00", Of("fanout", Jit, Transport.WebSocket, Figure.UserCpu)),
        AtMost("fan-out, paced: user CPU per WebSocket delivery ≤ 0.6 µs", 0.6, "0.00", Of("fanout-paced", Jit, Transport.WebSocket, Figure.UserCpu)),
        AtLeast("burst: deliveries/s ≥ the uWebSockets engine's", 1, "0.00 ×", To("burst", Jit, Transport.WebSocket, Figure.Rate, "bun")),
        AtMost("burst: p99 ≤ 50 ms", 50, "0.0", Of("burst", Jit, Transport.WebSocket, Figure.Latency99)),
        AtMost("Kestrel lane: ≤ 10 KiB RSS per idle WebSocket", 10, "0.0", Of("idle", Lane, Transport.WebSocket, Figure.Resident)),
        AtMost("Kestrel lane, fan-out: CPU per delivery ≤ 1.55 × the floor's", 1.55, "0.00 ×", To("fanout", Lane, Transport.WebSocket, Figure.Cpu, "floor")),
        AtMost("Kestrel lane, fan-out, paced: CPU per delivery ≤ 1.55 × the floor's", 1.55, "0.00 ×", To("fanout-paced", Lane, Transport.WebSocket, Figure.Cpu, "floor")),
        AtMost("TLS: CPU per delivery ≤ 0.7 × SignalR's over TLS", 0.7, "0.00 ×", To("tls", Jit, Transport.SecureWebSocket, Figure.Cpu, "signalr")),
        AtMost("TLS, paced: CPU per delivery ≤ 0.7 × SignalR's over TLS", 0.7, "0.00 ×", To("tls-paced", Jit, Transport.SecureWebSocket, Figure.Cpu, "signalr")),
        AtMost("long poll, wake and re-poll: CPU ≤ 1.33 × nchan's", 1.33, "0.00 ×", To("poll-paced", Jit, Transport.LongPoll, Figure.Cpu, "nchan")),
        AtMost("long poll, wake and re-poll, then: CPU level with nchan's", 1, "0.00 ×", To("poll-paced", Jit, Transport.LongPoll, Figure.Cpu, "nchan")),
        AtMost("held long poll: ≤ 10 KiB RSS", 10, "0.0", Of("idle", Jit, Transport.LongPoll, Figure.Resident)),
        AtMost("SSE: CPU per delivery ≤ 0.81 × nchan's", 0.81, "0.00 ×", To("sse", Jit, Transport.EventStream, Figure.Cpu, "nchan")),
        AtMost("SSE, paced: CPU per delivery ≤ 0.81 × nchan's", 0.81, "0.00 ×", To("sse-paced", Jit, Transport.EventStream, Figure.Cpu, "nchan")),
        AtMost("1,000 stalled readers, socket lane: ≤ 1 MiB managed more than while they wait", 1, "0.00", Of("slow", Jit, Transport.WebSocket, Figure.StalledManaged, size: 1_000)),
        AtMost("1,000 stalled readers, socket lane: ≤ 64 MiB in the kernel", 64, "0.0", Of("slow", Jit, Transport.WebSocket, Figure.StalledKernel, size: 1_000)),
        AtMost("1,000 stalled readers, socket lane: the others' p99 ≤ 1.1 × without them", 1.1, "0.00 ×", Of("slow", Jit, Transport.WebSocket, Figure.LatencyRise, size: 1_000)),
        AtMost("1,000 stalled readers, Kestrel lane: ≤ 32 MiB managed more than while they wait", 32, "0.0", Of("slow", Lane, Transport.WebSocket, Figure.StalledManaged, size: 1_000)),
        AtMost("1,000 stalled readers, Kestrel lane: ≤ 64 MiB in the kernel", 64, "0.0", Of("slow", Lane, Transport.WebSocket, Figure.StalledKernel, size: 1_000)),
        AtMost("1,000 stalled readers, Kestrel lane: the others' p99 ≤ 1.1 × without them", 1.1, "0.00 ×", Of("slow", Lane, Transport.WebSocket, Figure.LatencyRise, size: 1_000)),
        AtMost("1,000,000 known idle rooms: ≤ 250 bytes each", 250, "0", Of("rooms", Jit, Transport.WebSocket, Figure.BytesPerRoom, size: 1_000_000)),
        AtMost("1,000,000 known idle rooms: a publish costs what it costs alone (1.1 × for noise)", 1.1, "0.00 ×", Of("rooms", Jit, Transport.WebSocket, Figure.PublishCpuRatio, size: 1_000_000)),
        AtMost("resume storm of 10,000, WebSocket: ≤ 150 µs CPU per client", 150, "0", Of("resume", Jit, Transport.WebSocket, Figure.CpuPerClient, size: 10_000)),
        AtMost("resume storm of 10,000, SSE: ≤ 150 µs CPU per client", 150, "0", Of("resume", Jit, Transport.EventStream, Figure.CpuPerClient, size: 10_000)),
        AtMost("Native AOT: ready in ≤ 150 ms", 150, "0", Of("start", Aot, Transport.WebSocket, Figure.StartTime)),
        AtLeast("durable, 64 publishers: entries/s ≥ 0.5 × batched fsyncs alone", 0.5, "0.00 ×", Of("durable", Jit, Transport.WebSocket, Figure.BatchedShare, size: 64)),
        Below("durable, 64 publishers: p99 of an acknowledged publish < 10 × one fsync", 10, "0.0 ×", Of("durable", Jit, Transport.WebSocket, Figure.AnswerSyncs, size: 64)),
        AtLeast("the same where a sync takes 4 ms: entries/s ≥ 0.5 × batched fsyncs alone", 0.5, "0.00 ×", Of("durable-slow", Jit, Transport.WebSocket, Figure.BatchedShare, size: 64)),
        Below("the same where a sync takes 4 ms: p99 of an acknowledged publish < 10 × one fsync", 10, "0.0 ×", Of("durable-slow", Jit, Transport.WebSocket, Figure.AnswerSyncs, size: 64)),
        AtLeast("durable, 64 publishers: entries/s ≥ 0.5 × the lesser of batched fsyncs and the same in memory", 0.5, "0.00 ×", Of("durable", Jit, Transport.WebSocket, Figure.LimitShare, size: 64)),
        AtMost("durable, 64 publishers: p99 of an acknowledged publish ≤ the greater of 10 fsyncs and the same in memory (1.1 × for noise)", 1.1, "0.00 ×", Of("durable", Jit, Transport.WebSocket, Figure.AnswerLimitShare, size: 64)),
        AtMost("durable: readers of the tail are not slowed: p99 of a delivery to that of its answer ≤ 1.1 × the same without publishers beside them", 1.1, "0.00 ×", Beside("durable-tail-beside", "durable-tail-alone", Jit, Transport.WebSocket, Figure.DeliveryToAnswer)),
        AtMost("1,000,000 entries in 10,000 rooms on disk, Native AOT: ready in ≤ 1 s", 1_000, "0", Of("durable-start", Aot, Transport.WebSocket, Figure.StartTime, size: 10_000)),
        AtMost("100,000 idle rooms on disk: ≤ 2 MiB RSS above none", 2, "0.00", Of("durable-start-memory", Jit, Transport.WebSocket, Figure.ResidentRise, size: 100_000)),
        // Of the program that is shipped: by JIT servers that have just been started compile for longer than it is waited.
        AtMost("Redis, two servers: publish to delivery p50 ≤ 1.5 × a round trip + one server", 1, "0.00 ×", Of("redis", Aot, Transport.WebSocket, Figure.LatencyToRoundTrip)),
        AtMost("the same while the cores are kept from sleeping", 1, "0.00 ×", Of("redis-awake", Aot, Transport.WebSocket, Figure.LatencyToRoundTrip)),
        AtMost("Redis: one round trip per publish (1.05 for what else is asked meanwhile)", 1.05, "0.00", Of("redis", Aot, Transport.WebSocket, Figure.ScriptsPerPublish)),
        AtMost("Redis, weak scaling: CPU per delivery with the most servers ≤ 1.1 × with one", 1.1, "0.00 ×", GreatestToLeast("redis-scaling", Aot, Transport.WebSocket, Figure.Cpu)),
        AtMost("Redis: 10,000 live rooms subscribed to again and compared after a restart in ≤ 5 s", 5, "0.00", Of("redis-restart", Aot, Transport.WebSocket, Figure.RestoredTime, size: 10_000)),
        AtMost("data channels: 1,000 peers at 20 entries/s each on one core", 1, "0.00", Of("datachannel", Jit, Transport.DataChannel, Figure.CoreShare, size: 1_000)),
        AtMost("data channels: the same over the channel that may lose", 1, "0.00", Of("datachannel-lossy", Jit, Transport.DataChannel, Figure.CoreShare, size: 1_000)),
        AtMost("age of the newest value over the channel that may lose, 50 entries/s, 5 % loss, 50 ms: p99 ≤ 90 ms", AgeOfNewest.Limit, "0", Of("age", Jit, Transport.DataChannel, Figure.Latency99)),
        AtMost("a flood of bogus datagrams: a packet costs ≤ 1.5 × a bare recvfrom", 1.5, "0.00 ×", Of("flood", Jit, Transport.DataChannel, Figure.PacketCpuRatio)),
        AtMost("a flood as fast as it can be sent: a packet costs ≤ 1.5 × a bare recvfrom", 1.5, "0.00 ×", Of("flood-full", Jit, Transport.DataChannel, Figure.PacketCpuRatio)),
        AtMost("a flood of bogus datagrams: a packet allocates nothing (< 1 octet: other parts of the server do)", 1, "0.000", Of("flood", Jit, Transport.DataChannel, Figure.PacketAllocation)),
        AtMost("a flood of bogus datagrams: it makes no state (≤ 256 KiB live more behind it: other parts of the server)", 256, "0.0", Of("flood", Jit, Transport.DataChannel, Figure.LiveRise)),
        AtMost("a flood of bogus datagrams: p99 of live peers ≤ 2 × without it", 2, "0.00 ×", Of("flood-peers", Jit, Transport.DataChannel, Figure.LatencyRise)),
        AtMost("Native AOT: ≤ 35 MiB RSS empty", 35, "0.0", Of("start", Aot, Transport.WebSocket, Figure.EmptyServer)),
    ];

    private static Requirement AtMost(string what, double bound, string format, Reading read) => new(what, read.Part, read.Read, format, value => value <= bound);

    private static Requirement Below(string what, double bound, string format, Reading read) => new(what, read.Part, read.Read, format, value => value < bound);

    private static Requirement AtLeast(string what, double bound, string format, Reading read) => new(what, read.Part, read.Read, format, value => value >= bound);

    private static Reading Of(string part, string system, Transport transport, string figure, int? size = null) => new(part, results =>
        Rows(results, part, system, transport) is [.., var greatest] && (size is null || greatest.Size == size) ? results.Of(part, greatest, figure) : Statistics.Of([]));

    private static Reading To(string part, string system, Transport transport, string figure, string other) => new(part, results =>
        Rows(results, part, system, transport) is [.., var greatest] ? results.Ratio(part, greatest, greatest with { System = other }, figure) : Statistics.Of([]));

    private static Reading Beside(string part, string alone, string system, Transport transport, string figure) => new(part, results =>
        Rows(results, part, system, transport) is [.., var row] && Rows(results, alone, system, transport) is [.., var other] ? results.Ratio(part, row, figure, alone, other, figure) : Statistics.Of([]));

    private static Reading GreatestToLeast(string part, string system, Transport transport, string figure) => new(part, results =>
        Rows(results, part, system, transport) is [var least, .., var greatest] ? results.Ratio(part, greatest, least, figure) : Statistics.Of([]));

    // In the order of their sizes.
    private static Row[] Rows(Results results, string part, string system, Transport transport) => [.. results.Rows(part).Where(row => row.System == system && row.Transport == transport)];

    private sealed record Reading(string Part, Func<Results, Statistics> Read);
}
