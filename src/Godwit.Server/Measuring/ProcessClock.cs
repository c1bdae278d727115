using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Godwit.Server.Measuring;

/// <summary>The kernel's own clock of the CPU time that a process has used, in nanoseconds. On Linux.</summary>
internal static unsafe partial class ProcessClock
{
    /// <summary>The time used so far, by all threads.</summary>
    /// <exception cref="Win32Exception">There is no such process.</exception>
    public static TimeSpan Of(int process)
    {
        long* time = stackalloc long[2];
        if (GetTime((~process << 3) | 2, time) < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"clock_gettime: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }

        return TimeSpan.FromTicks((time[0] * TimeSpan.TicksPerSecond) + (time[1] / 100));
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int GetTime(int clock, long* time);
}
