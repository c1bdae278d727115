using Godwit.Server.Probes;

namespace Godwit.Server.Verifying.Deployments;

/// <summary>A way into a deployment: an address of one server, over one HTTP.</summary>
/// <param name="Server">The server's number, from 0.</param>
/// <param name="Mount">What is asked for.</param>
/// <param name="Carrier">Which HTTP.</param>
/// <param name="Relay">What stands before it.</param>
internal sealed record Entrance(int Server, Uri Mount, ProbeCarrier Carrier, Relay Relay)
{
    /// <summary>Whether WebSockets are taken here: proxies without RFC 8441 take none over HTTP/2.</summary>
    public bool TakesWebSockets { get; init; } = true;

    /// <summary>What stands there, for people.</summary>
    public string? Name { get; init; }

    /// <summary>A room as a client asks for it.</summary>
    public ProbeTarget Room(string room, IReadOnlyList<KeyValuePair<string, string>> headers) =>
        new() { Mount = Mount, Room = room, Carrier = Carrier, Through = Relay.Address, Headers = headers, Keep = 12 };

    /// <inheritdoc/>
    public override string ToString() => $"{Name ?? $"server {Server}"}{(Carrier.IsHttp2 ? " over HTTP/2" : "")}";
}
