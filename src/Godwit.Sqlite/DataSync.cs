namespace Godwit.Sqlite;

/// <summary>When an acknowledged entry is on the disk.</summary>
public enum DataSync
{
    /// <summary>Before it is acknowledged: it survives the end of the process, of the system and of the power.</summary>
    Full,

    /// <summary>Some time after it was acknowledged: it survives the end of the process; when the system or the power ends, the newest entries may be lost, and readers that had them get a reset.</summary>
    Normal,
}
