using Godwit.Bench.Loads;
using Godwit.Bench.Systems;

namespace Godwit.Bench;

/// <summary>Everything that can be measured, and how.</summary>
internal static class Catalogue
{
    /// <summary>Every load, in the order in which they are run. To add one, derive from <see cref="BenchLoad"/>.</summary>
    public static IReadOnlyList<BenchLoad> Loads { get; } =
    [
        new StartUp(),
        new FanOut("fanout", "Fan-out", Transport.WebSocket),
        new FanOut("tls", "Fan-out over TLS", Transport.SecureWebSocket),
        new FanOut("sse", "Server-sent events", Transport.EventStream),
        new FanOut("poll", "Long poll", Transport.LongPoll),
        new Burst(),
        new Idle(),
        new Latency(),
        new StalledReaders(),
        new ManyRooms(),
        new ResumeStorm(),
        new ConnectRate(),
        new Scaling(),
        new Exchange(),
        new Durable(),
        new DurableSlowDisk(),
        new DurableStart(),
        new RedisDelivery(),
        new RedisScaling(),
        new RedisRestart(),
        new DataChannels(),
        new AgeOfNewest(),
        new DatagramFlood(),
    ];

    /// <summary>What <c>peers</c> runs: all that is about more than Godwit's own parts.</summary>
    public static IEnumerable<BenchLoad> Peers => Loads.Where(static load => load is not (Exchange or Durable or DurableSlowDisk or DurableStart or RedisDelivery or RedisScaling or RedisRestart or DataChannels or AgeOfNewest or DatagramFlood));

    /// <summary>Every system, in the order in which reports name them. To add one, derive from <see cref="BenchSystem"/>.</summary>
    public static IReadOnlyList<BenchSystem> Systems { get; } =
    [
        new FloorSystem(),
        new GodwitSystem("godwit", new GodwitBuild.Jit()),
        new GuardedGodwitSystem("godwit-guarded", new GodwitBuild.Jit()) { Loads = ["idle"] },
        new GodwitSystem("godwit-kestrel", new GodwitBuild.Jit())
        {
            MeasuredOn = [Transport.WebSocket],
            Settings = new Dictionary<string, string> { ["GODWIT_connections__socketLane"] = "false" },
            Loads = ["fanout", "burst", "idle", "latency", "slow", "resume", "connect", "scaling"],
            Remark = "the same with connections.socketLane off: WebSockets stay with Kestrel",
        },
        new GodwitSystem("godwit-aot", new GodwitBuild.Aot())
        {
            Loads = ["start", "fanout", "tls", "sse", "poll", "burst", "idle", "latency", "slow", "resume", "connect", "durable", "durable-slow", "durable-start", "redis", "redis-scaling", "redis-restart"],
            Remark = "the published Release build, compiled ahead of time: the program that is shipped",
        },
        new BunSystem(),
        new NchanSystem(),
        new WsSystem(),
        new KestrelSystem(),
        new SocketIoSystem(),
        new SignalRSystem(),
        new SharedSocketIoSystem(),
        new SharedSignalRSystem(),
    ];

    /// <summary>The loads that words of the command line name.</summary>
    /// <exception cref="BenchFault">A word names none.</exception>
    public static IReadOnlyList<BenchLoad> FindLoads(IReadOnlyList<string> names) => names is [] or ["peers"]
        ? [.. Peers]
        : [.. names.Select(static name => Loads.FirstOrDefault(load => load.Name == name)
            ?? throw new BenchFault($"'{name}' is no load of the bench: peers (all but exchange, the durable, the redis and the data channel ones), {string.Join(", ", Loads.Select(static load => load.Name))}."))];

    /// <summary>The systems that a list of the command line names; NAME=FOLDER is another published build of Godwit.</summary>
    /// <exception cref="BenchFault">A name is unknown.</exception>
    public static IReadOnlyList<BenchSystem> FindSystems(string? list) => list is null ? Systems : [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static name =>
        Systems.FirstOrDefault(system => system.Name == name)
        ?? (name.IndexOf('=') is > 0 and int at
            ? new GodwitSystem(name[..at], new GodwitBuild.Folder(Path.GetFullPath(name[(at + 1)..]))) { Remark = "another published build" }
            : throw new BenchFault($"'{name}' is no system of the bench: {string.Join(", ", Systems.Select(static system => system.Name))}, or NAME=FOLDER of a published build of Godwit.")))];

    /// <summary>The transports that a list of the command line names.</summary>
    /// <exception cref="BenchFault">A name is unknown.</exception>
    public static IReadOnlyList<Transport> FindTransports(string list) => [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static name => name switch
    {
        "ws" => Transport.WebSocket,
        "tls" => Transport.SecureWebSocket,
        "sse" => Transport.EventStream,
        "poll" => Transport.LongPoll,
        "dc" => Transport.DataChannel,
        _ => throw new BenchFault($"'{name}' is no transport of the bench: ws, tls, sse, poll, dc."),
    })];
}
