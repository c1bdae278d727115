using System.Globalization;

namespace Godwit.Server.Measuring;

/// <summary>What all processors together have done so far, by the kernel's clock ticks; what runs at a low priority counts as idle.</summary>
internal readonly record struct MachineTime(long Busy, long All)
{
    public static MachineTime Now()
    {
        // user, nice, system, idle, iowait, irq, softirq, steal
        long[] ticks = [.. File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9].Select(static text => long.Parse(text, CultureInfo.InvariantCulture))];
        long idle = ticks[1] + ticks[3] + ticks[4];
        return new MachineTime(ticks.Sum() - idle, ticks.Sum());
    }

    /// <summary>The share of the time in which they were busy, since an earlier reading; 0 where no tick has passed.</summary>
    public double BusySince(MachineTime earlier) => All == earlier.All ? 0 : (Busy - earlier.Busy) / (double)(All - earlier.All);
}
