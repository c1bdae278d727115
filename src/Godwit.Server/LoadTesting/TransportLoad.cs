using System.Collections.Concurrent;
using Godwit.Server.Probes;

namespace Godwit.Server.LoadTesting;

/// <summary>What the readers on one transport got.</summary>
internal sealed class TransportLoad(ProbeTransport transport, int readers)
{
    private long _delivered;
    private long _lost;
    private long _duplicated;
    private long _gone;
    private long _cuts;
    private long _resets;

    /// <summary>The transport.</summary>
    public ProbeTransport Transport { get; } = transport;

    /// <summary>How many read by it.</summary>
    public int Readers { get; } = readers;

    /// <summary>How long entries took, from when they were due to be published until they were read.</summary>
    public Latencies Latencies { get; } = new();

    /// <summary>Entries that were read.</summary>
    public long Delivered => Interlocked.Read(ref _delivered);

    /// <summary>Entries that were never read, though nothing said that they are gone.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Entries that came again.</summary>
    public long Duplicated => Interlocked.Read(ref _duplicated);

    /// <summary>Entries that had left retention before they were read, as a <c>gap</c> told.</summary>
    public long OutOfRetention => Interlocked.Read(ref _gone);

    /// <summary>Connections that ended before they were to.</summary>
    public long Cuts => Interlocked.Read(ref _cuts);

    /// <summary>Logs that were another one.</summary>
    public long Resets => Interlocked.Read(ref _resets);

    /// <summary>Why readers were refused or could not connect, with how often.</summary>
    public ConcurrentDictionary<string, int> Failures { get; } = new(StringComparer.Ordinal);

    public void Deliver(TimeSpan? took)
    {
        Interlocked.Increment(ref _delivered);
        if (took is { } time)
        {
            Latencies.Add(time);
        }
    }

    public void Lose(long entries) => Interlocked.Add(ref _lost, Math.Max(0, entries));

    public void Duplicate() => Interlocked.Increment(ref _duplicated);

    public void Gone(long entries) => Interlocked.Add(ref _gone, Math.Max(0, entries));

    public void Cut() => Interlocked.Increment(ref _cuts);

    public void Reset(bool isAnother) => Interlocked.Add(ref _resets, isAnother ? 1 : 0);

    public void Fail(string why) => Failures.AddOrUpdate(why, 1, static (_, count) => count + 1);
}
