namespace Godwit.Redis;

/// <summary>How the Redis servers stand to each other.</summary>
public enum RedisTopology
{
    /// <summary>One server, or one address behind which one is the primary.</summary>
    Single,

    /// <summary>A primary and its replicas, found by asking Sentinels.</summary>
    Sentinel,

    /// <summary>A Redis Cluster: rooms are spread over its primaries.</summary>
    Cluster,
}
