namespace Godwit.Server.Verifying.Stores;

/// <summary>Which store the servers are started with.</summary>
internal enum StoreKind
{
    /// <summary>Memory: a restart loses it.</summary>
    Memory,

    /// <summary>A directory on the disk.</summary>
    Sqlite,

    /// <summary>A Redis, which several servers share.</summary>
    Redis,

    /// <summary>A Redis with a replica that a Sentinel has take its place.</summary>
    Sentinel,
}
