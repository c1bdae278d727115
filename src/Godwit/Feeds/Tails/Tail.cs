using System.Numerics;
using Godwit.Brokers;
using Godwit.Feeds.Framings;
using Godwit.Protocol;

namespace Godwit.Feeds.Tails;

/// <summary>The recent entries of a feed in one framing, ready to be sent. One writer; shards read without a lock.</summary>
/// <remarks>
/// Readers hold offsets, never segments, so segments may be dropped at any time: a reader whose offset is no longer here
/// is behind and pages from the broker.
/// </remarks>
internal sealed class Tail(Framing framing, TailBudget budget)
{
    private const int FirstSegment = 2 << 10;
    private const int LargestSegment = 64 << 10;
    private const int MaxBytes = 256 << 10;
    private const int MaxEntries = 1024;

    private Segment[] _segments = [];
    private int _capacity;

    /// <summary>How the entries are framed.</summary>
    public Framing Framing => framing;

    /// <summary>Whether it holds nothing.</summary>
    public bool IsEmpty => Volatile.Read(ref _segments).Length == 0;

    /// <summary>Frames an entry at the end. The writer alone calls it.</summary>
    public void Append(Epoch epoch, Entry entry, ReadOnlySpan<byte> entryObject)
    {
        int need = framing.MaxLength(entry, entryObject.Length);
        Segment[] segments = _segments;
        Segment? last = segments.Length == 0 ? null : segments[^1];
        if (last is not null && last.NextOffset != entry.Offset)
        {
            Clear();
            segments = _segments;
            last = null;
        }

        if (last is null || last.Free.Length < need)
        {
            int size = Math.Clamp((last?.Capacity ?? 0) * 2, FirstSegment, LargestSegment);
            last = new Segment(entry.Offset, need > size ? (int)BitOperations.RoundUpToPowerOf2((uint)need) : size);
            Add(segments, last);
        }

        last.Commit(framing.Write(last.Free, epoch, entry, entryObject));
        Trim();
    }

    /// <summary>Drops everything. The writer alone calls it.</summary>
    public void Clear()
    {
        budget.Add(-_capacity);
        _capacity = 0;
        Volatile.Write(ref _segments, []);
    }

    /// <summary>Looks an offset up.</summary>
    /// <param name="offset">The next offset of a reader.</param>
    /// <param name="maxBytes">The run is cut to it, but not below one frame.</param>
    /// <param name="range">The frames from the offset on; none when the reader is at the head.</param>
    /// <returns>False when the tail does not reach back to the offset.</returns>
    public bool TryRange(long offset, int maxBytes, out FrameRange range)
    {
        Segment[] segments = Volatile.Read(ref _segments);
        for (int i = segments.Length - 1; i >= 0; i--)
        {
            if (segments[i].FirstOffset <= offset)
            {
                range = segments[i].From(offset, maxBytes);
                return true;
            }
        }

        range = default;
        return false;
    }

    private void Add(Segment[] segments, Segment segment)
    {
        budget.Add(segment.Capacity);
        _capacity += segment.Capacity;
        Volatile.Write(ref _segments, [.. segments, segment]);
    }

    private void Trim()
    {
        Segment[] segments = _segments;
        int drop = 0;
        int capacity = _capacity;
        long next = segments[^1].NextOffset;
        while (drop < segments.Length - 1
            && (capacity > MaxBytes || next - segments[drop + 1].FirstOffset >= MaxEntries || budget.Exceeded))
        {
            int gone = segments[drop].Capacity;
            budget.Add(-gone);
            capacity -= gone;
            drop++;
        }

        if (drop > 0)
        {
            _capacity = capacity;
            Volatile.Write(ref _segments, segments[drop..]);
        }
    }
}
