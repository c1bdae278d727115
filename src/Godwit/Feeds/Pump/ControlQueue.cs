using Godwit.Feeds.Tails;

namespace Godwit.Feeds.Pump;

/// <summary>The control frames that wait on a connection, bounded: a client must not make the server keep them.</summary>
/// <remarks>
/// A frame is sent in pieces, so that a large one is never in the transport's hands as a whole. While none waits nothing is
/// allocated. Mutable, so never copied; shard only.
/// </remarks>
internal struct ControlQueue
{
    private const int MaxFrames = 16;
    private const int MaxBytes = 4 << 10;

    private Queue<ControlFrame>? _frames;
    private int _bytes;
    private int _sent;

    /// <summary>Whether none waits.</summary>
    public readonly bool IsEmpty => _frames is null;

    /// <summary>Adds a frame of any size; false when too many wait already.</summary>
    public bool TryAdd(in ControlFrame frame)
    {
        if (_frames is { } frames && (frames.Count >= MaxFrames || _bytes >= MaxBytes))
        {
            return false;
        }

        Add(frame);
        return true;
    }

    /// <summary>Adds one of the last frames of a connection, however many wait.</summary>
    public void Add(in ControlFrame frame)
    {
        _frames ??= new Queue<ControlFrame>();
        _frames.Enqueue(frame);
        _bytes += Counted(frame);
    }

    /// <summary>The next piece of the frame that is next.</summary>
    /// <param name="most">Its octets at the most.</param>
    /// <param name="piece">The piece, as if it were a frame.</param>
    public readonly bool TryPeek(int most, out FrameRange piece)
    {
        if (_frames is null)
        {
            piece = default;
            return false;
        }

        byte[] octets = _frames.Peek().Octets;
        piece = octets.Length <= most ? FrameRange.Single(octets) : FrameRange.Piece(octets, _sent, Math.Min(most, octets.Length - _sent));
        return true;
    }

    /// <summary>Adds frames to a send, if several wait that fit in it whole; false if not, and nothing is added.</summary>
    public readonly bool TryGather(GatherBuffer gather)
    {
        if (_frames is null || _frames.Count == 1 || _sent > 0 || _frames.Peek().Octets.Length > MaxBytes)
        {
            return false;
        }

        foreach (ControlFrame frame in _frames)
        {
            if (!gather.Add(frame.Octets))
            {
                break;
            }
        }

        return true;
    }

    /// <summary>Removes the frames that a gathered send began with.</summary>
    public void RemoveGathered(int count)
    {
        for (; count > 0 && _frames is not null; count--)
        {
            Remove(FrameRange.Single(_frames.Peek().Octets));
        }
    }

    /// <summary>Removes the piece that was next.</summary>
    public void Remove(in FrameRange piece)
    {
        _sent += piece.Length;
        if (_sent == _frames!.Peek().Octets.Length)
        {
            ControlFrame frame = _frames.Dequeue();
            _sent = 0;
            _bytes -= Counted(frame);
            frame.Hold?.Dispose();
            _frames = _frames.Count == 0 ? null : _frames;
        }
    }

    /// <summary>Drops the frames of which nothing is on its way.</summary>
    public void ClearWaiting()
    {
        if (_sent == 0)
        {
            Clear();
            return;
        }

        ControlFrame begun = _frames!.Dequeue();
        int sent = _sent;
        Clear();
        Add(begun);
        _sent = sent;
    }

    /// <summary>Drops all.</summary>
    public void Clear()
    {
        while (_frames is not null && _frames.TryDequeue(out ControlFrame frame))
        {
            frame.Hold?.Dispose();
        }

        _frames = null;
        _bytes = 0;
        _sent = 0;
    }

    /// <summary>What a frame counts. A larger one is an answer: who asks for those has each of them sent before the next is composed.</summary>
    private static int Counted(in ControlFrame frame) => frame.Octets.Length > MaxBytes ? 0 : frame.Octets.Length;
}
