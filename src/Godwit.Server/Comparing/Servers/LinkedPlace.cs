using System.Net.Sockets;
using Godwit.Server.Links;

namespace Godwit.Server.Comparing.Servers;

/// <summary>The other end of a packet link: servers are started there, and clients reach them over the link. Who publishes is where the servers are.</summary>
internal sealed class LinkedPlace(PacketLink link) : IServerPlace
{
    // They do not count for requests from the same machine, and over the link nobody is at the same machine.
    private static readonly string[] Limits = ["publishes", "roomPublishes", "requests", "newRooms", "sessions", "memberships", "attempts", "connections"];

    /// <inheritdoc/>
    public string Listen => $"http://{link.Server.Address}:0";

    /// <inheritdoc/>
    public IReadOnlyList<string> Arguments { get; } = ["--allow-anonymous"];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Variables { get; } = Limits.ToDictionary(static limit => $"GODWIT_limits__{limit}", static _ => "off");

    /// <inheritdoc/>
    public LinkEnd End => link.Server;

    /// <inheritdoc/>
    public Func<Socket> ClientSockets => () => link.Client.OpenSocket();

    /// <inheritdoc/>
    public Func<Socket> ServerSockets => () => link.Server.OpenSocket();
}
