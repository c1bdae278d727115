namespace Godwit.Redis;

/// <summary>Where and how a <see cref="RedisBroker"/> stores.</summary>
public sealed class RedisBrokerOptions
{
    /// <summary>The port that an address without one has.</summary>
    public const int DefaultPort = 6379;

    /// <summary>The port that a Sentinel's address without one has.</summary>
    public const int DefaultSentinelPort = 26379;

    /// <summary>The longest <see cref="Prefix"/>.</summary>
    public const int MaxPrefixLength = 64;

    /// <summary>Where the servers answer: of a single server its own address, of Sentinels theirs, of a cluster those of some of its nodes.</summary>
    /// <value>One or more of <c>HOST</c>, <c>HOST:PORT</c>, <c>[IPv6]:PORT</c>, or the path of a Unix socket.</value>
    public IReadOnlyList<string> Endpoints { get; set; } = [];

    /// <summary>How the servers stand to each other.</summary>
    /// <value><see cref="RedisTopology.Single"/> by default.</value>
    public RedisTopology Topology { get; set; } = RedisTopology.Single;

    /// <summary>The name by which the Sentinels know the primary, as in <c>sentinel monitor NAME</c>.</summary>
    /// <value>Required with <see cref="RedisTopology.Sentinel"/>, else not used.</value>
    public string? Service { get; set; }

    /// <summary>The ACL user.</summary>
    /// <value>Null by default: the user <c>default</c>.</value>
    public string? User { get; set; }

    /// <summary>The user's password.</summary>
    /// <value>Null by default: none.</value>
    public string? Password { get; set; }

    /// <summary>Whether connections are made with TLS; the servers' certificates are checked as the system does.</summary>
    /// <value>False by default.</value>
    public bool Tls { get; set; }

    /// <summary>The name that the servers' certificates have to be for.</summary>
    /// <value>Null by default: the host of the address.</value>
    public string? TlsHost { get; set; }

    /// <summary>The number of the database.</summary>
    /// <value>0 or more; 0 by default, and always 0 with <see cref="RedisTopology.Cluster"/>. Channels are common to all databases: systems that share a Redis need different prefixes all the same.</value>
    public int Database { get; set; }

    /// <summary>What every key and channel begins with, so that several systems can share a Redis.</summary>
    /// <value>1 to 64 of <c>A-Z a-z 0-9 _ . : -</c>; <c>godwit</c> by default. Servers with another prefix are another system.</value>
    public string Prefix { get; set; } = "godwit";

    /// <summary>When an entry counts as stored.</summary>
    /// <value><see cref="RedisAcknowledgement.Primary"/> by default.</value>
    public RedisAcknowledgement Acknowledgement { get; set; } = RedisAcknowledgement.Primary;

    /// <summary>How many replicas have to confirm, unless the primary alone does.</summary>
    /// <value>1 to 16; 1 by default.</value>
    public int Replicas { get; set; } = 1;

    /// <summary>How long to wait for replicas.</summary>
    /// <value>10 ms to 4 seconds; 2 seconds by default.</value>
    public TimeSpan ReplicationTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a call may take, before it is answered that the store is away.</summary>
    /// <value>100 ms to 4.5 seconds; 3 seconds by default. A Redis that answers nothing for that long counts as away until it answers again.</value>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long Redis may be silent when it is asked before it counts as away: for tests whose own machine is what is late.</summary>
    internal TimeSpan Tolerance { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long making a connection may take.</summary>
    /// <value>100 ms to 30 seconds; 5 seconds by default.</value>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether an application whose Redis cannot be used starts all the same, not ready, and goes on trying.</summary>
    /// <value>False by default: the start fails.</value>
    public bool WaitBroker { get; set; }
}
