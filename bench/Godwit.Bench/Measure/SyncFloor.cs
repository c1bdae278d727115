using System.Diagnostics;
using Godwit.Bench.Generator;
using Godwit.Bench.Systems;
using Microsoft.Win32.SafeHandles;

namespace Godwit.Bench.Measure;

/// <summary>What the disk alone allows: entries appended to a file, each alone or so many at a time, and synced before the next.</summary>
/// <param name="path">A file on the disk, which is made anew.</param>
/// <param name="batch">Entries of a batch.</param>
/// <param name="slow">The disk, where its syncs are made to take longer.</param>
internal sealed class SyncFloor(string path, int batch, SlowDisk? slow = null)
{
    private readonly List<double> _alone = [];
    private readonly List<double> _batched = [];

    /// <summary>The median of one entry appended and synced, in ms.</summary>
    public double OneSync => Median(_alone);

    /// <summary>Entries in a second where batches are appended and synced, one after the other.</summary>
    public double BatchedRate => batch * _batched.Count * 1000 / _batched.Sum();

    /// <summary>Measures, the two by turns; again to add to what was measured before.</summary>
    public void Run(int times, CancellationToken cancel)
    {
        const int Turn = 25;
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        byte[] entries = new byte[batch * PublishForm.DataLength];
        Random.Shared.NextBytes(entries);
        long length = 0;
        for (int done = 0; done < times; done += Turn)
        {
            cancel.ThrowIfCancellationRequested();
            Append(_alone, PublishForm.DataLength, Math.Min(Turn, times - done));
            Append(_batched, entries.Length, Math.Min(Turn, times - done));
        }

        void Append(List<double> taken, int octets, int count)
        {
            for (int i = 0; i < count; i++)
            {
                long start = Stopwatch.GetTimestamp();
                RandomAccess.Write(file, entries.AsSpan(0, octets), length);
                long sync = Stopwatch.GetTimestamp();
                Linux.SyncData(file);
                slow?.WaitOut(sync);
                length += octets;
                taken.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
