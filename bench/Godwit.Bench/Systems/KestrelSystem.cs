using System.Diagnostics;
using Godwit.Bench.Generator;

namespace Godwit.Bench.Systems;

/// <summary>The program in bench/Kestrel: what is written first on Kestrel and System.Net.WebSockets.</summary>
internal sealed class KestrelSystem() : BenchSystem("kestrel")
{
    private static readonly WebSocketDialect s_dialect = new("\"offset\":"u8.ToArray());

    public override IReadOnlyList<Transport> Transports => [Transport.WebSocket, Transport.LongPoll];

    /// <summary>It awaits each send, whoever else is due.</summary>
    public override bool BearsStalledReaders => false;

    public override string Describe(Repository repository) => $"Kestrel and System.Net.WebSockets of .NET {Environment.Version}, written naively: awaits one send after the other";

    public override void Build(Repository repository) => repository.Publish(Path.Combine("bench", "Kestrel"), "kestrel");

    public override ProcessStartInfo Command(Repository repository, int port, int securePort) =>
        new(repository.Program("kestrel", "Godwit.Bench.Kestrel"), ["--urls", $"http://127.0.0.1:{port}"]);

    public override Reader CreateReader(Transport transport, Ledger ledger, int index, string lastPublished) => transport == Transport.WebSocket
        ? new WebSocketReader(ledger, UpgradeRequest("/ws"), s_dialect)
        : new LongPollReader(ledger, "/poll", $"{ledger.Due - 1}");
}
