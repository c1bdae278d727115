using SQLitePCL;

namespace Godwit.Sqlite.Storage;

/// <summary>A prepared statement. Bind, then <see cref="Step"/> until it gives no row, or <see cref="Run"/>; a statement that is left before its end is <see cref="Reset"/>.</summary>
internal sealed class Statement(Database database, sqlite3_stmt statement) : IDisposable
{
    /// <summary>Gives a parameter a number; the first is 1.</summary>
    public Statement Bind(int parameter, long value)
    {
        database.Check(raw.sqlite3_bind_int64(statement, parameter, value));
        return this;
    }

    /// <summary>Gives a parameter a text, or NULL.</summary>
    public Statement Bind(int parameter, string? value)
    {
        database.Check(value is null ? raw.sqlite3_bind_null(statement, parameter) : raw.sqlite3_bind_text(statement, parameter, value));
        return this;
    }

    /// <summary>Gives a parameter octets; none are an empty blob, not NULL.</summary>
    public Statement Bind(int parameter, ReadOnlySpan<byte> value)
    {
        database.Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(statement, parameter, 0) : raw.sqlite3_bind_blob(statement, parameter, value));
        return this;
    }

    /// <summary>Goes to the next row; false after the last one, when the statement is ready to be used again.</summary>
    /// <exception cref="StoreException">It failed.</exception>
    public bool Step()
    {
        int code = raw.sqlite3_step(statement);
        if (code == raw.SQLITE_ROW)
        {
            return true;
        }

        StoreException? fault = code == raw.SQLITE_DONE ? null : database.Fault();
        raw.sqlite3_reset(statement);
        return fault is null ? false : throw fault;
    }

    /// <summary>Carries out a statement that gives no rows.</summary>
    public void Run()
    {
        if (Step())
        {
            Reset();
        }
    }

    /// <summary>Leaves the rows that are still to come.</summary>
    public void Reset() => raw.sqlite3_reset(statement);

    /// <summary>The number in a column of the row; the first is 0.</summary>
    public long Number(int column) => raw.sqlite3_column_int64(statement, column);

    /// <summary>The text in a column.</summary>
    public string Text(int column) => raw.sqlite3_column_text(statement, column).utf8_to_string();

    /// <summary>The text in a column; null where it is NULL.</summary>
    public string? TextOrNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL ? null : Text(column);

    /// <summary>The octets in a column.</summary>
    public byte[] Octets(int column) => raw.sqlite3_column_blob(statement, column).ToArray();

    /// <summary>The octets in a column, until the next step.</summary>
    public ReadOnlySpan<byte> Span(int column) => raw.sqlite3_column_blob(statement, column);

    /// <inheritdoc/>
    public void Dispose() => statement.Dispose();
}
