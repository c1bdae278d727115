using Godwit.Bench.Generator;

namespace Godwit.Bench.Systems;

/// <summary>A Node program with Socket.IO, over WebSocket alone.</summary>
internal class SocketIoSystem(string name = "socketio") : ScriptSystem(name, Path.Combine("socketio", "server.mjs"))
{
    // Engine.IO's packets: 0 opens, 2 asks, 3 answers, 4 carries; behind a 4 those of Socket.IO: 0 joins, 2 is an event.
    private static readonly WebSocketDialect s_dialect = new("\"offset\":"u8.ToArray())
    {
        Greeting = "40"u8.ToArray(),
        Preamble = "0{"u8.ToArray(),
        Welcome = "40{"u8.ToArray(),
        Ping = "2"u8.ToArray(),
        Pong = "3"u8.ToArray(),
    };

    /// <summary>Its engine is ws, which is measured.</summary>
    public override bool BearsStalledReaders => false;

    protected override string Package => "socket.io";

    public override string Describe(Repository repository) => $"Socket.IO {repository.PackageVersion("socket.io")} on Node {repository.TryRun("node", "--version")?.TrimStart('v')}, WebSocket alone";

    public override Reader CreateReader(Transport transport, Ledger ledger, int index, string lastPublished) =>
        new WebSocketReader(ledger, UpgradeRequest("/socket.io/?EIO=4&transport=websocket"), s_dialect);

    public override Reader CreateRoomReader(string room, Ledger ledger) => new WebSocketReader(ledger, UpgradeRequest($"/socket.io/?EIO=4&transport=websocket&room={room}"), s_dialect);

    protected override string Runtime(Repository repository) => "node";
}

/// <summary>Several of them, joined by Socket.IO's Redis adapter: each entry goes over Redis to every server, also to those where nobody reads the room.</summary>
internal sealed class SharedSocketIoSystem() : SocketIoSystem("socketio-redis")
{
    private const string Adapter = "@socket.io/redis-adapter";

    public override IReadOnlyList<string>? Loads { get; init; } = ["redis", "redis-scaling"];

    public override bool Shares => true;

    public override IReadOnlyDictionary<string, string>? SharedBy(RedisServer redis) => new Dictionary<string, string> { ["REDIS"] = redis.Address };

    public override string? Missing(Repository repository) => base.Missing(repository) ?? RedisServer.Missing(repository) ?? (repository.PackageVersion(Adapter) is null ? $"the npm package {Adapter}: bench/install-peers" : null);

    public override string Describe(Repository repository) => $"{base.Describe(repository)}, with its Redis adapter {repository.PackageVersion(Adapter)}";
}
