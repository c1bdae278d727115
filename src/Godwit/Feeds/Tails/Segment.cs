namespace Godwit.Feeds.Tails;

/// <summary>Frames of consecutive offsets behind one another in one array. One writer; any number of readers without a lock.</summary>
/// <remarks>The writer fills the octets and the end of a frame before it raises the count; a reader looks at the count first.</remarks>
internal sealed class Segment
{
    private readonly byte[] _bytes;
    private int[] _ends;
    private int _count;

    public Segment(long firstOffset, int capacity)
    {
        FirstOffset = firstOffset;
        _bytes = GC.AllocateUninitializedArray<byte>(capacity);
        _ends = new int[Math.Clamp(capacity / 256, 4, 256)];
    }

    /// <summary>The offset of the first frame.</summary>
    public long FirstOffset { get; }

    /// <summary>The size of the array.</summary>
    public int Capacity => _bytes.Length;

    /// <summary>The number of frames committed.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The offset behind the last frame.</summary>
    public long NextOffset => FirstOffset + Count;

    /// <summary>The writer's free space.</summary>
    public Span<byte> Free => _bytes.AsSpan(Used);

    private int Used => _count == 0 ? 0 : _ends[_count - 1];

    /// <summary>Commits a frame that was written at the start of <see cref="Free"/>.</summary>
    public void Commit(int length)
    {
        int end = Used + length;
        if (_count == _ends.Length)
        {
            Array.Resize(ref _ends, _count * 2);
        }

        _ends[_count] = end;
        Volatile.Write(ref _count, _count + 1);
    }

    /// <summary>The frames from an offset on, as many as fit in <paramref name="maxBytes"/>, but at least one.</summary>
    public FrameRange From(long offset, int maxBytes)
    {
        int count = Count;
        int[] ends = Volatile.Read(ref _ends);
        int first = (int)(offset - FirstOffset);
        if (first >= count)
        {
            return new FrameRange(_bytes, ends, first, 0);
        }

        int start = first == 0 ? 0 : ends[first - 1];
        if (ends[count - 1] - start <= maxBytes)
        {
            return new FrameRange(_bytes, ends, first, count - first);
        }

        int fit = ends.AsSpan(first, count - first).BinarySearch(start + maxBytes);
        fit = fit < 0 ? ~fit : fit + 1;
        return new FrameRange(_bytes, ends, first, Math.Max(1, fit));
    }
}
