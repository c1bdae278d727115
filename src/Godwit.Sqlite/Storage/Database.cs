using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Godwit.Sqlite.Storage;

/// <summary>A connection to a database file. Used by one thread at a time.</summary>
/// <remarks>Statements are prepared on its handle and not as commands: an append costs a few of them, and their result codes tell what failed.</remarks>
internal sealed class Database : IDisposable
{
    // Only another program can hold it: the directory's lock keeps servers apart.
    private const int BusyTimeout = 2_000;

    private readonly SqliteConnection _connection;
    private readonly List<Statement> _statements = [];

    static Database() => Batteries_V2.Init();

    private Database(SqliteConnection connection, string file)
    {
        _connection = connection;
        File = file;
    }

    /// <summary>The path of the file.</summary>
    public string File { get; }

    /// <summary>The connection's handle.</summary>
    public sqlite3 Handle => _connection.Handle!;

    /// <summary>Whether a transaction is open.</summary>
    public bool IsInTransaction => raw.sqlite3_get_autocommit(Handle) == 0;

    /// <summary>Opens a database.</summary>
    /// <param name="file">The path of the file.</param>
    /// <param name="mode">Whether it is written, and made where it is not there.</param>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    public static Database Open(string file, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, Pooling = false, DefaultTimeout = BusyTimeout / 1000 }.ToString());
        try
        {
            connection.Open();
        }
        catch (SqliteException fault)
        {
            connection.Dispose();
            throw new StoreException(file, fault.SqliteExtendedErrorCode, fault.Message, fault);
        }

        var database = new Database(connection, file);
        raw.sqlite3_busy_timeout(database.Handle, BusyTimeout);
        return database;
    }

    /// <summary>Prepares a statement, which ends with the connection.</summary>
    public Statement Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v3(Handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out sqlite3_stmt statement));
        var prepared = new Statement(this, statement);
        _statements.Add(prepared);
        return prepared;
    }

    /// <summary>Carries out statements that give nothing back.</summary>
    public void Execute(string sql) => Check(raw.sqlite3_exec(Handle, sql));

    /// <summary>Carries out a statement once, and gives the number in its first column; 0 where there is no row.</summary>
    public long Number(string sql)
    {
        using Statement statement = Once(sql);
        return statement.Step() ? statement.Number(0) : 0;
    }

    /// <summary>Carries out a statement once, and gives the text in its first column.</summary>
    public string? Text(string sql)
    {
        using Statement statement = Once(sql);
        return statement.Step() ? statement.TextOrNull(0) : null;
    }

    /// <summary>Undoes the open transaction, if there is one, whatever state the database is in.</summary>
    public void Rollback()
    {
        if (IsInTransaction)
        {
            raw.sqlite3_exec(Handle, "ROLLBACK");
        }
    }

    /// <summary>Copies all of it into another file, as it is at one instant, while others write.</summary>
    public void BackUpTo(Database other)
    {
        try
        {
            _connection.BackupDatabase(other._connection);
        }
        catch (SqliteException fault)
        {
            throw new StoreException(other.File, fault.SqliteExtendedErrorCode, fault.Message, fault);
        }
    }

    /// <summary>Throws where a result code is none of success.</summary>
    public void Check(int code)
    {
        if (code is not (raw.SQLITE_OK or raw.SQLITE_DONE or raw.SQLITE_ROW))
        {
            throw Fault();
        }
    }

    /// <summary>The last failure.</summary>
    public StoreException Fault() => new(File, raw.sqlite3_extended_errcode(Handle), raw.sqlite3_errmsg(Handle).utf8_to_string());

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Statement statement in _statements)
        {
            statement.Dispose();
        }

        _statements.Clear();
        _connection.Dispose();
    }

    private Statement Once(string sql)
    {
        Check(raw.sqlite3_prepare_v2(Handle, sql, out sqlite3_stmt statement));
        return new Statement(this, statement);
    }
}
