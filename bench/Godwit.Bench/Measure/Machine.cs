using System.Globalization;
using System.Runtime.InteropServices;
using Godwit.Bench.Systems;
using Godwit.Server.Measuring;

namespace Godwit.Bench.Measure;

/// <summary>What the figures were measured on.</summary>
internal sealed record Machine(string Processor, int Cores, double MemoryGiB, string Kernel, string DotNet, string Commit, string RuntimeSettings, string LoadAverage, string Date)
{
    private static readonly string[] s_codeAndMemory = ["DOTNET_gc", "DOTNET_Tiered", "DOTNET_TC_", "DOTNET_Ready", "DOTNET_OSR", "DOTNET_Jit", "DOTNET_System_GC", "DOTNET_Thread", "DOTNET_ProcessorCount"];

    public static Machine Read(Repository repository) => new(
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Environment.ProcessorCount,
        Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30), 1),
        File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
        Environment.Version.ToString(),
        repository.Commit,
        Settings(),
        File.ReadAllText("/proc/loadavg").Split(' ')[0],
        DateTimeOffset.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture));

    /// <summary>Raises the limit of open files as far as it goes, which servers that are started inherit.</summary>
    /// <exception cref="BenchFault">It does not go far enough.</exception>
    public static void AllowConnections(int connections)
    {
        long needed = connections + 200;
        if (OpenFiles.Raise(needed) is { } limit)
        {
            throw new BenchFault($"{connections:N0} connections need {needed:N0} open files in each process, and the limit is {limit:N0} (ulimit -Hn). Raise it or ask for fewer with --connections.");
        }

        string[] ports = File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        int free = int.Parse(ports[1]) - int.Parse(ports[0]);
        if (free < connections + 100)
        {
            throw new BenchFault($"{connections:N0} connections to one address need as many local ports, and there are {free:N0} (net.ipv4.ip_local_port_range).");
        }
    }

    private static string Settings()
    {
        string[] settings = [.. Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(name => s_codeAndMemory.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
            .Order(StringComparer.Ordinal).Select(name => $"{name}={Environment.GetEnvironmentVariable(name)}")];
        return settings.Length == 0 ? "defaults" : string.Join(' ', settings);
    }
}
