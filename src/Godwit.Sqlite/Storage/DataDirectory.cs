using Microsoft.Data.Sqlite;

namespace Godwit.Sqlite.Storage;

/// <summary>The directory that a store is in, and its database.</summary>
internal sealed class DataDirectory(string path)
{
    /// <summary>The name of the database.</summary>
    public const string DatabaseName = "godwit.db";

    private static readonly byte[] Header = "SQLite format 3\0"u8.ToArray();

    /// <summary>The directory.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>The path of the database.</summary>
    public string Database => System.IO.Path.Combine(Path, DatabaseName);

    /// <summary>The path of the lock.</summary>
    public string Lock => System.IO.Path.Combine(Path, DirectoryLock.Name);

    /// <summary>Makes the directory where it is not there, for the server's user alone: the store holds keys.</summary>
    /// <exception cref="SqliteStoreException">It cannot be made, or a file has its place.</exception>
    public void Make()
    {
        if (File.Exists(Path))
        {
            throw new SqliteStoreException(Path, $"{Path} is a file, and a directory is needed: move it away, or give another path.");
        }

        try
        {
            if (!OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
            else
            {
                Directory.CreateDirectory(Path);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new SqliteStoreException(Path, $"{Path} cannot be made: {fault.Message} Make it, owned by the server's user, or give another path.", fault);
        }
    }

    /// <summary>Opens the database for writing, and makes it where it is not there. The caller has the lock.</summary>
    /// <exception cref="SqliteStoreException">It is none of Godwit's, or cannot be written.</exception>
    public Database OpenForWriting(DataSync sync)
    {
        LookAtFile(mayBeMissing: true);
        return Opening(SqliteOpenMode.ReadWriteCreate, database =>
        {
            // Before the first table, or it has no effect.
            database.Execute("PRAGMA auto_vacuum = INCREMENTAL");
            string? mode = database.Text("PRAGMA journal_mode = WAL");
            if (mode != "wal")
            {
                throw new SqliteStoreException(Database, $"{Database} cannot have a write-ahead log on its file system (its journal mode stays {mode}): give a directory on a local disk.");
            }

            // Checkpoints are the checkpointer's; above this the log is cut when it begins anew.
            database.Execute($"PRAGMA synchronous = {(sync == DataSync.Normal ? "NORMAL" : "FULL")}; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 16777216; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON");
            Schema.Apply(database);
        });
    }

    /// <summary>Opens the database for reading, beside a server of another process that writes it.</summary>
    /// <exception cref="SqliteStoreException">There is none, or it cannot be read.</exception>
    public Database OpenForReading()
    {
        LookAtFile(mayBeMissing: false);
        return OpenOneMore();
    }

    /// <summary>Opens the database for reading in the process that writes it.</summary>
    /// <remarks>The file may not be looked at then but by SQLite: to close it drops the locks that the process has on it (fcntl(2)).</remarks>
    /// <exception cref="SqliteStoreException">It cannot be read.</exception>
    public Database OpenOneMore(bool mayWrite = false) =>
        Opening(mayWrite ? SqliteOpenMode.ReadWrite : SqliteOpenMode.ReadOnly, database =>
        {
            database.Execute("PRAGMA synchronous = FULL; PRAGMA cache_size = -1024; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON");
            if (Schema.Check(database) == 0)
            {
                throw new SqliteStoreException(Database, $"{Database} is empty: the server that made it has not come further. Start it again.");
            }
        });

    /// <summary>A failure as whoever gave the directory is told it.</summary>
    public SqliteStoreException Refused(StoreException fault) => new(Database, fault.Message, fault);

    private Database Opening(SqliteOpenMode mode, Action<Database> prepare)
    {
        Database? database = null;
        try
        {
            database = Storage.Database.Open(Database, mode);
            prepare(database);
            return database;
        }
        catch (Exception fault)
        {
            database?.Dispose();
            throw fault is StoreException store ? Refused(store) : fault;
        }
    }

    // SQLite would say of some of these no more than that it cannot open the file.
    private void LookAtFile(bool mayBeMissing)
    {
        if (Directory.Exists(Database))
        {
            throw new SqliteStoreException(Database, $"{Database} is a directory, and the database has to be there: move it away, or give another directory.");
        }

        var file = new FileInfo(Database);
        if (!file.Exists)
        {
            if (mayBeMissing)
            {
                MakeFile();
                return;
            }

            throw new SqliteStoreException(Database, Directory.Exists(Path)
                ? $"{Database} is not there: {Path} is no data directory of Godwit."
                : $"{Path} is not there.");
        }

        Span<byte> begin = stackalloc byte[Header.Length];
        int length;
        try
        {
            using FileStream stream = new(Database, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            length = stream.ReadAtLeast(begin, begin.Length, throwOnEndOfStream: false);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new SqliteStoreException(Database, $"{Database} cannot be read: {fault.Message}", fault);
        }

        if (length > 0 && !begin.SequenceEqual(Header))
        {
            throw new SqliteStoreException(Database, $"{Database} is not a database: move it away, give another directory, or put a backup in its place.");
        }
    }

    // The files beside it get the mode that it has.
    private void MakeFile()
    {
        try
        {
            using var file = new FileStream(Database, PrivateFile.Options(FileShare.ReadWrite));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new SqliteStoreException(Database, $"{Database} cannot be made: {fault.Message} Let the server's user own the directory, on a disk with room that is not mounted read-only.", fault);
        }
    }
}
