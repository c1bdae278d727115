using System.Diagnostics;
using Godwit.Bench.Load;

namespace Godwit.Bench.Systems;

/// <summary>The program in bench/SignalR. Entries carry the number that their publisher gave them; with several publishers it promises no order.</summary>
internal sealed class SignalRSystem() : BenchSystem("signalr")
{
    private static readonly byte[] s_handshake = [.. "{\"protocol\":\"json\",\"version\":1}"u8, 0x1e];
    private static readonly byte[] s_accepted = [.. "{}"u8, 0x1e];

    public override string PublishPath => "/publish";

    public override bool Ordered => false;

    public override void Build(Repository repository) => repository.Publish(Path.Combine("bench", "SignalR"), repository.Output("signalr"));

    public override ProcessStartInfo Command(Repository repository, int port) =>
        new(Path.Combine(repository.Output("signalr"), "Godwit.Bench.SignalR"), ["--urls", $"http://127.0.0.1:{port}"]);

    public override Reader CreateReader(Transport transport, Ledger ledger, string lastPublished) =>
        new WebSocketReader(ledger, UpgradeRequest("/hub"), s_handshake, s_accepted, "\"n\":"u8.ToArray());
}
