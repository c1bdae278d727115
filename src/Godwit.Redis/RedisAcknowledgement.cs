namespace Godwit.Redis;

/// <summary>When an entry counts as stored.</summary>
public enum RedisAcknowledgement
{
    /// <summary>When the primary has it. A failover to a replica that did not get it yet loses it; readers that had it get a reset.</summary>
    Primary,

    /// <summary>When replicas have it in memory as well. A publish that they do not confirm in time is answered as one that the store did not take: it may be stored all the same.</summary>
    Replicated,

    /// <summary>When the primary and replicas have it in their append-only files on the disk. Takes Redis 7.2 or newer, with <c>appendonly yes</c> on all of them.</summary>
    ReplicatedOnDisk,
}
