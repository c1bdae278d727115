using Godwit.Bench.Generator;

namespace Godwit.Bench.Systems;

/// <summary>A Node program with Socket.IO, over WebSocket alone.</summary>
internal sealed class SocketIoSystem() : ScriptSystem("socketio", Path.Combine("socketio", "server.mjs"))
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

    protected override string Runtime(Repository repository) => "node";
}
