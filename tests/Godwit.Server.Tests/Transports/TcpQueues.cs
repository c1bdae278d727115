using System.Globalization;

namespace Godwit.Server.Tests.Transports;

/// <summary>What the kernel keeps of connections, by its own list of them.</summary>
internal static class TcpQueues
{
    /// <summary>The most octets that any connection of a server has been given and its client has not acknowledged.</summary>
    public static int Unacknowledged(RunningServer server)
    {
        int[] ports = [.. Enum.GetValues<Carrier>().Select(carrier => server.RootOf(carrier).Port)];
        int most = 0;
        foreach (string line in File.ReadLines("/proc/net/tcp").Skip(1))
        {
            // A number, the local address and port, the remote one, the state, and the octets in both queues: all hexadecimal.
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (ports.Contains(int.Parse(fields[1].AsSpan(fields[1].IndexOf(':', StringComparison.Ordinal) + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture)))
            {
                most = Math.Max(most, int.Parse(fields[4].AsSpan(0, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            }
        }

        return most;
    }
}
