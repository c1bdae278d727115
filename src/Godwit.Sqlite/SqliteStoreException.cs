namespace Godwit.Sqlite;

/// <summary>A data directory cannot be used. The message names the file, and says what to do.</summary>
public sealed class SqliteStoreException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="file">The file or directory that it is about.</param>
    /// <param name="message">What is wrong with it, and what to do.</param>
    /// <param name="inner">The failure behind it.</param>
    public SqliteStoreException(string file, string message, Exception? inner = null)
        : base(message, inner) => File = file;

    /// <summary>The file or directory that it is about.</summary>
    public string File { get; }
}
