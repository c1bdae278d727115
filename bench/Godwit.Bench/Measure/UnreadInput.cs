namespace Godwit.Bench.Measure;

/// <summary>What clients have sent and a server has not taken yet, by the kernel's list of sockets.</summary>
internal static class UnreadInput
{
    /// <summary>Whether there is any at one of the ports: octets that were not read, or connections that were not accepted.</summary>
    public static bool IsAt(params ReadOnlySpan<int> ports)
    {
        foreach (string file in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
        {
            if (File.Exists(file) && IsIn(File.ReadLines(file), ports))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The same of lines as the kernel writes them: a number, local and remote address and port, state, and the octets in both queues.</summary>
    public static bool IsIn(IEnumerable<string> lines, params ReadOnlySpan<int> ports)
    {
        Span<Range> fields = stackalloc Range[6];
        foreach (string line in lines)
        {
            ReadOnlySpan<char> text = line;
            if (text.Split(fields, ' ', StringSplitOptions.RemoveEmptyEntries) < fields.Length)
            {
                continue;
            }

            ReadOnlySpan<char> queues = text[fields[4]];
            ReadOnlySpan<char> local = text[fields[1]];
            if (queues.Length > 9
                && queues[9..].ContainsAnyExcept('0')
                && int.TryParse(local[(local.LastIndexOf(':') + 1)..], System.Globalization.NumberStyles.HexNumber, null, out int port)
                && ports.Contains(port))
            {
                return true;
            }
        }

        return false;
    }
}
