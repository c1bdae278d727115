using Godwit.Feeds.Tails;

namespace Godwit.Feeds.Pump;

/// <summary>Collects frames of several rooms, or several control frames, so that a connection is served by one send.</summary>
/// <remarks>Remembers for each frame which reader it moves and how far, since a send may end behind any of them.</remarks>
internal sealed class GatherBuffer
{
    private const int Size = 16 << 10;
    private const int MaxFrames = 512;

    private readonly byte[] _bytes = new byte[Size];
    private readonly int[] _ends = new int[MaxFrames];
    private readonly Reader?[] _readers = new Reader?[MaxFrames];
    private int _count;

    private int Used => _count == 0 ? 0 : _ends[_count - 1];

    /// <summary>Whether nothing was collected.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>Copies as many frames of a run as fit and returns how many those were.</summary>
    public int Add(Reader reader, in FrameRange range)
    {
        int frames = Math.Min(range.Count, MaxFrames - _count);
        while (frames > 0 && range.LengthOf(frames) > Size - Used)
        {
            frames--;
        }

        int start = Used;
        range.Span[..range.LengthOf(frames)].CopyTo(_bytes.AsSpan(start));
        for (int i = 0; i < frames; i++)
        {
            _ends[_count] = start + range.LengthOf(i + 1);
            _readers[_count++] = reader;
        }

        return frames;
    }

    /// <summary>Copies a frame that moves no reader; false, and nothing, if it does not fit.</summary>
    public bool Add(byte[] frame)
    {
        int start = Used;
        if (_count == MaxFrames || frame.Length > Size - start)
        {
            return false;
        }

        frame.CopyTo(_bytes.AsSpan(start));
        _ends[_count] = start + frame.Length;
        _readers[_count++] = null;
        return true;
    }

    /// <summary>Sends what was collected and moves each reader behind its last frame that is on its way; returns how many are.</summary>
    public int SendTo(Outlet outlet) => Leave(outlet.Send(All));

    /// <summary>Sends what was collected, each frame by itself as the newest of its room, as <see cref="SendTo"/> sends it together.</summary>
    /// <param name="outlet">Where to.</param>
    /// <param name="turn">The number of the last that was sent before; counted on.</param>
    public int SendLatestTo(Outlet outlet, ref long turn)
    {
        int sent = outlet.SendLatest(All);
        foreach (Reader? reader in _readers.AsSpan(0, sent))
        {
            reader!.LatestTurn = ++turn;
        }

        return Leave(sent);
    }

    private FrameRange All => new(_bytes, _ends, 0, _count);

    private int Leave(int sent)
    {
        for (int i = 0; i < sent; i++)
        {
            _readers[i]?.OnSent(1);
        }

        Array.Clear(_readers, 0, _count);
        _count = 0;
        return sent;
    }
}
