namespace Godwit.Sqlite.Storage;

/// <summary>The lock of a data directory: one process has it at a time, and the system takes it back when the process ends, however it ends.</summary>
internal sealed class DirectoryLock : IDisposable
{
    /// <summary>The name of the file that is locked.</summary>
    public const string Name = "lock";

    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    /// <summary>Takes the lock; null while another process has it.</summary>
    /// <exception cref="SqliteStoreException">The directory takes no locks, or may not be written.</exception>
    public static DirectoryLock? TryTake(string directory)
    {
        string path = Path.Combine(directory, Name);
        FileStream? file = TryOpen(path);
        if (file is null)
        {
            return null;
        }

        // A lock that does not keep this process from taking it again would keep no other from it.
        if (TryOpen(path) is { } second)
        {
            second.Dispose();
            file.Dispose();
            throw new SqliteStoreException(path, $"{path} cannot be locked: its file system has no locks, or DOTNET_SYSTEM_IO_DISABLEFILELOCKING is set. Give a directory on a local disk, and unset the variable.");
        }

        return new DirectoryLock(file);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static FileStream? TryOpen(string path)
    {
        try
        {
            return new FileStream(path, PrivateFile.Options(FileShare.None));
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new SqliteStoreException(path, $"{path} cannot be opened for writing: {fault.Message} Let the server's user own the directory and all files in it, on a file system that is not mounted read-only.", fault);
        }
        catch (IOException fault) when (fault.GetType() == typeof(IOException) && IsHeld(fault))
        {
            return null;
        }
        catch (IOException fault)
        {
            throw new SqliteStoreException(path, $"{path} cannot be opened for writing: {fault.Message}", fault);
        }
    }

    // EWOULDBLOCK of flock(2), on Linux and on macOS; ERROR_SHARING_VIOLATION.
    private static bool IsHeld(IOException fault) => fault.HResult is 11 or 35 || (fault.HResult & 0xffff) == 32;
}
