using Godwit.Server.Verifying.Layers;

namespace Godwit.Server.Verifying.Disks;

/// <summary>A directory on a disk that fails when it is told to, and that can lose its power: what was not synced is gone then, or some of it.</summary>
/// <remarks>The server is started with <see cref="Variables"/>, which load the layer that <c>disk.c</c> is.</remarks>
internal sealed class FaultyDisk : IDisposable
{
    private const int Sector = 512;

    private static readonly Lazy<string> Layer = new(static () => NativeLayer.Compile("disk"));

    private readonly string _root = System.IO.Directory.CreateTempSubdirectory("godwit-disk-").FullName;
    private readonly string _control;
    private readonly string _synced;

    public FaultyDisk()
    {
        Directory = Path.Combine(_root, "data");
        _synced = Path.Combine(_root, "synced");
        _control = Path.Combine(_root, "control");
        System.IO.Directory.CreateDirectory(Directory);
        System.IO.Directory.CreateDirectory(_synced);
        File.WriteAllBytes(_control, [0]);
    }

    /// <summary>Why there is no such disk here; null if there is.</summary>
    public static string? Absence => NativeLayer.Absence;

    /// <summary>The directory.</summary>
    public string Directory { get; }

    /// <summary>What a process needs in its environment to have the disk.</summary>
    public IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string>
    {
        [NativeLayer.Preload] = Layer.Value,
        ["DISK_FAULTS_DIR"] = Directory,
        ["DISK_FAULTS_SYNCED"] = _synced,
        ["DISK_FAULTS_CONTROL"] = _control,
    };

    /// <summary>Has something go wrong from now on.</summary>
    public void Set(DiskFault fault)
    {
        // In place: the process has it mapped.
        using var file = new FileStream(_control, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.WriteByte((byte)fault);
        file.Flush();
    }

    /// <summary>Everything that is there is on the disk, as it is after the first sync of a process that finds it.</summary>
    public void Settle()
    {
        foreach (string old in System.IO.Directory.GetFiles(_synced))
        {
            File.Delete(old);
        }

        foreach (string path in System.IO.Directory.GetFiles(Directory).Where(static path => !path.EndsWith("-shm", StringComparison.Ordinal) && Path.GetFileName(path) != "lock"))
        {
            File.Copy(path, Path.Combine(_synced, Path.GetFileName(path)));
        }
    }

    /// <summary>The power is lost, after the process was killed: files hold what was synced and, sector by sector, some of what was not.</summary>
    /// <param name="random">Decides which sectors had been written all the same.</param>
    /// <param name="survives">The share of them, from 0 to 1.</param>
    public void LosePower(Random random, double survives)
    {
        foreach (string path in System.IO.Directory.GetFiles(Directory))
        {
            string name = Path.GetFileName(path);
            if (name == "lock")
            {
                continue;
            }

            string kept = Path.Combine(_synced, name);
            if (name.EndsWith("-shm", StringComparison.Ordinal) || (!File.Exists(kept) && random.NextDouble() >= survives))
            {
                File.Delete(path);
                continue;
            }

            byte[] written = File.ReadAllBytes(path), synced = File.Exists(kept) ? File.ReadAllBytes(kept) : [];
            byte[] left = Mix(written, synced, random, survives);
            File.WriteAllBytes(path, left);
            File.WriteAllBytes(kept, left);
        }
    }

    public void Dispose() => System.IO.Directory.Delete(_root, recursive: true);

    private static byte[] Mix(byte[] written, byte[] synced, Random random, double survives)
    {
        var left = new List<byte>(synced);
        for (int at = 0; at < written.Length; at += Sector)
        {
            ReadOnlySpan<byte> sector = written.AsSpan(at, Math.Min(Sector, written.Length - at));
            bool isSynced = at + sector.Length <= synced.Length && sector.SequenceEqual(synced.AsSpan(at, sector.Length));
            if (isSynced || random.NextDouble() >= survives)
            {
                continue;
            }

            while (left.Count < at + sector.Length)
            {
                left.Add(0);
            }

            for (int i = 0; i < sector.Length; i++)
            {
                left[at + i] = sector[i];
            }
        }

        return [.. left];
    }
}
