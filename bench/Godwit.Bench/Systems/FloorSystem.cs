using System.Diagnostics;
using Godwit.Bench.Generator;

namespace Godwit.Bench.Systems;

/// <summary>The lower bound: a C program that builds each frame once and makes one send(2) per reader and entry.</summary>
internal sealed class FloorSystem() : BenchSystem("floor")
{
    private static readonly WebSocketDialect s_dialect = new("\"offset\":"u8.ToArray());

    /// <summary>It waits for a full socket, whoever else is due.</summary>
    public override bool BearsStalledReaders => false;

    public override string Describe(Repository repository) => $"bare C, epoll, one send(2) per reader and entry; gcc {repository.TryRun("gcc", "-dumpfullversion")}";

    public override string? Missing(Repository repository) => repository.TryRun("gcc", "-dumpfullversion") is null ? "gcc with the C library's headers: bench/install-peers, or apt-get install gcc libc6-dev" : null;

    public override void Build(Repository repository) => repository.Run("gcc", "-O2", "-o", repository.Output("floor"), Path.Combine(repository.Root, "bench", "floor", "floor.c"));

    public override ProcessStartInfo Command(Repository repository, int port, int securePort) => new(repository.Output("floor"), [$"{port}"]);

    public override Reader CreateReader(Transport transport, Ledger ledger, int index, string lastPublished) => new WebSocketReader(ledger, UpgradeRequest("/"), s_dialect);
}
