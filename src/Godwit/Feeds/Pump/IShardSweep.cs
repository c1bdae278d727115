namespace Godwit.Feeds.Pump;

/// <summary>Goes once over all that a shard has. Every member is called by the shard's worker; shards go over it at the same time.</summary>
internal interface IShardSweep
{
    /// <summary>Looks at a connection.</summary>
    void Visit(Connection connection);

    /// <summary>Whether an answer that is held is to be given now.</summary>
    bool Concerns(IHeldAnswer answer);

    /// <summary>A shard is done.</summary>
    void OnDone();
}
