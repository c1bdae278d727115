namespace Godwit.Sqlite;

/// <summary>Where and how a <see cref="SqliteBroker"/> stores.</summary>
public sealed class SqliteBrokerOptions
{
    /// <summary>The directory of the store. It is made where it is not there, and held by one process at a time.</summary>
    /// <value>A path on a local disk.</value>
    public required string Directory { get; set; }

    /// <summary>When an acknowledged entry is on the disk.</summary>
    /// <value><see cref="DataSync.Full"/> by default. With <see cref="DataSync.Normal"/> more entries are taken in a second, and a loss of power may lose the newest of them.</value>
    public DataSync Sync { get; set; } = DataSync.Full;

    /// <summary>How long to wait for a directory that another process holds, as the server before this one does while it drains.</summary>
    /// <value>0 or more; 30 seconds by default. The server is not ready meanwhile. When the time is over the start fails.</value>
    public TimeSpan WaitLock { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The clock that what the disk takes is measured by: the disk knows none that a test sets.</summary>
    internal TimeProvider DiskTime { get; set; } = TimeProvider.System;

    /// <summary>How many entries may be beyond what rooms keep before they are dropped at once and not with the next round: 1 where a test asks for gaps right away.</summary>
    internal int EntriesOver { get; set; } = 256;
}
