using System.Globalization;

namespace Godwit.Server.Measuring;

/// <summary>Memory at one moment, in KiB.</summary>
/// <param name="Resident">What the processes have in RAM (Rss of /proc/PID/smaps_rollup).</param>
/// <param name="KernelSlab">
/// The kernel's objects, of the whole machine: both ends of every connection are among them. For root they are those that the kernel cannot do without
/// (SUnreclaim of /proc/meminfo) and the inodes of sockets (/proc/slabinfo), for others all (Slab), of which whoever looks at files makes more.
/// </param>
/// <param name="SocketBuffers">What lies in TCP buffers, of the whole machine (mem of /proc/net/sockstat).</param>
internal readonly record struct MemoryReading(long Resident, long KernelSlab, long SocketBuffers)
{
    public static MemoryReading Of(IEnumerable<int> processes) => new(
        processes.Sum(static process => Field($"/proc/{process}/smaps_rollup", "Rss:")),
        SocketInodes() is { } inodes ? Field("/proc/meminfo", "SUnreclaim:") + inodes : Field("/proc/meminfo", "Slab:"),
        TcpPages() * Environment.SystemPageSize / 1024);

    private static long Field(string file, string name)
    {
        string line = File.ReadLines(file).First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    // Null for who may not know: only root reads what there is of each kind of object.
    private static long? SocketInodes()
    {
        try
        {
            string? line = File.ReadLines("/proc/slabinfo").FirstOrDefault(static line => line.StartsWith("sock_inode_cache ", StringComparison.Ordinal));
            string[]? words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return words is [_, _, var objects, var octets, ..] ? long.Parse(objects, CultureInfo.InvariantCulture) * long.Parse(octets, CultureInfo.InvariantCulture) / 1024 : null;
        }
        catch (Exception fault) when (fault is UnauthorizedAccessException or IOException)
        {
            return null;
        }
    }

    private static long TcpPages()
    {
        string line = File.ReadLines("/proc/net/sockstat").First(line => line.StartsWith("TCP:", StringComparison.Ordinal));
        string[] words = line.Split(' ');
        return long.Parse(words[Array.IndexOf(words, "mem") + 1], CultureInfo.InvariantCulture);
    }
}
