using Godwit.Bench.Generator;

namespace Godwit.Bench.Systems;

/// <summary>A Node program with ws.</summary>
internal sealed class WsSystem() : ScriptSystem("ws", Path.Combine("ws", "server.mjs"))
{
    private static readonly WebSocketDialect s_dialect = new("\"offset\":"u8.ToArray());

    protected override string Package => "ws";

    public override string Describe(Repository repository) => $"ws {repository.PackageVersion("ws")} on Node {repository.TryRun("node", "--version")?.TrimStart('v')}";

    public override Reader CreateReader(Transport transport, Ledger ledger, int index, string lastPublished) => new WebSocketReader(ledger, UpgradeRequest("/"), s_dialect);

    protected override string Runtime(Repository repository) => "node";
}
