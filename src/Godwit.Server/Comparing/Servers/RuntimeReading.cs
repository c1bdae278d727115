using System.Globalization;
using Godwit.Server.Hosting;

namespace Godwit.Server.Comparing.Servers;

/// <summary>What a server's <c>/metrics</c> say of its runtime.</summary>
/// <param name="Allocated">The octets that it has allocated since its start.</param>
/// <param name="Collections">How often it has collected everything.</param>
internal readonly record struct RuntimeReading(double Allocated, double Collections)
{
    /// <summary>How often it is asked at most while it is to become quiet: each answer allocates something too.</summary>
    public static readonly TimeSpan Seldom = TimeSpan.FromSeconds(2);

    /// <summary>The octets that have to be allocated for the server to find a collection worth it, and some more.</summary>
    public const long Enough = QuietCollection.WorthBytes + (1 << 20);

    /// <summary>Reads it; null where it does not say.</summary>
    public static RuntimeReading? Parse(string metrics)
    {
        double? allocated = null, collections = null;
        foreach (string line in metrics.Split('\n'))
        {
            if (line.StartsWith("dotnet_gc_heap_total_allocated_bytes", StringComparison.Ordinal))
            {
                allocated = Value(line);
            }
            else if (line.StartsWith("dotnet_gc_collections", StringComparison.Ordinal) && line.Contains("gen2", StringComparison.Ordinal))
            {
                collections = Value(line);
            }
        }

        return allocated is { } octets ? new RuntimeReading(octets, collections ?? 0) : null;
    }

    // A name with labels, the value, and perhaps a time.
    private static double? Value(string line)
    {
        string[] words = line[(line.IndexOf('}', StringComparison.Ordinal) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int at = line.Contains('}', StringComparison.Ordinal) ? 0 : 1;
        return words.Length > at && double.TryParse(words[at], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;
    }
}
