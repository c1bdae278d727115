namespace Godwit.Bench;

/// <summary>How much of everything is measured. The defaults are the load that the project's numbers are about.</summary>
internal sealed record BenchOptions
{
    /// <summary>How often every system is measured.</summary>
    public int Rounds { get; init; } = 10;

    /// <summary>Readers of fan-out, over WebSocket, TLS, event streams and polls; and idle streams and polls.</summary>
    public int Connections { get; init; } = 5_000;

    /// <summary>Idle WebSockets.</summary>
    public int IdleConnections { get; init; } = 15_000;

    /// <summary>Entries of fan-out, in each of its two forms.</summary>
    public int Entries { get; init; } = 200;

    /// <summary>Entries of fan-out before each measured part.</summary>
    public int WarmUp { get; init; } = 20;

    /// <summary>Readers of burst.</summary>
    public int BurstConnections { get; init; } = 500;

    /// <summary>Entries of burst.</summary>
    public int BurstEntries { get; init; } = 4_000;

    /// <summary>Publishers of burst.</summary>
    public int BurstPublishers { get; init; } = 8;

    /// <summary>How long connections are idle before memory is read. Godwit collects its garbage after 4 to 8 s of quiet.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long they are idle after traffic, before memory is read again.</summary>
    public TimeSpan IdleAfterTraffic { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the connections with credentials are idle: every heartbeat has come by then.</summary>
    public TimeSpan HeartbeatIdle { get; init; } = TimeSpan.FromSeconds(26);

    /// <summary>Readers whose latency is taken.</summary>
    public int LatencyConnections { get; init; } = 1_000;

    /// <summary>How long latency is taken.</summary>
    public TimeSpan LatencyTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Readers that stop reading.</summary>
    public int StalledReaders { get; init; } = 1_000;

    /// <summary>Entries that fill what the kernel keeps for them.</summary>
    public int StallEntries { get; init; } = 1_000;

    /// <summary>The most rooms that are known and idle.</summary>
    public int Rooms { get; init; } = 1_000_000;

    /// <summary>Publishes by which the cost of one is measured among idle rooms.</summary>
    public int RoomPublishes { get; init; } = 2_000;

    /// <summary>Clients that reconnect and resume.</summary>
    public int ResumingClients { get; init; } = 10_000;

    /// <summary>Entries that each of them has missed.</summary>
    public int MissedEntries { get; init; } = 100;

    /// <summary>The folder on the disk that durable publishes are measured on; it is made, and what a measurement puts there is deleted.</summary>
    public string DataFolder { get; init; } = Path.Combine("artifacts", "bench-data");

    /// <summary>Entries of durable publishing.</summary>
    public int DurableEntries { get; init; } = 50_000;

    /// <summary>Syncs by which it is measured what the disk alone allows.</summary>
    public int DurableSyncs { get; init; } = 1_000;

    /// <summary>Readers of the tail beside durable publishing.</summary>
    public int DurableReaders { get; init; } = 100;

    /// <summary>Rooms on the disk with which a server starts, with 100 entries in each.</summary>
    public int StoredRooms { get; init; } = 10_000;

    /// <summary>Idle rooms on the disk by which memory is measured.</summary>
    public int StoredIdleRooms { get; init; } = 100_000;

    /// <summary>Readers at the second of two servers on one Redis.</summary>
    public int RedisReaders { get; init; } = 50;

    /// <summary>Servers on one Redis: each of these numbers.</summary>
    public IReadOnlyList<int> RedisServers { get; init; } = [1, 2, 4, 8];

    /// <summary>Readers of each of them.</summary>
    public int RedisScalingReaders { get; init; } = 500;

    /// <summary>How long servers on one Redis deliver before anything is measured: by JIT not all that they do is compiled by then.</summary>
    public TimeSpan RedisWarmUp { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Rooms that are live when Redis restarts.</summary>
    public int RedisRooms { get; init; } = 10_000;

    /// <summary>Peers with a session over a data channel.</summary>
    public int Peers { get; init; } = 1_000;

    /// <summary>How long they read at a rate.</summary>
    public TimeSpan PeerTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the age of the newest value is looked at.</summary>
    public TimeSpan AgeTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a flood of datagrams is, each time.</summary>
    public TimeSpan FloodTime { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How often it is compared with the floor, and with no flood.</summary>
    public int FloodPairs { get; init; } = 5;

    /// <summary>Peers that are live beside it.</summary>
    public int FloodPeers { get; init; } = 100;

    /// <summary>Connections of scaling: each of these numbers.</summary>
    public IReadOnlyList<int> Scale { get; init; } = [1_000, 5_000, 15_000];

    /// <summary>Whether everything is run to see that it runs, and not to be measured.</summary>
    public bool IsTiny { get; init; }

    /// <summary>How long is waited at most for a server to become quiet.</summary>
    public TimeSpan Quiet { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long is waited for entries to age out: 1 s, and 10 s in which more may stay.</summary>
    public TimeSpan AgeOut { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>Threads that receive.</summary>
    public int Threads { get; init; } = Math.Clamp(Environment.ProcessorCount / 2, 1, 4);

    /// <summary>Smaller parts, for a first look.</summary>
    public BenchOptions Quick() => this with
    {
        Rounds = 2,
        Connections = 2_000,
        IdleConnections = 2_000,
        Entries = 60,
        BurstEntries = 1_000,
        LatencyConnections = 500,
        LatencyTime = TimeSpan.FromSeconds(1.5),
        StalledReaders = 500,
        StallEntries = 500,
        Rooms = 10_000,
        ResumingClients = 2_000,
        DurableEntries = 10_000,
        DurableSyncs = 200,
        Scale = [500, 2_000],
        Peers = 200,
        PeerTime = TimeSpan.FromSeconds(3),
        AgeTime = TimeSpan.FromSeconds(10),
        FloodTime = TimeSpan.FromSeconds(1),
        FloodPairs = 3,
        RedisServers = [1, 2],
        RedisWarmUp = TimeSpan.FromSeconds(3),
        RedisRooms = 2_000,
    };

    /// <summary>Next to nothing, to see that everything runs.</summary>
    public BenchOptions Tiny() => this with
    {
        IsTiny = true,
        Quiet = TimeSpan.FromSeconds(2),
        AgeOut = TimeSpan.Zero,
        Rounds = 1,
        Connections = 20,
        IdleConnections = 20,
        Entries = 5,
        WarmUp = 2,
        BurstConnections = 10,
        BurstEntries = 100,
        Idle = TimeSpan.Zero,
        IdleAfterTraffic = TimeSpan.Zero,
        HeartbeatIdle = TimeSpan.Zero,
        LatencyConnections = 10,
        LatencyTime = TimeSpan.FromSeconds(0.2),
        StalledReaders = 5,
        StallEntries = 20,
        Rooms = 2_000,
        RoomPublishes = 20,
        ResumingClients = 20,
        MissedEntries = 10,
        DurableEntries = 200,
        DurableSyncs = 4,
        DurableReaders = 5,
        StoredRooms = 20,
        StoredIdleRooms = 50,
        Scale = [10, 20],
        Peers = 5,
        PeerTime = TimeSpan.FromSeconds(0.2),
        AgeTime = TimeSpan.FromSeconds(0.4),
        FloodTime = TimeSpan.FromSeconds(0.05),
        FloodPairs = 1,
        FloodPeers = 3,
        RedisReaders = 5,
        RedisServers = [1, 2],
        RedisScalingReaders = 20,
        RedisWarmUp = TimeSpan.FromSeconds(0.2),
        RedisRooms = 20,
    };

    /// <summary>The most connections that any load makes.</summary>
    public int MostConnections => Enumerable.Max([Connections, IdleConnections, BurstConnections, ResumingClients, Peers, LatencyConnections + StalledReaders, RedisServers.Max() * (RedisScalingReaders + 50), .. Scale]);
}
