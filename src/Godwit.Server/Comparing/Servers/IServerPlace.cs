using System.Net.Sockets;
using Godwit.Server.Links;

namespace Godwit.Server.Comparing.Servers;

/// <summary>Where servers are started, and from where they are reached.</summary>
internal interface IServerPlace
{
    /// <summary>What a server is told to listen at, with the port 0.</summary>
    string Listen { get; }

    /// <summary>More of the arguments of the next server.</summary>
    IReadOnlyList<string> NextArguments();

    /// <summary>More of its environment.</summary>
    IReadOnlyDictionary<string, string> Variables { get; }

    /// <summary>The end of a link at which it runs; null, where this program does.</summary>
    LinkEnd? End { get; }

    /// <summary>Makes the sockets of clients; null makes them here.</summary>
    Func<Socket>? ClientSockets { get; }

    /// <summary>Makes the sockets of UDP of clients; null makes them here.</summary>
    Func<AddressFamily, Socket>? ClientDatagrams { get; }

    /// <summary>Makes the sockets of who is where the server is; null makes them here.</summary>
    Func<Socket>? ServerSockets { get; }
}

/// <summary>This machine, over its loopback device.</summary>
internal sealed class LoopbackPlace : IServerPlace
{
    /// <inheritdoc/>
    public string Listen => "http://127.0.0.1:0";

    /// <inheritdoc/>
    public IReadOnlyList<string> NextArguments() => [];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Variables { get; } = new Dictionary<string, string>();

    /// <inheritdoc/>
    public LinkEnd? End => null;

    /// <inheritdoc/>
    public Func<Socket>? ClientSockets => null;

    /// <inheritdoc/>
    public Func<AddressFamily, Socket>? ClientDatagrams => null;

    /// <inheritdoc/>
    public Func<Socket>? ServerSockets => null;
}
