namespace Godwit.Feeds.Tails;

/// <summary>A run of whole frames that lie behind one another in memory.</summary>
/// <param name="bytes">The memory; it is never written again where the run lies.</param>
/// <param name="ends">Where each frame of the memory ends.</param>
/// <param name="first">The index in <paramref name="ends"/> of the first frame.</param>
/// <param name="count">The number of frames.</param>
internal readonly struct FrameRange(byte[] bytes, int[] ends, int first, int count)
{
    /// <summary>The number of frames.</summary>
    public int Count => count;

    /// <summary>Where the first frame begins.</summary>
    public int Start => first == 0 ? 0 : ends[first - 1];

    /// <summary>Where the last frame ends.</summary>
    public int End => count == 0 ? Start : ends[first + count - 1];

    /// <summary>The number of octets.</summary>
    public int Length => End - Start;

    /// <summary>The octets.</summary>
    public ReadOnlyMemory<byte> Memory => bytes.AsMemory(Start, Length);

    /// <summary>The octets.</summary>
    public ReadOnlySpan<byte> Span => bytes.AsSpan(Start, Length);

    /// <summary>The last frame.</summary>
    public FrameRange Last => this[count - 1];

    /// <summary>One of the frames.</summary>
    public FrameRange this[int index] => new(bytes, ends, first + index, 1);

    /// <summary>A frame that stands alone.</summary>
    public static FrameRange Single(byte[] frame) => new(frame, [frame.Length], 0, 1);

    /// <summary>A piece of a frame, to be sent as if it were one: nothing but the next piece may follow it.</summary>
    public static FrameRange Piece(byte[] frame, int start, int length) => new(frame, [start, start + length], 1, 1);

    /// <summary>How many frames begin before <paramref name="octets"/> octets of the run: those sent whole and the one that was cut.</summary>
    public int FramesBegun(int octets)
    {
        if (octets == 0)
        {
            return 0;
        }

        int at = ends.AsSpan(first, count).BinarySearch(Start + octets);
        return (at < 0 ? ~at : at) + 1;
    }

    /// <summary>The octets of the run up to the end of its first <paramref name="frames"/> frames.</summary>
    public int LengthOf(int frames) => frames == 0 ? 0 : ends[first + frames - 1] - Start;
}
