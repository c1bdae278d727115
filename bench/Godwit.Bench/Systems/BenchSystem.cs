using System.Diagnostics;
using System.Text;
using Godwit.Bench.Generator;

namespace Godwit.Bench.Systems;

/// <summary>A server that is measured: how to build it, start it, publish to it and read from it.</summary>
internal abstract class BenchSystem(string name)
{
    /// <summary>What the report calls it.</summary>
    public string Name { get; } = name;

    /// <summary>What it is, in a line for the report, with its version.</summary>
    public abstract string Describe(Repository repository);

    /// <summary>The loads that it is measured by, by their names; null for all.</summary>
    public virtual IReadOnlyList<string>? Loads { get; init; }

    /// <summary>The transports that it is measured on.</summary>
    public virtual IReadOnlyList<Transport> Transports => [Transport.WebSocket];

    /// <summary>What a POST of one entry looks like.</summary>
    public virtual PublishForm Publishing { get; } = new("/publish");

    /// <summary>What a POST of several entries looks like; null when it takes none.</summary>
    public virtual PublishForm? Batching => null;

    /// <summary>Whether every reader receives the entries of several publishers in one order, numbered by the server.</summary>
    public virtual bool Ordered => true;

    /// <summary>Whether a reader says where it goes on from, and receives what came since.</summary>
    public virtual bool Resumes => false;

    /// <summary>Whether it is measured beside readers that read nothing.</summary>
    public virtual bool BearsStalledReaders => true;

    /// <summary>The path that answers 200 once the server serves; null when listening is the sign.</summary>
    public virtual string? ReadyPath => null;

    /// <summary>What is missing on this machine to measure it, and how to have it; null when nothing is.</summary>
    public virtual string? Missing(Repository repository) => null;

    /// <summary>Builds the program as it would be deployed.</summary>
    public abstract void Build(Repository repository);

    /// <summary>The command that runs the server on loopback ports.</summary>
    /// <param name="repository">Where programs are.</param>
    /// <param name="port">For clear text.</param>
    /// <param name="securePort">For TLS, where the system is measured over it; 0 for none.</param>
    public abstract ProcessStartInfo Command(Repository repository, int port, int securePort);

    /// <summary>A reader that has not connected yet.</summary>
    /// <param name="transport">How it reads.</param>
    /// <param name="ledger">What it checks deliveries with.</param>
    /// <param name="index">Which of the readers it is, from 0.</param>
    /// <param name="lastPublished">The body of the answer to the publish after which it reads.</param>
    public abstract Reader CreateReader(Transport transport, Ledger ledger, int index, string lastPublished);

    /// <summary>The environment by which several servers share a Redis; null when they cannot.</summary>
    public virtual IReadOnlyDictionary<string, string>? SharedBy(RedisServer redis) => null;

    /// <summary>Whether several servers can share a Redis, and rooms have names.</summary>
    public virtual bool Shares => false;

    /// <summary>The path that takes publishes to a room.</summary>
    public virtual string RoomPath(string room) => "/publish?room=" + room;

    /// <summary>A WebSocket reader of a room, from its first entry on.</summary>
    public virtual Reader CreateRoomReader(string room, Ledger ledger) => throw new NotSupportedException(Name);

    /// <summary>The resident memory that the runtime's last collection left, in bytes; null where the server does not say.</summary>
    public virtual long? ManagedHeap(int port) => null;

    protected static byte[] UpgradeRequest(string path, string fields = "") => Encoding.ASCII.GetBytes(
        $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: Z29kd2l0IGJlbmNoIGtleQ==\r\n{fields}\r\n");
}
