using System.Globalization;

namespace Godwit.AspNetCore.Access;

/// <summary>How many files and sockets the system lets this process have open (RLIMIT_NOFILE).</summary>
/// <remarks>.NET raises the soft limit to the hard one when it starts, so this is what <c>ulimit -Hn</c> says.</remarks>
internal static class DescriptorLimit
{
    // The program itself has some 160 open when nobody is connected.
    private const int LeastReserve = 256;
    private const string Limits = "/proc/self/limits";
    private const string Name = "Max open files";

    /// <summary>The limit; null where the system does not tell or has none.</summary>
    public static int? Current { get; } = Read();

    /// <summary>The connections that are held where no cap is set; the rest is for requests that are answered at once.</summary>
    public static int DefaultConnections => Current is { } limit ? HeldOf(limit) : (int)GodwitHttpOptions.ConnectionsRange.Most;

    /// <summary>The connections that may be open at all, so that the process always has descriptors for itself: listeners, epoll, files.</summary>
    public static int AcceptedOf(int limit) => Math.Max(limit / 2, limit - Math.Max(LeastReserve, limit / 20));

    /// <summary>The connections that may be held: nine tenths of the limit, or less where that would not leave a twentieth of the accepted ones for others.</summary>
    public static int HeldOf(int limit) => Math.Max(1, (int)Math.Min(limit * 9L / 10, AcceptedOf(limit) * 19L / 20));

    /// <summary>Finds the limit in the text of <c>/proc/self/limits</c>.</summary>
    public static int? Parse(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            if (line.StartsWith(Name, StringComparison.Ordinal))
            {
                string soft = line[Name.Length..].TrimStart().Split(' ')[0];
                return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) ? limit : null;
            }
        }

        return null;
    }

    private static int? Read()
    {
        try
        {
            return OperatingSystem.IsLinux() ? Parse(File.ReadLines(Limits)) : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
