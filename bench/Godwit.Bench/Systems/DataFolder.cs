using Godwit.Bench.Generator;

namespace Godwit.Bench.Systems;

/// <summary>A folder of one measurement on the disk that is measured. Disposing deletes it.</summary>
internal sealed class DataFolder : IDisposable
{
    public DataFolder(string parent)
    {
        Path = System.IO.Path.GetFullPath(System.IO.Path.Combine(parent, System.IO.Path.GetRandomFileName()));
        Directory.CreateDirectory(Path);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The kind of file system that a folder, which need not be there yet, is on.</summary>
    public static string FileSystem(string folder)
    {
        string? there = System.IO.Path.GetFullPath(folder);
        while (!Directory.Exists(there))
        {
            there = System.IO.Path.GetDirectoryName(there) ?? "/";
        }

        return new DriveInfo(there).DriveFormat;
    }

    /// <summary>A path in it.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>The settings of a server whose data directory is in it.</summary>
    public Dictionary<string, string> Settings(string directory) => new() { ["GODWIT_data__directory"] = File(directory), ["GODWIT_retention__age"] = "1d" };

    /// <summary>Has the system read a directory's files from the disk again.</summary>
    public void ForgetCached(string directory)
    {
        foreach (string file in Directory.EnumerateFiles(File(directory)))
        {
            Linux.ForgetCached(file);
        }
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
