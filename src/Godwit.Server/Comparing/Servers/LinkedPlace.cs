using System.Globalization;
using System.Net.Sockets;
using Godwit.Server.Links;

namespace Godwit.Server.Comparing.Servers;

/// <summary>The other end of a packet link: servers are started there, and clients reach them over the link. Who publishes is where the servers are.</summary>
internal sealed class LinkedPlace(PacketLink link) : IServerPlace
{
    // They do not count for requests from the same machine, and over the link nobody is at the same machine.
    private static readonly string[] Limits = ["publishes", "roomPublishes", "requests", "newRooms", "sessions", "memberships", "attempts", "connections"];

    // Nobody else is in that network, so every port is free; below those that the system gives out.
    private int _udpPort = 20_000;

    /// <inheritdoc/>
    public string Listen => $"http://{link.Server.Address}:0";

    /// <inheritdoc/>
    public IReadOnlyList<string> NextArguments() => ["--allow-anonymous", "--udp", Interlocked.Increment(ref _udpPort).ToString(CultureInfo.InvariantCulture)];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Variables { get; } = new Dictionary<string, string>(Limits.Select(static limit => KeyValuePair.Create($"GODWIT_limits__{limit}", "off")))
    {
        ["GODWIT_webrtc__addresses__0"] = link.Server.Address.ToString(),
    };

    /// <inheritdoc/>
    public LinkEnd End => link.Server;

    /// <inheritdoc/>
    public Func<Socket> ClientSockets => () => link.Client.OpenSocket();

    /// <inheritdoc/>
    public Func<AddressFamily, Socket> ClientDatagrams => _ => link.Client.OpenSocket(SocketType.Dgram, ProtocolType.Udp);

    /// <inheritdoc/>
    public Func<Socket> ServerSockets => () => link.Server.OpenSocket();
}
