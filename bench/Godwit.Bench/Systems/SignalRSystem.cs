using System.Diagnostics;
using Godwit.Bench.Generator;

namespace Godwit.Bench.Systems;

/// <summary>The program in bench/SignalR. Entries carry the number that their publisher gave them; with several publishers it promises no order.</summary>
internal class SignalRSystem(string name = "signalr") : BenchSystem(name)
{
    private static readonly WebSocketDialect s_dialect = new("\"n\":"u8.ToArray())
    {
        Greeting = [.. "{\"protocol\":\"json\",\"version\":1}"u8, 0x1e],
        Welcome = [.. "{}"u8, 0x1e],
    };

    public override IReadOnlyList<Transport> Transports => [Transport.WebSocket, Transport.SecureWebSocket];

    public override bool Ordered => false;

    /// <summary>Sending to all waits for everyone.</summary>
    public override bool BearsStalledReaders => false;

    public override string Describe(Repository repository) => $"ASP.NET Core SignalR of .NET {Environment.Version}, JSON protocol, defaults";

    public override void Build(Repository repository) => repository.Publish(Path.Combine("bench", "SignalR"), "signalr");

    public override ProcessStartInfo Command(Repository repository, int port, int securePort)
    {
        if (securePort == 0)
        {
            return new(repository.Program("signalr", "Godwit.Bench.SignalR"), ["--urls", $"http://127.0.0.1:{port}"]);
        }

        (string certificate, string key) = repository.Certificate;
        return new(repository.Program("signalr", "Godwit.Bench.SignalR"), ["--urls", $"http://127.0.0.1:{port};https://127.0.0.1:{securePort}", $"--Kestrel:Certificates:Default:Path={certificate}", $"--Kestrel:Certificates:Default:KeyPath={key}"]);
    }

    public override Reader CreateReader(Transport transport, Ledger ledger, int index, string lastPublished) => new WebSocketReader(ledger, UpgradeRequest("/hub"), s_dialect);

    public override Reader CreateRoomReader(string room, Ledger ledger) => new WebSocketReader(ledger, UpgradeRequest($"/hub?room={room}"), s_dialect);
}

/// <summary>Several of them, joined by SignalR's Redis backplane.</summary>
internal sealed class SharedSignalRSystem() : SignalRSystem("signalr-redis")
{
    public override IReadOnlyList<Transport> Transports => [Transport.WebSocket];

    public override IReadOnlyList<string>? Loads { get; init; } = ["redis", "redis-scaling"];

    public override bool Shares => true;

    public override IReadOnlyDictionary<string, string>? SharedBy(RedisServer redis) => new Dictionary<string, string> { ["REDIS"] = redis.Address };

    public override string? Missing(Repository repository) => RedisServer.Missing(repository);

    public override string Describe(Repository repository) => $"{base.Describe(repository)}, with its Redis backplane";
}
