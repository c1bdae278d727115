namespace Godwit.Server.Verifying.Disks;

/// <summary>What goes wrong with the disk, as <c>disk.c</c> knows it.</summary>
internal enum DiskFault : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Nothing can be written: it is full.</summary>
    Full,

    /// <summary>Syncing fails, and what was written since the last sync is lost with the power.</summary>
    SyncFails,

    /// <summary>Some writes go through in part, and the rest has to be written again.</summary>
    ShortWrites,

    /// <summary>Syncing says that it has succeeded, and has done nothing.</summary>
    SyncIgnored,

    /// <summary>Nothing can be opened for writing or written.</summary>
    ReadOnly,

    /// <summary>Syncing does not come back until something else is set.</summary>
    Hangs,
}
