namespace Godwit.Sqlite.Storage;

/// <summary>Files that the server's user alone may read: the store holds keys.</summary>
internal static class PrivateFile
{
    /// <summary>How such a file is opened for writing, and made where it is not there.</summary>
    public static FileStreamOptions Options(FileShare share, FileMode mode = FileMode.OpenOrCreate)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}
