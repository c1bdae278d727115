using System.Diagnostics;

namespace Godwit.Bench.Generator;

/// <summary>When each entry was published, by the number that its publisher gave it.</summary>
internal sealed class Timeline(int entries)
{
    private readonly long[] _published = new long[entries + 1];

    /// <summary>Whether times are taken now. What is published before does not count.</summary>
    public bool IsRunning { get; set; }

    public void Publish(long number, long timeStamp)
    {
        if (IsRunning && number < _published.Length)
        {
            Volatile.Write(ref _published[number], timeStamp);
        }
    }

    /// <summary>How long ago an entry was published, at a moment; null when that was before times were taken.</summary>
    public TimeSpan? Age(long number, long timeStamp)
    {
        long published = number < _published.Length ? Volatile.Read(ref _published[number]) : 0;
        return published == 0 ? null : Stopwatch.GetElapsedTime(published, timeStamp);
    }
}
