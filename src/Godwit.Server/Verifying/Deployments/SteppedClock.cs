using System.Globalization;

namespace Godwit.Server.Verifying.Deployments;

/// <summary>The wall clock of a server that is started with libfaketime, and can be set to another time while it runs.</summary>
internal sealed class SteppedClock(string file)
{
    private static readonly string[] Folders = ["/usr/lib", "/usr/lib64", "/usr/local/lib"];

    /// <summary>After how long a process has noticed at the latest that its clock was set.</summary>
    public static TimeSpan Noticed { get; } = TimeSpan.FromSeconds(1.2);

    /// <summary>The library; null where it is not installed.</summary>
    public static string? Library { get; } = !OperatingSystem.IsLinux() ? null : Folders
        .Where(Directory.Exists)
        .SelectMany(static folder => Directory.GetDirectories(folder).Prepend(folder))
        .Select(static folder => Path.Combine(folder, "faketime", "libfaketime.so.1"))
        .FirstOrDefault(File.Exists);

    /// <summary>What a process needs in its environment, beside the library in <c>LD_PRELOAD</c>. The monotonic clock goes on as ever.</summary>
    public IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string>
    {
        ["FAKETIME_TIMESTAMP_FILE"] = file,
        ["FAKETIME_CACHE_DURATION"] = "1",
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        ["DONT_FAKE_MONOTONIC"] = "1",
    };

    /// <summary>Sets the clock by so much ahead of, or with a negative number behind, the true time.</summary>
    public void Set(TimeSpan ahead)
    {
        // In one step: a process may read it at any moment.
        string whole = file + ".new";
        File.WriteAllText(whole, string.Create(CultureInfo.InvariantCulture, $"{(ahead < TimeSpan.Zero ? "-" : "+")}{Math.Abs(ahead.TotalSeconds):F0}s\n"));
        File.Move(whole, file, overwrite: true);
    }
}
