using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Godwit.Server.Measuring;

/// <summary>The limit of open files of this process, which processes that it starts inherit. On Linux.</summary>
internal static unsafe partial class OpenFiles
{
    private const int Resource = 7;

    /// <summary>The soft and the hard limit; -1 for none.</summary>
    public static (long Soft, long Hard) Limit
    {
        get
        {
            long* limit = stackalloc long[2];
            Check(GetLimit(Resource, limit), "getrlimit");
            return (limit[0], limit[1]);
        }
    }

    /// <summary>Raises the soft limit as far as it goes.</summary>
    /// <param name="needed">How many files will be open.</param>
    /// <returns>The hard limit, if it does not go far enough; null if it does.</returns>
    public static long? Raise(long needed)
    {
        (long soft, long hard) = Limit;
        if (hard >= 0 && hard < needed)
        {
            return hard;
        }

        if (soft >= 0 && soft < needed)
        {
            long* limit = stackalloc long[] { hard < 0 ? needed : hard, hard };
            Check(SetLimit(Resource, limit), "setrlimit");
        }

        return null;
    }

    private static void Check(int result, string call)
    {
        if (result < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{call}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, long* limit);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, long* limit);
}
