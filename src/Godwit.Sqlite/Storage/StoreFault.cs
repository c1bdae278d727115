namespace Godwit.Sqlite.Storage;

/// <summary>What kind of failure SQLite reported.</summary>
internal enum StoreFault
{
    /// <summary>One that is none of the others.</summary>
    Other,

    /// <summary>The disk is full, or a quota is reached.</summary>
    Full,

    /// <summary>Reading, writing or syncing failed.</summary>
    InputOutput,

    /// <summary>The file or its directory may not be written.</summary>
    ReadOnly,

    /// <summary>A page does not hold what it has to.</summary>
    Corrupt,

    /// <summary>The file is no database.</summary>
    NoDatabase,

    /// <summary>Another program holds the database.</summary>
    Busy,
}
