using Godwit.Sqlite.Storage;
using Microsoft.Data.Sqlite;

namespace Godwit.Sqlite.Data;

/// <summary>Writes a store as it is at one instant into one file, while a server may go on writing it.</summary>
internal static class DataBackup
{
    /// <summary>Writes the backup; gives its octets.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="file">The file to write, which is not there. To restore it, put it into an empty directory as <c>godwit.db</c>.</param>
    /// <exception cref="SqliteStoreException">There is no store, or the file is there or cannot be written.</exception>
    public static long Run(string path, string file)
    {
        if (Path.Exists(file))
        {
            throw new SqliteStoreException(file, $"{file} is there already: give another path.");
        }

        var directory = new DataDirectory(path);
        using Database from = directory.OpenForReading();

        // Under another name until it is whole: what is found under its own is a backup.
        string partial = file + ".partial";
        try
        {
            using (new FileStream(partial, PrivateFile.Options(FileShare.ReadWrite)))
            {
            }

            using (Database to = Database.Open(partial, SqliteOpenMode.ReadWriteCreate))
            {
                from.BackUpTo(to);

                // One file: without a log beside it.
                to.Execute("PRAGMA synchronous = FULL; PRAGMA journal_mode = DELETE");
                Schema.Check(to);
                if (to.Text("PRAGMA quick_check(1)") is not "ok" and string wrong)
                {
                    throw new SqliteStoreException(file, $"{directory.Database} is damaged ({wrong}), and so would the backup be: run `godwit data check`.");
                }
            }

            File.Move(partial, file);
            return new FileInfo(file).Length;
        }
        catch (StoreException fault)
        {
            File.Delete(partial);
            throw new SqliteStoreException(file, $"{file} cannot be written. {fault.Message}", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new SqliteStoreException(file, $"{file} cannot be written: {fault.Message}", fault);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }
}
