using System.Diagnostics;
using System.Text.Json;

namespace Godwit.Server.Tests.Crash;

/// <summary>What came of a <see cref="CrashRun"/>.</summary>
internal sealed record CrashReport
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>How it is run again.</summary>
    public string Command { get; init; } = "";

    /// <summary>The commit that was built.</summary>
    public string Commit { get; init; } = "";

    /// <summary>The machine that it ran on.</summary>
    public string Machine { get; init; } = "";

    public required int Seed { get; init; }

    public required int Kills { get; init; }

    public required int PowerLosses { get; init; }

    public required double Seconds { get; init; }

    public required long Requests { get; init; }

    public required long Acknowledged { get; init; }

    public required long StoredBeforeTheyWereAcknowledged { get; init; }

    /// <summary>The offset that the reader over each transport came to.</summary>
    public required IReadOnlyDictionary<string, long> Read { get; init; }

    public required IReadOnlyDictionary<string, long> Connections { get; init; }

    public required IReadOnlyList<string> Violations { get; init; }

    /// <summary>As it stands in a file.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Indented);

    /// <summary>The processors and the system of this machine.</summary>
    public static string ThisMachine()
    {
        string model = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? ""
            : "";
        return $"{Environment.ProcessorCount} × {model}, {System.Runtime.InteropServices.RuntimeInformation.OSDescription}";
    }

    /// <summary>The commit of the directory that this runs in, or nothing.</summary>
    public static string ThisCommit()
    {
        try
        {
            using Process git = Process.Start(new ProcessStartInfo("git", ["rev-parse", "--short=12", "HEAD"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            return git.StandardOutput.ReadToEnd().Trim();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "";
        }
    }
}
