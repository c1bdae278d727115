using System.Diagnostics;
using System.Text;
using Godwit.Bench.Load;

namespace Godwit.Bench.Systems;

/// <summary>A server that is measured: how to build it, start it, publish to it and read from it.</summary>
internal abstract class BenchSystem(string name)
{
    /// <summary>What the report calls it.</summary>
    public string Name { get; } = name;

    /// <summary>The transports that it is measured on.</summary>
    public virtual IReadOnlyList<Transport> Transports => [Transport.WebSocket];

    /// <summary>The path that takes POSTs of one entry.</summary>
    public abstract string PublishPath { get; }

    /// <summary>Whether every reader receives the entries of several publishers in one order, numbered by the server.</summary>
    public virtual bool Ordered => true;

    /// <summary>Builds the program as it would be deployed.</summary>
    public abstract void Build(Repository repository);

    /// <summary>The command that runs the server on a loopback port.</summary>
    public abstract ProcessStartInfo Command(Repository repository, int port);

    /// <summary>A reader that has not connected yet.</summary>
    /// <param name="transport">How it reads.</param>
    /// <param name="ledger">What it checks deliveries with.</param>
    /// <param name="lastPublished">The body of the answer to the publish after which it reads.</param>
    public abstract Reader CreateReader(Transport transport, Ledger ledger, string lastPublished);

    protected static byte[] UpgradeRequest(string path) => Encoding.ASCII.GetBytes(
        $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: Z29kd2l0IGJlbmNoIGtleQ==\r\n\r\n");
}
