using System.Globalization;

namespace Godwit.Server.Measuring;

/// <summary>The CPU time of a process, or of several together, at one moment, as the kernel counts it.</summary>
/// <remarks>The total is the process's CPU clock, in nanoseconds. /proc/PID/stat says only how it divides into user and system, by clock ticks.</remarks>
internal readonly record struct CpuReading(TimeSpan Total, long UserTicks, long SystemTicks)
{
    public static CpuReading Of(IEnumerable<int> processes) =>
        processes.Select(Of).Aggregate(static (sum, one) => new CpuReading(sum.Total + one.Total, sum.UserTicks + one.UserTicks, sum.SystemTicks + one.SystemTicks));

    public static CpuReading Of(int process)
    {
        string stat = File.ReadAllText($"/proc/{process}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // the name may hold anything
        return new CpuReading(ProcessClock.Of(process), long.Parse(fields[11], CultureInfo.InvariantCulture), long.Parse(fields[12], CultureInfo.InvariantCulture));
    }

    /// <summary>Microseconds used since an earlier reading: all of it, and its user part.</summary>
    public (double Total, double User) Since(CpuReading earlier)
    {
        double total = (Total - earlier.Total).TotalMicroseconds;
        double user = UserTicks - earlier.UserTicks;
        double system = SystemTicks - earlier.SystemTicks;
        return (total, user + system == 0 ? double.NaN : total * user / (user + system));
    }
}
