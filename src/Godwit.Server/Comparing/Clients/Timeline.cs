using System.Collections.Concurrent;
using System.Globalization;
using Godwit.Server.Comparing.Plans;

namespace Godwit.Server.Comparing.Clients;

/// <summary>When each entry of a room was published. An entry has its number in it, by which its readers find out.</summary>
internal sealed class Timeline(int dataBytes)
{
    private const string Begin = "{\"n\":";

    private readonly ConcurrentDictionary<int, (long At, Stage Stage)> _published = new();
    private int _last;

    /// <summary>The data of the next entry, which counts as published at a moment.</summary>
    /// <param name="stage">To which stage its latency counts.</param>
    /// <param name="at">A timestamp of the system's clock.</param>
    public string Next(Stage stage, long at)
    {
        int number = Interlocked.Increment(ref _last);
        _published[number] = (at, stage);
        string head = string.Create(CultureInfo.InvariantCulture, $"{Begin}{number},\"text\":\"");
        return head + new string('.', Math.Max(0, dataBytes - head.Length - 2)) + "\"}";
    }

    /// <summary>When an entry with this data was published; null for one of somebody else.</summary>
    public (long At, Stage Stage)? Of(string? data)
    {
        if (data is null || !data.StartsWith(Begin, StringComparison.Ordinal))
        {
            return null;
        }

        int end = data.IndexOf(',', StringComparison.Ordinal);
        return end > 0 && int.TryParse(data.AsSpan(Begin.Length, end - Begin.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && _published.TryGetValue(number, out (long, Stage) entry)
            ? entry
            : null;
    }
}
