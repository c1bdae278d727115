using System.Globalization;

namespace Godwit.Server.Measuring;

/// <summary>Memory at one moment, in KiB.</summary>
/// <param name="Resident">What the processes have in RAM (Rss of /proc/PID/smaps_rollup).</param>
/// <param name="KernelSlab">The kernel's objects, of the whole machine: both ends of every connection are among them (Slab of /proc/meminfo).</param>
/// <param name="SocketBuffers">What lies in TCP buffers, of the whole machine (mem of /proc/net/sockstat).</param>
internal readonly record struct MemoryReading(long Resident, long KernelSlab, long SocketBuffers)
{
    public static MemoryReading Of(IEnumerable<int> processes) => new(
        processes.Sum(static process => Field($"/proc/{process}/smaps_rollup", "Rss:")),
        Field("/proc/meminfo", "Slab:"),
        TcpPages() * Environment.SystemPageSize / 1024);

    private static long Field(string file, string name)
    {
        string line = File.ReadLines(file).First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    private static long TcpPages()
    {
        string line = File.ReadLines("/proc/net/sockstat").First(line => line.StartsWith("TCP:", StringComparison.Ordinal));
        string[] words = line.Split(' ');
        return long.Parse(words[Array.IndexOf(words, "mem") + 1], CultureInfo.InvariantCulture);
    }
}
