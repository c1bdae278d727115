using SQLitePCL;

namespace Godwit.Sqlite.Storage;

/// <summary>SQLite could not do what it was asked for.</summary>
internal sealed class StoreException : Exception
{
    /// <summary>Makes the exception of a result code.</summary>
    /// <param name="file">The database.</param>
    /// <param name="code">SQLite's extended result code.</param>
    /// <param name="text">SQLite's own message.</param>
    /// <param name="inner">What it came with.</param>
    public StoreException(string file, int code, string text, Exception? inner = null)
        : base($"{file}: {text} (SQLite {code}). {Remedy(Of(code))}", inner)
    {
        Fault = Of(code);
    }

    /// <summary>What kind it is of.</summary>
    public StoreFault Fault { get; }

    /// <summary>What a result code says.</summary>
    public static StoreFault Of(int code) => (code & 0xff) switch
    {
        raw.SQLITE_FULL => StoreFault.Full,
        raw.SQLITE_IOERR => StoreFault.InputOutput,
        raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_PERM => StoreFault.ReadOnly,
        raw.SQLITE_CORRUPT => StoreFault.Corrupt,
        raw.SQLITE_NOTADB => StoreFault.NoDatabase,
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => StoreFault.Busy,
        _ => StoreFault.Other,
    };

    /// <summary>What whoever runs the server can do.</summary>
    private static string Remedy(StoreFault fault) => fault switch
    {
        StoreFault.Full => "The disk is full: make room on it; the server goes on by itself.",
        StoreFault.InputOutput => "The disk fails: see the system's log, and have a backup at hand; the server goes on by itself once it can write.",
        StoreFault.ReadOnly => "It cannot be opened for writing: let the server's user own the directory and all files in it, on a file system that is not mounted read-only.",
        StoreFault.Corrupt => "The file is damaged: stop the server, run `godwit data check DIR`, which shows what is wrong, and put a backup in its place. Without one, keep the damaged files: SQLite's own `.recover` may read some of them.",
        StoreFault.NoDatabase => "It is not a database of Godwit: move it away, or give another directory.",
        StoreFault.Busy => "Another program holds the database: end it.",
        _ => "See the message before it.",
    };
}
