using System.Runtime.InteropServices;
using Godwit.Bench.Generator;

namespace Godwit.Bench.Systems;

/// <summary>The uWebSockets engine, as Bun has it built in: its native publish to a topic.</summary>
internal sealed class BunSystem() : ScriptSystem("bun", Path.Combine("bun", "server.js"))
{
    private static readonly WebSocketDialect s_dialect = new("\"offset\":"u8.ToArray());

    protected override string Package => "bun";

    public override string Describe(Repository repository) => $"the uWebSockets engine in Bun {repository.PackageVersion("bun")}, publish to a topic";

    public override Reader CreateReader(Transport transport, Ledger ledger, int index, string lastPublished) => new WebSocketReader(ledger, UpgradeRequest("/"), s_dialect);

    // The program itself: the one that npm links to is a script's doing, and no script is run.
    protected override string Runtime(Repository repository) =>
        Path.Combine(repository.Root, "bench", "peers", "node_modules", "@oven", $"bun-linux-{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64" : "x64")}", "bin", "bun");
}
